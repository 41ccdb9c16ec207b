import type { WireResponse } from "../http.ts";
import { AwsError } from "../service.ts";
import { type RegisteredFunction, runtimeOf } from "./definition.ts";
import type { FunctionRun, LambdaHost } from "./host.ts";
import { type Asked, functionAsked, functionNotFound } from "./operation.ts";
import { type FunctionResponse, responseOf } from "./response.ts";

/** Source: Lambda DG, "Lambda quotas": payload of a synchronous and of an asynchronous invocation. */
const MOST_SYNC_BYTES = 6 * 1024 * 1024;
const MOST_ASYNC_BYTES = 1024 * 1024;
/** What a function may answer. Source: the words that Lambda refuses it with. */
const MOST_RESPONSE_BYTES = 6_291_556;
const LOG_TAIL_BYTES = 4096;

/** Runs a function. Source: Lambda API reference, Invoke. */
export async function invoke(host: LambdaHost, asked: Asked): Promise<WireResponse> {
  const { request } = asked;
  const found = functionAsked(host, asked);
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  const event = payload(request.body);
  if (type === "DryRun") return { status: 204 };
  if (type === "Event") {
    atMost(request.body, MOST_ASYNC_BYTES, type);
    runnable(found);
    return { status: 202, headers: requestIdHeader(host.invokeLater(found.arn, event)) };
  }
  if (type !== "RequestResponse") {
    throw new AwsError("InvalidParameterValueException", `Unknown invocation type: ${type}`);
  }
  atMost(request.body, MOST_SYNC_BYTES, type);
  runnable(found);
  const ran = await host.run(found.arn, event);
  if (!ran) throw functionNotFound(found.arn);
  if (ran.throttled) throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
  const { requestId } = ran.invocation;
  const { functionError, body } = inSize(responseOf(ran.result, requestId, found.timeoutSeconds));
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      ...requestIdHeader(requestId),
      "x-amz-executed-version": "$LATEST",
      ...(functionError ? { "x-amz-function-error": "Unhandled" } : {}),
      ...(request.headers["x-amz-log-type"] === "Tail"
        ? { "x-amz-log-result": tail(ran, found) }
        : {}),
    },
    body,
  };
}

/** Only who waits for an answer notices that it is too large. */
function inSize({ functionError, payload: answer }: FunctionResponse) {
  const body = JSON.stringify(answer);
  if (Buffer.byteLength(body) <= MOST_RESPONSE_BYTES) return { functionError, body };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MOST_RESPONSE_BYTES} bytes).`;
  const refused = { errorMessage, errorType: "Function.ResponseSizeTooLarge" };
  return { functionError: true, body: JSON.stringify(refused) };
}

/** The function knows the request by the same id as who invoked it. */
function requestIdHeader(requestId: string): Record<string, string> {
  return { "x-amzn-requestid": requestId };
}

function tail({ invocation }: FunctionRun, { memoryMb }: RegisteredFunction): string {
  const { requestId, durationMs, lines, outcome, reason } = invocation;
  const text = [
    `START RequestId: ${requestId} Version: $LATEST`,
    ...lines,
    ...(outcome === "timed-out" ? [`${invocation.at} ${requestId} ${reason}`] : []),
    `END RequestId: ${requestId}`,
    `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMs)} ms\tMemory Size: ${memoryMb} MB\t`,
    "",
  ].join("\n");
  return Buffer.from(text).subarray(-LOG_TAIL_BYTES).toString("base64");
}

/** The stage runs Node.js alone, and says so by the error of Invoke that comes closest. @throws AwsError */
function runnable(found: RegisteredFunction): void {
  const runtime = runtimeOf(found);
  if (runtime.startsWith("nodejs")) return;
  const message = `The local stage does not run ${runtime}, only Node.js.`;
  throw new AwsError("InvalidRuntimeException", message, 502);
}

function payload(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new AwsError(
      "InvalidRequestContentException",
      "Could not parse request body into json: could not parse payload.",
    );
  }
}

function atMost(body: Buffer, bytes: number, type: string): void {
  if (body.length <= bytes) return;
  const message = `${body.length} byte payload is too large for the ${type} invocation type (limit ${bytes} bytes)`;
  throw new AwsError("RequestTooLargeException", message, 413);
}
