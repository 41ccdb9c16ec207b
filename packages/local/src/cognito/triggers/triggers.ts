import { AwsError, type InvocationResult } from "../../service.ts";
import type { Ctx, Pool, User } from "../state.ts";

type TriggerName =
  | "UserMigration"
  | "PreSignUp"
  | "PostConfirmation"
  | "PreAuthentication"
  | "PostAuthentication"
  | "PreTokenGeneration"
  | "CustomMessage"
  | "DefineAuthChallenge"
  | "CreateAuthChallenge"
  | "VerifyAuthChallengeResponse"
  | "InboundFederation";

/** What Cognito puts for a call that no app client made. */
export const NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE";

interface TriggerCall {
  readonly name: TriggerName;
  /** For example `PreSignUp_AdminCreateUser`. */
  readonly source: string;
  readonly userName: string;
  readonly clientId: string;
  readonly request: object;
  readonly response: object;
  /** `"1"`, except for the later forms of pre token generation. */
  readonly version?: string;
}

export function triggerArn(pool: Pool, name: TriggerName): string | undefined {
  const config = pool.settings.LambdaConfig;
  if (name === "PreTokenGeneration") {
    return config?.PreTokenGenerationConfig?.LambdaArn ?? config?.PreTokenGeneration;
  }
  if (name === "InboundFederation") return config?.InboundFederation?.LambdaArn;
  return config?.[name];
}

/** The user as a trigger sees it: every value a string. */
export function eventAttributes(user: User): Record<string, string> {
  return { ...Object.fromEntries(user.attributes), "cognito:user_status": user.status };
}

/** The event of a call, in the envelope that all triggers share. */
export function triggerEvent(pool: Pool, call: Omit<TriggerCall, "name">): object {
  return {
    version: call.version ?? "1",
    triggerSource: call.source,
    region: pool.region,
    userPoolId: pool.id,
    userName: call.userName,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: call.clientId },
    request: call.request,
    response: call.response,
  };
}

const TRIES = 3;

/**
 * Runs a trigger and gives its `response`; undefined where the pool has none. Cognito's limit of five
 * seconds a try is the function's own timeout here, which the Lambda host keeps.
 * @throws AwsError UserLambdaValidationException it threw; InvalidLambdaResponseException it returned no
 * event; UnexpectedLambdaException it timed out or crashed three times
 */
export async function runTrigger(
  ctx: Ctx,
  pool: Pool,
  call: TriggerCall,
): Promise<Record<string, unknown> | undefined> {
  const arn = triggerArn(pool, call.name);
  if (arn === undefined) return undefined;
  const event = triggerEvent(pool, call);
  for (let attempt = 1; ; attempt += 1) {
    // A copy each time, as over the wire: what a handler does to its event must not reach the state.
    const result = await ctx.deps.invoke(arn, structuredClone(event));
    if (result.outcome === "returned") return readResponse(result.payload);
    if (result.outcome === "threw") {
      throw new AwsError(
        "UserLambdaValidationException",
        `${call.name} failed with error ${result.errorMessage}.`,
      );
    }
    if (attempt === TRIES) throw unexpected(call.name, result);
  }
}

function unexpected(name: TriggerName, result: InvocationResult): AwsError {
  const what = result.outcome === "timed-out" ? "Sandbox.Timedout" : "Runtime.ExitError";
  return new AwsError(
    "UnexpectedLambdaException",
    `${name} invocation failed due to error ${what}.`,
  );
}

function readResponse(payload: unknown): Record<string, unknown> {
  if (!isObject(payload)) throw unrecognizable();
  // An answer that leaves out the envelope is not taken for an event: facts/cognito.md 1.2.
  const enveloped = ["version", "triggerSource", "userPoolId"].every(
    (field) => typeof payload[field] === "string",
  );
  if (!enveloped || !isObject(payload.request) || !isObject(payload.response)) {
    throw unrecognizable();
  }
  return structuredClone(payload.response);
}

export function unrecognizable(): AwsError {
  return new AwsError("InvalidLambdaResponseException", "Unrecognizable lambda output");
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
