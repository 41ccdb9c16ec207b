import type * as z from "zod/mini";
import { safeParse } from "zod/mini";
import type { WireRequest, WireResponse } from "../http.ts";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import type { RegisteredFunction } from "./definition.ts";
import type { LambdaHost } from "./host.ts";

export interface Asked {
  readonly request: WireRequest;
  /** What the path names, decoded; empty where it names nothing. */
  readonly name: string;
  readonly secondName: string;
}

/** Answers a request of the Lambda API. @throws AwsError */
export type Operation = (asked: Asked) => WireResponse | Promise<WireResponse>;

export function json(body: object, status = 200): WireResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

/** The JSON body of a request. @throws AwsError naming the fields that cannot be played */
export function parsed<Output>(schema: z.ZodMiniType<Output>, { body }: WireRequest): Output {
  let input: unknown;
  try {
    input = body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw new AwsError("InvalidRequestContentException", "Could not parse request body into json.");
  }
  const result = safeParse(schema, input);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path }) => path.join("."));
  throw new AwsError("InvalidParameterValueException", `Not valid here: ${fields.join(", ")}`);
}

/** @param called a name, a partial ARN or an ARN, each with or without a qualifier. @throws AwsError */
export function functionCalled(
  host: LambdaHost,
  region: string,
  called: string,
): RegisteredFunction {
  const match =
    /^(?:arn:aws:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([A-Za-z0-9-_]+)(?::[^:]+)?$/.exec(
      called,
    );
  const found = host.functions(region).find(({ name }) => name === match?.[1]);
  if (found) return found;
  throw functionNotFound(`arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${match?.[1] ?? called}`);
}

export function functionNotFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
}

/** Lambda's words for a mapping or a policy that is not there. */
export function resourceNotFound(): AwsError {
  const message = "The resource you requested does not exist.";
  return new AwsError("ResourceNotFoundException", message, 404);
}

/** Refuses a change to what somebody else has changed. Source: Lambda API reference, `RevisionId`. @throws AwsError */
export function atRevision({ revisionId }: RegisteredFunction, asked: string | undefined): void {
  if (asked === undefined || asked === revisionId) return;
  throw new AwsError(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id.",
    412,
  );
}
