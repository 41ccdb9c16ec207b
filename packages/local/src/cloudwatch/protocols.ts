import { gunzipSync } from "node:zlib";
import { cbor, tag, tagSymbol } from "@smithy/core/cbor";
import { readJson, type WireRequest, type WireResponse } from "../http.ts";
import { formOf, membersOf, queryAnswer, queryError, xml } from "../query-protocol.ts";
import { AwsError } from "../service.ts";

/** A call in one of the protocols, taken off and put on again. */
export interface Spoken {
  readonly operation: string;
  /** As the JSON protocol has it, but that the query protocol has text for everything. @throws AwsError it is malformed */
  input(): unknown;
  /** Puts an output on the wire, in which times are `Date`. */
  answer(output: object): WireResponse;
  refuse(error: AwsError): WireResponse;
}

const TARGET = "GraniteServiceVersion20100801";
const CBOR_PATH = new RegExp(`^/service/${TARGET}/operation/(\\w+)$`);
const VERSION = "2010-08-01";
const NAMESPACE = `http://monitoring.amazonaws.com/doc/${VERSION}/`;

/** What clients of the query protocol know an error by. Source: CloudWatch's API model, "awsQueryError". */
const QUERY_CODES = new Map([
  ["InvalidParameterValueException", "InvalidParameterValue"],
  ["InvalidParameterCombinationException", "InvalidParameterCombination"],
  ["MissingRequiredParameterException", "MissingParameter"],
]);
/** Source: CloudWatch API reference, PutMetricData. */
const MOST_PLAIN_BYTES = 1024 * 1024;

/**
 * Reads a call of CloudWatch, whose clients speak three protocols: Smithy RPC v2 CBOR, AWS JSON 1.0 and, where they are
 * older, AWS query. Undefined: it is none. Source: botocore's service model, "protocols".
 */
export function spokenToCloudwatch(
  request: WireRequest,
  signingName: string | undefined,
): ((requestId: string) => Spoken) | undefined {
  const [, cborOperation] = CBOR_PATH.exec(request.path) ?? [];
  if (cborOperation !== undefined && request.headers["smithy-protocol"] === "rpc-v2-cbor") {
    return () => inCbor(cborOperation, request);
  }
  const [target, operation = ""] = String(request.headers["x-amz-target"] ?? "").split(".");
  if (target === TARGET) return () => inJson(operation, request);
  const asQuery = signingName === "monitoring" && target === "";
  return asQuery ? (requestId) => inQuery(request, requestId) : undefined;
}

/** Source: Smithy documentation, "Smithy RPC v2 CBOR protocol". */
function inCbor(operation: string, request: WireRequest): Spoken {
  const headers = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
  const body = (value: unknown) => Buffer.from(cbor.serialize(value));
  return {
    operation,
    input: () => read(request, (body) => untagged(cbor.deserialize(body))),
    answer: (output) => ({
      status: 200,
      headers,
      body: body(withTimes(output, (value) => tag({ tag: 1, value }))),
    }),
    refuse: (error) => ({
      status: error.status,
      headers: { ...headers, ...queryErrorHeader(request, error) },
      body: body({ __type: `com.amazonaws.cloudwatch#${error.type}`, message: error.message }),
    }),
  };
}

function inJson(operation: string, request: WireRequest): Spoken {
  const headers = { "content-type": "application/x-amz-json-1.0" };
  return {
    operation,
    input: () => read(request, readJson),
    answer: (output) => ({
      status: 200,
      headers,
      body: JSON.stringify(withTimes(output, (seconds) => seconds)),
    }),
    refuse: (error) => ({
      status: error.status,
      headers: { ...headers, "x-amzn-errortype": error.type, ...queryErrorHeader(request, error) },
      body: JSON.stringify({ __type: error.type, message: error.message }),
    }),
  };
}

function inQuery(request: WireRequest, requestId: string): Spoken {
  const { query } = request;
  const form = formOf({ body: plain(request), query });
  const operation = form.get("Action") ?? "";
  const about = { namespace: NAMESPACE, requestId };
  return {
    operation,
    input: () => membersOf(form),
    answer: (output) => queryAnswer(operation, asXml(output), about),
    refuse: (error) => {
      const { status, message } = error;
      const unknown = error.type === "UnknownOperationException";
      return queryError(
        { status, message, type: unknown ? "InvalidAction" : queryCode(error) },
        about,
      );
    },
  };
}

function read(request: WireRequest, parse: (body: Buffer) => unknown): unknown {
  const body = plain(request);
  return body.length === 0 ? {} : wellFormed(() => parse(body));
}

/** SDKs compress what may be big. @throws AwsError it is not what the header says, or too large */
function plain({ headers, body }: WireRequest): Buffer {
  return headers["content-encoding"]?.toLowerCase() === "gzip"
    ? wellFormed(() => gunzipSync(body, { maxOutputLength: MOST_PLAIN_BYTES }))
    : body;
}

function wellFormed<Read>(run: () => Read): Read {
  try {
    return run();
  } catch {
    throw new AwsError("SerializationException", "The request is malformed");
  }
}

/** Source: Smithy documentation, "AWS query-compatible". */
function queryErrorHeader({ headers }: WireRequest, error: AwsError): Record<string, string> {
  if (headers["x-amzn-query-mode"] !== "true") return {};
  const fault = error.status >= 500 ? "Receiver" : "Sender";
  return { "x-amzn-query-error": `${queryCode(error)};${fault}` };
}

function queryCode({ type }: AwsError): string {
  return QUERY_CODES.get(type) ?? type;
}

/** Makes of each `Date` what the protocol has for it. */
function withTimes(value: unknown, time: (epochSeconds: number) => unknown): unknown {
  if (value instanceof Date) return time(value.getTime() / 1000);
  if (Array.isArray(value)) return value.map((one) => withTimes(one, time));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withTimes(one, time)]),
  );
}

/** The only tag that requests have is the one of times. */
function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (typeof value !== "object" || value === null) return value;
  if (tagSymbol in value) return (value as { readonly value?: unknown }).value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, untagged(one)]));
}

function asXml(output: object): string {
  return Object.entries(output)
    .map(([name, value]) => `<${name}>${xmlContent(value)}</${name}>`)
    .join("");
}

function xmlContent(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return value.map((one) => `<member>${xmlContent(one)}</member>`).join("");
  return typeof value === "object" && value !== null ? asXml(value) : xml(String(value));
}
