import { parseQueuedEvent } from "@carryover/core/aws/queue";
import { busPublish } from "../runtime/publish.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { log } from "../runtime/telemetry.ts";

const publish = busPublish();

/** Feeds one event back to the bus. While the bus does not take it, it stays in the fallback queue. */
export const handler = queueConsumer(async ({ body, messageId }) => {
  const event = parseQueuedEvent(body);
  await publish([event]);
  log("info", "event handed over from the fallback queue", {
    messageId,
    event: event.name,
    eventId: event.detail.metadata.id,
  });
});
