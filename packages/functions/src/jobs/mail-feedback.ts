import { systemClock } from "@carryover/core/kernel/clock";
import { reportFeedback } from "@carryover/core/onboarding/feedback";
import { subscriberPublish } from "../runtime/publish.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { count, log } from "../runtime/telemetry.ts";
import { linked } from "../runtime/wire.ts";

const { stage, region } = linked("Migration");
const deps = {
  publish: subscriberPublish(),
  origin: { stage, region, clock: systemClock },
  log,
  count,
};

export const handler = queueConsumer(async ({ body, messageId }) => {
  try {
    await reportFeedback(deps, JSON.parse(body));
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    log("warn", "a report of the mail service was not handled", { messageId, reason });
    throw error;
  }
});
