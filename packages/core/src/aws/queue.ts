import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { EventMetadata } from "@carryover/events/define";
import * as z from "zod/mini";
import type { OutgoingEvent } from "../events/event.ts";
import { batchSink, type Sink } from "../events/sink.ts";
import type { Clock } from "../kernel/clock.ts";

/** SendMessageBatch takes 10 messages and 1 MiB a call (API model of `sqs`, 2026). */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;

/** A queue that events wait in. Read them back with `parseQueuedEvent`. */
export function eventQueue(client: SQSClient, queueUrl: string, clock: Clock): Sink {
  return batchSink(
    {
      maxEntries: MAX_ENTRIES,
      maxBytes: MAX_BYTES,
      sizeInBytes: (event) => Buffer.byteLength(JSON.stringify(event)),
      async send(batch, abortSignal) {
        const Entries = batch.map((event, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(event),
        }));
        const answer = await client.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
          { abortSignal },
        );
        const taken = new Set(answer.Successful?.map(({ Id }) => Id));
        const failed = new Map(answer.Failed?.map((failure) => [failure.Id, failure]));
        return Entries.map(({ Id }) => {
          if (taken.has(Id)) return "taken";
          const failure = failed.get(Id);
          return {
            code: failure?.Code ?? "InternalError",
            retryable: failure?.SenderFault !== true,
          };
        });
      },
    },
    clock,
  );
}

/** @throws SyntaxError or ZodError when it is not an event that `eventQueue` wrote */
export function parseQueuedEvent(body: string): OutgoingEvent {
  // Made here: at the top it would be loaded by all who only send.
  const QueuedEvent = z.object({
    name: z.string(),
    detail: z.object({ metadata: EventMetadata, data: z.unknown() }),
  });
  const parsed = z.parse(QueuedEvent, JSON.parse(body));
  const { causationId, ...metadata } = parsed.detail.metadata;
  return {
    name: parsed.name,
    detail: {
      metadata: { ...metadata, ...(causationId !== undefined && { causationId }) },
      data: parsed.detail.data,
    },
  };
}
