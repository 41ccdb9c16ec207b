import { DatabaseError } from "pg";

export type Failure =
  | { readonly outcome: "retry"; readonly reason: string }
  | { readonly outcome: "refused"; readonly reason: string };

/** By class and code (PostgreSQL manual, appendix A). Not the message: it holds values. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof DatabaseError)) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "connection";
    return { outcome: "retry", reason: code.toLowerCase().replaceAll("_", "-") };
  }
  const code = error.code ?? "unknown";
  switch (code) {
    case "23505":
    case "23P01":
      return { outcome: "refused", reason: "conflict" };
    case "23503":
    case "23001":
      return { outcome: "refused", reason: "foreign-key" };
    default:
      return {
        outcome: HOPELESS.has(code.slice(0, 2)) ? "refused" : "retry",
        reason: `sql-${code}`,
      };
  }
}

/**
 * What the same again cannot help: values that do not fit (22), rules of the schema (23, 44), and names that are
 * not there (42), rights among them. All else is load, locks, time and connections.
 */
const HOPELESS: ReadonlySet<string> = new Set(["22", "23", "42", "44"]);
