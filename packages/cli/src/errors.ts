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
  if (!isExpected(error)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { reason, fields } = error.facts ?? {};
  const what = [error.message, fields || undefined].filter((part) => part !== undefined).join(": ");
  if (typeof reason !== "string") return what;
  const advice = ADVICE.find(({ names }) => names.includes(reason))?.advice;
  return [`${what} (${reason})`, ...(advice === undefined ? [] : [advice])].join("\n");
}

/** What an operator does about what an SDK throws, by the name of the error. */
const ADVICE: readonly { readonly names: readonly string[]; readonly advice: string }[] = [
  {
    names: ["CredentialsProviderError"],
    advice: "No AWS credentials were found: log in, or set AWS_PROFILE or AWS_ACCESS_KEY_ID.",
  },
  {
    names: ["ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException"],
    advice: "AWS does not take these credentials: log in again.",
  },
  {
    names: ["AccessDeniedException", "AccessDenied"],
    advice: "These credentials may not do that: is it the right account and role?",
  },
  {
    names: ["ResourceNotFoundException", "QueueDoesNotExist"],
    advice: "There is none of that name: look at the name, at --region and at the account.",
  },
];

/** By its form: a configuration file outside this package may load an `AppError` of its own. */
function isExpected(error: unknown): error is AppError {
  return error instanceof Error && "kind" in error && Object.hasOwn(EXIT_CODES, String(error.kind));
}
