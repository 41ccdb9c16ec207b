import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { EVENT_SOURCE } from "@carryover/events/define";
import type { OutgoingEvent } from "../events/event.ts";
import { batchSink, type Sink } from "../events/sink.ts";
import type { Clock } from "../kernel/clock.ts";

/** PutEvents takes 10 entries and less than 1 MB a call (API model of `events`, 2026). */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1_000_000;

/** The only two that trying again can help (EventBridge API reference, PutEvents). */
const RETRYABLE = new Set(["ThrottlingException", "InternalFailure"]);

export function eventBus(client: EventBridgeClient, busName: string, clock: Clock): Sink {
  return batchSink(
    {
      maxEntries: MAX_ENTRIES,
      maxBytes: MAX_BYTES,
      sizeInBytes,
      async send(batch, abortSignal) {
        const Entries = batch.map(({ name, detail }) => ({
          EventBusName: busName,
          Source: EVENT_SOURCE,
          DetailType: name,
          Detail: JSON.stringify(detail),
        }));
        // A 200 says nothing: each entry has its own outcome, in the order of the request.
        const answer = await client.send(new PutEventsCommand({ Entries }), { abortSignal });
        return batch.map((_, index) => {
          const entry = answer.Entries?.[index];
          if (entry?.EventId) return "taken";
          const code = entry?.ErrorCode ?? "InternalFailure";
          return { code, retryable: RETRYABLE.has(code) };
        });
      },
    },
    clock,
  );
}

/** EventBridge guide, "Calculating PutEvents event entry size": UTF-8 bytes of the three texts. */
function sizeInBytes({ name, detail }: OutgoingEvent): number {
  return (
    Buffer.byteLength(EVENT_SOURCE) +
    Buffer.byteLength(name) +
    Buffer.byteLength(JSON.stringify(detail))
  );
}
