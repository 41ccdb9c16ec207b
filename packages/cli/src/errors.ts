import { AppError, type ErrorKind } from "@carryover/core/kernel/errors";

/** What a script can act on. The same numbers for every command. */
const EXIT_CODES: Record<ErrorKind, number> = {
  invalid: 2,
  denied: 3,
  missing: 4,
  conflict: 5,
  unavailable: 6,
  broken: 70,
};

export function exitCodeOf(error: unknown): number {
  return error instanceof AppError ? EXIT_CODES[error.kind] : EXIT_CODES.broken;
}

/** For people: what failed and why. The stack only where it is our bug. */
export function explain(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
