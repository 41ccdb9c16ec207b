import type { InvocationResult } from "../service.ts";
import type { Sqs } from "../sqs/service.ts";
import type { RegisteredFunction } from "./definition.ts";

/** Source: Lambda DG, "Adding a dead-letter queue": "the first 1 KB of the error message". */
const MESSAGE_BYTES = 1024;
/** What Lambda's own API would have answered: errors of the function are no errors of the call. */
const ERROR_CODE = 200;

interface Failed {
  readonly event: unknown;
  readonly requestId: string;
  readonly result: InvocationResult;
}

/** Sends what an asynchronous invocation failed with for good, if somebody wants it. Source: Lambda DG, "Adding a dead-letter queue". */
export function sendDeadLetter(
  sqs: Sqs,
  { deadLetterArn, timeoutSeconds }: RegisteredFunction,
  { event, requestId, result }: Failed,
): void {
  if (deadLetterArn === undefined) return;
  const message = Buffer.from(reasonOf(result, timeoutSeconds)).subarray(0, MESSAGE_BYTES);
  const attributes = {
    RequestID: requestId,
    ErrorCode: ERROR_CODE,
    ErrorMessage: message.toString(),
  };
  try {
    sqs.send(deadLetterArn, { body: JSON.stringify(event ?? {}), attributes });
  } catch {
    // The queue is gone: Lambda counts a DeadLetterErrors, and drops the event.
  }
}

function reasonOf(result: InvocationResult, timeoutSeconds: number): string {
  switch (result.outcome) {
    case "returned":
      return "";
    case "threw":
      return result.errorMessage;
    case "timed-out":
      return `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
    case "crashed":
      return result.error?.errorMessage ?? result.reason;
  }
}
