import * as z from "zod/mini";
import { invalidParameter } from "./errors.ts";
import type { Ctx } from "./state.ts";

/** One API operation: takes the untrusted body, answers with the API's output shape. */
export type Operation = (ctx: Ctx, raw: unknown) => Promise<object> | object;

/** An operation whose body is parsed before it runs. */
export function operation<S extends z.ZodMiniType>(
  schema: S,
  run: (ctx: Ctx, input: z.infer<S>) => Promise<object> | object,
): Operation {
  return (ctx, raw) => run(ctx, parse(schema, raw));
}

/** @throws AwsError InvalidParameterException, worded as Cognito words constraint failures: all at once */
export function parse<S extends z.ZodMiniType>(schema: S, raw: unknown): z.infer<S> {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const failures = parsed.error.issues.map((issue) => failure(issue, raw));
  const errors = failures.length === 1 ? "error" : "errors";
  throw invalidParameter(
    `${failures.length} validation ${errors} detected: ${failures.join("; ")}`,
  );
}

// The members that the API model marks as sensitive: their values are never shown.
const SENSITIVE = new Set([
  "AccessToken",
  "ClientId",
  "ClientSecret",
  "Password",
  "PreviousPassword",
  "ProposedPassword",
  "RefreshToken",
  "SecretHash",
  "Session",
  "TemporaryPassword",
  "Token",
  "UserCode",
  "Username",
  "Value",
]);

function failure(issue: z.core.$ZodIssue, raw: unknown): string {
  const { path } = issue;
  const value = valueAt(raw, path);
  const field = path
    .map((part) => (typeof part === "number" ? `${part + 1}.member` : lowerFirst(String(part))))
    .join(".");
  const shown =
    SENSITIVE.has(String(path.at(-1))) || (typeof value === "object" && value !== null)
      ? ""
      : ` ${value === undefined ? "null" : `'${String(value)}'`}`;
  return `Value${shown} at '${field}' failed to satisfy constraint: ${constraint(issue, value)}`;
}

function constraint(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return "Member must not be null";
  if (issue.code === "invalid_value") {
    return `Member must satisfy enum value set: [${issue.values.join(", ")}]`;
  }
  return issue.message;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value ?? undefined;
}

/** A string of the API model. */
export function text(min: number, max: number, pattern: RegExp) {
  return z
    .string()
    .check(
      z.minLength(min, `Member must have length greater than or equal to ${min}`),
      z.maxLength(max, `Member must have length less than or equal to ${max}`),
      z.regex(pattern, `Member must satisfy regular expression pattern: ${patternText(pattern)}`),
    );
}

function patternText(pattern: RegExp): string {
  return pattern.source.replace(/^\^/, "").replace(/\$$/, "");
}

// Limits of the API model: facts/cognito.md 3.1.
export const PoolIdField = text(1, 55, /^[\w-]+_[0-9a-zA-Z]+$/);
export const ClientIdField = text(1, 128, /^[\w+]+$/);
export const UsernameField = text(1, 128, /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u);
export const PasswordField = text(0, 256, /^[\S]*$/);
export const SessionField = text(20, 2048, /^[\s\S]+$/);
export const CodeField = text(1, 2048, /^[\S]+$/);
export const AccessTokenField = z.string().check(z.minLength(1, "Member must not be empty"));
export const StringMap = z.record(z.string(), z.string());
export const Metadata = z.optional(StringMap);
export const AttributeList = z.array(
  z.object({ Name: text(1, 32, /^\S+$/), Value: z.optional(z.string()) }),
);
export type AttributeList = z.infer<typeof AttributeList>;

/** One of the parameters of a sign-in step. @throws AwsError InvalidParameterException */
export function required(parameters: Record<string, string>, name: string): string {
  const value = parameters[name];
  if (!value) throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}

/** Attributes as an ordered map; the last of two equal names wins. An absent value counts as empty. */
export function attributeMap(list: AttributeList | undefined): Map<string, string> {
  return new Map((list ?? []).map(({ Name, Value }) => [Name, Value ?? ""]));
}

export function attributeList(map: Iterable<readonly [string, string]>): object[] {
  return [...map].map(([Name, Value]) => ({ Name, Value }));
}
