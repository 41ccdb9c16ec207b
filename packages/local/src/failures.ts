/** One thing that is wrong with a request. The value is left out where it is sensitive. */
export interface Failure {
  /** Names of members as the API has them, and places in lists as `1.member`. */
  readonly path: readonly string[];
  readonly value?: unknown;
  readonly constraint: string;
}

/** The message of a service of AWS whose own validation refuses a request: it names all failures at once. */
export function failures(found: readonly Failure[]): string {
  const errors = found.length === 1 ? "error" : "errors";
  const each = found.map((failure) => {
    const field = failure.path.map(lowerFirst).join(".");
    return `Value${shown(failure)} at '${field}' failed to satisfy constraint: ${failure.constraint}`;
  });
  return `${found.length} validation ${errors} detected: ${each.join("; ")}`;
}

/** Where a schema found something wrong, as AWS writes it. */
export function memberPath(path: readonly PropertyKey[]): string[] {
  return path.map((part) => (typeof part === "number" ? `${part + 1}.member` : String(part)));
}

function shown({ value }: Failure): string {
  if (value === null) return " null";
  return value === undefined || typeof value === "object" ? "" : ` '${String(value)}'`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
