import type { z } from "zod";
import { failures, lowerFirst, memberPath } from "../failures.ts";
import { AwsError } from "../service.ts";

/** Parses an operation's input. @throws AwsError `ValidationException`, worded as AWS words it: all failures at once */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const found = result.error.issues.map((issue) => {
    const value = at(issue.path, input);
    return {
      path: memberPath(issue.path),
      value: typeof value === "string" ? value : entriesText(value),
      constraint: constraint(issue),
    };
  });
  throw new AwsError("ValidationException", failures(found));
}

/**
 * The entries of PutEvents as AWS writes them; no other list is written. Source: LocalStack's
 * `test_put_events_exceed_limit_ten_entries`. How AWS writes a time and resources is not known.
 */
function entriesText(value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every((one) => isRecordLike(one) && "DetailType" in one)) {
    return undefined;
  }
  const entries = (value as Record<string, unknown>[]).map((entry) => {
    const shown = ENTRY.map((name) => `${lowerFirst(name)}=${String(entry[name] ?? null)}`);
    return `PutEventsRequestEntry(${shown.join(", ")})`;
  });
  return `[${entries.join(", ")}]`;
}
const ENTRY = [
  "Time",
  "Source",
  "Resources",
  "DetailType",
  "Detail",
  "EventBusName",
  "TraceHeader",
  "KmsKeyIdentifier",
  "InternalMetadata",
];

function at(path: readonly PropertyKey[], input: unknown): unknown {
  return path.reduce<unknown>((node, key) => (isRecordLike(node) ? node[key] : node), input);
}

/** In the words of AWS's own validation, where there are any. */
function constraint(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_big":
      return issue.origin === "string" || issue.origin === "array"
        ? `Member must have length less than or equal to ${issue.maximum}`
        : `Member must have value less than or equal to ${issue.maximum}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? `Member must have length greater than or equal to ${issue.minimum}`
        : `Member must have value greater than or equal to ${issue.minimum}`;
    case "invalid_value":
      return `Member must satisfy enum value set: [${issue.values.join(", ")}]`;
    case "invalid_format":
      return `Member must satisfy regular expression pattern: ${patternText(issue.pattern)}`;
    case "invalid_type":
      return issue.input === undefined ? "Member must not be null" : issue.message;
    default:
      return issue.message;
  }
}

/** AWS writes a pattern without its ends, and with a backslash before each sign in a set. */
function patternText(pattern = ""): string {
  return pattern.replace(/^\/\^|\$\/$/g, "").replace(/^\[(\/?)\./, "[$1\\.");
}

function isRecordLike(node: unknown): node is Record<PropertyKey, unknown> {
  return typeof node === "object" && node !== null;
}
