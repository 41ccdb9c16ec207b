import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import type { ConfigProblem } from "./errors.ts";

/** What is wrong with the form of single fields, in words for who wrote the file. */
export function formProblems(schema: z.ZodMiniType, input: unknown): ConfigProblem[] {
  const { error } = z.safeParse(schema, input, { error: textOf });
  return error?.issues.flatMap((issue) => describe(issue, [])) ?? [];
}

/** A field as one would write it in code: `attributes.rename["custom:tier"]`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    if (!/^[\w$]+$/.test(String(key))) return `${name}[${JSON.stringify(key)}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");
}

function describe(issue: z.core.$ZodIssue, parent: readonly PropertyKey[]): ConfigProblem[] {
  const path = [...parent, ...issue.path];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        field: fieldName([...path, key]),
        problem: "is not a field of the configuration",
      }));
    case "invalid_key":
      return issue.issues.map(({ message }) => ({ field: fieldName(path), problem: message }));
    case "invalid_union": {
      // Of the forms that it could have, the one with the fewest complaints is the one that was meant.
      const [closest] = issue.errors
        .filter((form) => !isOther(form))
        .sort((a, b) => a.length - b.length);
      if (closest) return closest.flatMap((inner) => describe(inner, path));
      return [{ field: fieldName(path), problem: issue.message }];
    }
    default:
      return [{ field: fieldName(path), problem: issue.message }];
  }
}

/** Whether the value is of another kind than this form of it, and not a faulty one of that kind. */
function isOther(form: readonly z.core.$ZodIssue[]): boolean {
  return form.some((issue) => wanted(issue) !== undefined);
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  function: "a function",
  null: "null",
};

function textOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
    case "invalid_value":
      return unlike(issue.input, [wanted({ ...issue, path: [], message: "" } as z.core.$ZodIssue)]);
    case "invalid_union":
      return unlike(issue.input, issue.errors.flat().map(wanted));
    case "too_small":
      return `must ${measure(issue.origin)} ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `must ${measure(issue.origin)} ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    default: {
      const text = en().localeError(issue);
      return typeof text === "string" ? text : text?.message;
    }
  }
}

/** Which kind of value a complaint asks for, if it is about the value as a whole. */
function wanted(issue: z.core.$ZodIssue): string | undefined {
  if (issue.path.length > 0) return undefined;
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "custom":
      return issue.message === "must be a function" ? KINDS["function"] : undefined;
    default:
      return undefined;
  }
}

function unlike(value: unknown, kinds: readonly (string | undefined)[]): string {
  if (value === undefined) return "is missing";
  const all = [...new Set(kinds.filter((kind) => kind !== undefined))].join(" or ");
  return typeof value === "string" && all.includes('"')
    ? `must be ${all}`
    : `must be ${all}, not ${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" && !Number.isInteger(value)) return String(value);
  const kind = Array.isArray(value) ? "array" : typeof value;
  return KINDS[kind] ?? kind;
}

function measure(origin: string): string {
  return origin === "string" || origin === "array" ? "have a length of" : "be";
}
