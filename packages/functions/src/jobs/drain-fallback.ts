import { parseQueuedEvent } from "@carryover/core/aws/queue";
import { busPublish } from "../runtime/publish.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { log } from "../runtime/telemetry.ts";

const publish = busPublish();

/** Feeds one event back to the bus. While the bus does not take it, it stays in the fallback queue. */
export const handler = queueConsumer(async ({ body, messageId }) => {
  try {
    const event = parseQueuedEvent(body);
    await publish([event]);
    const eventId = event.detail.metadata.id;
    log("info", "event handed over from the fallback queue", { event: event.name, eventId });
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    log("warn", "event still waits in the fallback queue", { messageId, reason });
    throw error;
  }
});
