import * as z from "zod/mini";
import { failures, memberPath } from "../failures.ts";
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
  throw invalidParameter(
    failures(
      parsed.error.issues.map((issue) => ({
        path: memberPath(issue.path),
        constraint: issue.message,
      })),
    ),
  );
}

export const StringMap = z.record(z.string(), z.string());
export const Metadata = z.optional(StringMap);
export const AttributeList = z.array(z.object({ Name: z.string(), Value: z.optional(z.string()) }));
export type AttributeList = z.infer<typeof AttributeList>;

/** One of the parameters of a sign-in step. @throws AwsError InvalidParameterException */
export function required(parameters: Record<string, string>, name: string): string {
  const value = parameters[name];
  if (!value) throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}

/**
 * Attributes as an ordered map; the last of two equal names wins. An absent value counts as empty, and `True` is `true`:
 * getmoto/moto, test_forgot_password_with_email_delivery_details, which was run on AWS.
 */
export function attributeMap(list: AttributeList | undefined): Map<string, string> {
  return new Map(
    (list ?? []).map(({ Name, Value = "" }) => [
      Name,
      Name.endsWith("_verified") ? Value.toLowerCase() : Value,
    ]),
  );
}

/** With `sub` at the end. Source: radkawar/stackd, testdata/aws/cognito/client_access_workflows.json. */
export function attributeList(map: Iterable<readonly [string, string]>): object[] {
  const all = [...map].map(([Name, Value]) => ({ Name, Value }));
  return all.toSorted((a, b) => Number(a.Name === "sub") - Number(b.Name === "sub"));
}
