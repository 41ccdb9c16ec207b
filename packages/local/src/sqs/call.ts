import { readJson, type WireRequest, type WireResponse } from "../http.ts";

/** A call of SQS. Untrusted. */
export interface SqsCall {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Reads a request in the JSON protocol. */
export function callOf({ headers, body }: Pick<WireRequest, "headers" | "body">): SqsCall {
  const operation = String(headers["x-amz-target"]).split(".")[1] ?? "";
  return { operation, input: Object(readJson(body)) };
}

/** A null in a map is refused, unlike a member that is null. Source: floci-io/floci, pull request 905 (a raw call on AWS). */
export function nullRefusal({ body }: Pick<WireRequest, "body">): Refusal | undefined {
  const input: Readonly<Record<string, unknown>> = Object(JSON.parse(body.toString() || "{}"));
  const values = MAPS.flatMap((name) => Object.values(Object(input[name])));
  if (!values.includes(null)) return undefined;
  return { code: "InvalidParameterValue", message: "the parameter 'value' may not be null" };
}
const MAPS = ["Attributes", "Tags", "tags"];

/** Why SQS refuses something. */
export interface Refusal {
  /** What clients of the query protocol know it by. */
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/** The shapes of the JSON protocol whose names are others than their codes. */
const TYPES = new Map([
  ["InvalidParameterValue", "com.amazon.coral.service#InvalidParameterValueException"],
  ["MissingParameter", "com.amazon.coral.service#MissingRequiredParameterException"],
  ["QueueAlreadyExists", "com.amazonaws.sqs#QueueNameExists"],
]);

export function refused({ code, message, status = 400 }: Refusal): WireResponse {
  const __type = TYPES.get(code) ?? `com.amazonaws.sqs#${code.split(".").at(-1)}`;
  const answer = answered({ __type, message }, status);
  return { ...answer, headers: { ...answer.headers, "x-amzn-query-error": `${code};Sender` } };
}

export function answered(output: object, status = 200): WireResponse {
  const headers = { "content-type": "application/x-amz-json-1.0" };
  return { status, headers, body: JSON.stringify(output) };
}
