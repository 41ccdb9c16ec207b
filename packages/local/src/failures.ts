import type { core } from "zod/mini";

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

/**
 * What a schema found wrong with an input.
 * @param sensitive names of members whose values are nobody's business
 */
export function failuresOf(
  issues: readonly core.$ZodIssue[],
  input: unknown,
  sensitive: ReadonlySet<string> = new Set(),
): Failure[] {
  return issues.map((issue) => {
    const value = issue.path.reduce<unknown>((within, key) => Object(within)[key], input);
    const hidden = sensitive.has(String(issue.path.at(-1)));
    return {
      path: memberPath(issue.path),
      value: hidden ? undefined : (value ?? null),
      constraint: constraintOf(issue),
    };
  });
}

/** As AWS words it: localstack/localstack, tests/aws/services/lambda_/test_lambda_api.snapshot.json, taken on AWS. */
export function constraintOf(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_format":
      return `Member must satisfy regular expression pattern: ${plain(issue["pattern"])}`;
    case "invalid_value":
      return `Member must satisfy enum value set: [${issue.values.join(", ")}]`;
    case "too_small":
      return `Member must have ${measure(issue.origin)} greater than or equal to ${issue.minimum}`;
    case "too_big":
      return `Member must have ${measure(issue.origin)} less than or equal to ${issue.maximum}`;
    default:
      return "Member must not be null";
  }
}

/** A pattern as the model has it: without slashes and anchors. */
function plain(pattern: unknown): string {
  return String(pattern)
    .replaceAll(/^\/\^?|\$?\/$/g, "")
    .replaceAll("\\/", "/");
}

function measure(origin: string): string {
  return origin === "number" || origin === "int" ? "value" : "length";
}

function shown({ value }: Failure): string {
  if (value === null) return " null";
  return value === undefined || typeof value === "object" ? "" : ` '${String(value)}'`;
}

export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
