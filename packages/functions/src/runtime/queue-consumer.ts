import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { during, type Invocation } from "./telemetry.ts";

export type QueueHandler = (event: SQSEvent, invocation?: Invocation) => Promise<SQSBatchResponse>;

/** The form of every function on a queue: each message stands for itself, one that fails stays in the queue. */
export function queueConsumer(consume: (record: SQSRecord) => Promise<void>): QueueHandler {
  return (event, invocation) =>
    during(invocation, () =>
      processPartialResponse(event, consume, new BatchProcessor(EventType.SQS), {
        // A whole batch that fails is reported like any other failure: message by message.
        throwOnFullBatchFailure: false,
      }),
    );
}
