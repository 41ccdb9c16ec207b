import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { eventBus } from "@carryover/core/aws/bus";
import { eventQueue } from "@carryover/core/aws/queue";
import type { Publish } from "@carryover/core/events/event";
import {
  bestEffort,
  createPublisher,
  type PublisherDeps,
  strict,
} from "@carryover/core/events/publish";
import { systemClock } from "@carryover/core/kernel/clock";
import { linkedRegional } from "./links.ts";
import { count, log } from "./telemetry.ts";

/** A slow answer leaves time for a second try, or for the fallback queue. */
const quick = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 800, throwOnRequestTimeout: true },
};
const eventBridge = new EventBridgeClient(quick);
const sqs = new SQSClient(quick);

/** Bus and fallback queue together. Less than what core/migration/deps.ts keeps back from the calls to sources. */
const TRIGGER_PUBLISH_MS = 1200;
/** Of the ten seconds and more that a subscriber has. */
const SUBSCRIBER_PUBLISH_MS = 4000;

/** For triggers: resolves whatever happens. Needs the links Bus and FallbackQueue. */
export function triggerPublish(): Publish {
  const deps = publisherDeps(TRIGGER_PUBLISH_MS);
  return bestEffort(createPublisher(deps), deps);
}

/** For subscribers: rejects when neither took an event, so that the message is received again. */
export function subscriberPublish(): Publish {
  return strict(createPublisher(publisherDeps(SUBSCRIBER_PUBLISH_MS)));
}

/** For the drain of the fallback queue, which must never fill it. Needs the link Bus. */
export function busPublish(): Publish {
  const bus = eventBus(eventBridge, linkedRegional("Bus").name, systemClock);
  return strict((events) => bus(events, SUBSCRIBER_PUBLISH_MS));
}

function publisherDeps(budgetMs: number): PublisherDeps {
  return {
    bus: eventBus(eventBridge, linkedRegional("Bus").name, systemClock),
    fallback: eventQueue(sqs, linkedRegional("FallbackQueue").url, systemClock),
    budgetMs,
    clock: systemClock,
    log,
    count,
  };
}
