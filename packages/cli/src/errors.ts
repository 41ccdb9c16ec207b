import type { AppError, ErrorKind } from "@carryover/core/kernel/errors";

/** What a script can act on. The same numbers for every command. */
export const EXIT_CODES: Record<ErrorKind, number> = {
  invalid: 2,
  denied: 3,
  missing: 4,
  conflict: 5,
  unavailable: 6,
  broken: 70,
};

export function exitCodeOf(error: unknown): number {
  return isExpected(error) ? EXIT_CODES[error.kind] : EXIT_CODES.broken;
}

/** For people: what failed and what to do. The stack only where it is our bug. */
export function explain(error: unknown): string {
  if (isExpected(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** By its form: a configuration file outside this package may load an `AppError` of its own. */
function isExpected(error: unknown): error is AppError {
  return error instanceof Error && "kind" in error && Object.hasOwn(EXIT_CODES, String(error.kind));
}
