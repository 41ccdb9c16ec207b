import type { AwsEvent } from "../eventbridge/event.ts";
import type { InvocationResult } from "../service.ts";
import type { Sqs } from "../sqs/service.ts";
import type { RegisteredFunction } from "./definition.ts";
import { LATEST } from "./operation.ts";
import { responseOf } from "./response.ts";

/** What becomes of asynchronous invocations. */
export interface Asynchronous {
  readonly retries?: number | undefined;
  readonly maxAgeSeconds?: number | undefined;
  /** ARNs of a queue, a bus or a function. */
  readonly onSuccess?: string | undefined;
  readonly onFailure?: string | undefined;
  readonly modifiedAtEpochMs: number;
}

/** Where records of invocations go. */
export interface DestinationDeps {
  readonly sqs: Sqs;
  readonly invokeLater: (functionArn: string, event: unknown) => void;
  /** Puts an event of Lambda's own onto a bus. */
  readonly announce?: ((region: string, event: AwsEvent, bus: string) => void) | undefined;
}

/** Source: Lambda DG, "How Lambda handles errors and retries with asynchronous invocation". */
const RETRIES = 2;
const LONGEST_AGE_SECONDS = 6 * 60 * 60;
/** How old an event is on AWS when it is tried again: after a minute, and after two more. The stage does not wait for that. */
const AGES_SECONDS = [60, 180];

/** How often an event is tried, and why no more often. */
export function triesOf({
  retries = RETRIES,
  maxAgeSeconds = LONGEST_AGE_SECONDS,
}: Partial<Asynchronous>): {
  readonly most: number;
  readonly condition: string;
} {
  const young = AGES_SECONDS.filter((age) => age < maxAgeSeconds).length;
  return young < retries
    ? { most: 1 + young, condition: "EventAgeExceeded" }
    : { most: 1 + retries, condition: "RetriesExhausted" };
}

interface Ended {
  readonly event: unknown;
  readonly requestId: string;
  readonly result: InvocationResult;
  readonly tries: number;
  /** ISO-8601 UTC text in the stage's time. */
  readonly at: string;
}

/** Tells the function's destination how an invocation ended, if it has one. Source: LocalStack's test_lambda_destinations.py. */
export function sendRecord(
  deps: DestinationDeps,
  definition: RegisteredFunction,
  ended: Ended,
): void {
  const { asynchronous = {} as Partial<Asynchronous> } = definition;
  const succeeded = ended.result.outcome === "returned";
  const to = succeeded ? asynchronous.onSuccess : asynchronous.onFailure;
  if (to === undefined) return;
  const record = recordOf(
    definition,
    ended,
    succeeded ? "Success" : triesOf(asynchronous).condition,
  );
  const [, , service, region = ""] = to.split(":");
  try {
    if (service === "sqs") deps.sqs.send(to, { body: JSON.stringify(record) });
    else if (service === "lambda") deps.invokeLater(to, record);
    else {
      const event = {
        source: "lambda",
        "detail-type": `Lambda Function Invocation Result - ${succeeded ? "Success" : "Failure"}`,
        resources: [to, `${definition.arn}:${LATEST}`],
        detail: record,
      };
      deps.announce?.(region, event, to);
    }
  } catch {
    // It is gone: Lambda counts a DestinationDeliveryFailures, and drops the record.
  }
}

function recordOf(
  { arn, timeoutSeconds }: RegisteredFunction,
  { event, requestId, result, tries, at }: Ended,
  condition: string,
): Record<string, unknown> {
  const { functionError, payload } = responseOf(result, requestId, timeoutSeconds);
  return {
    version: "1.0",
    timestamp: at,
    requestContext: {
      requestId,
      functionArn: `${arn}:${LATEST}`,
      condition,
      approximateInvokeCount: tries,
    },
    requestPayload: event,
    responseContext: {
      statusCode: 200,
      executedVersion: LATEST,
      ...(functionError && { functionError: "Unhandled" }),
    },
    responsePayload: payload,
  };
}
