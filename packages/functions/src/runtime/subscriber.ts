import { AppError, type ErrorKind, type Facts } from "@carryover/core/kernel/errors";
import {
  type EventDefinition,
  type EventDetail,
  EventFormatError,
  parseDetail,
} from "@carryover/events/define";
import { oneFor, readEnvelope } from "@carryover/events/parse";
import type { SubscriberName } from "../subscribers.ts";
import { type QueueHandler, queueConsumer } from "./queue-consumer.ts";
import { count, log } from "./telemetry.ts";

export type Log = (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;

/** Per message. */
export interface Received {
  /** Carries the subscriber's name, the event's id and its correlation id. */
  readonly log: Log;
}

interface Reaction {
  readonly definition: EventDefinition;
  react(detail: unknown, received: (detail: EventDetail<unknown>) => Received): Promise<void>;
}

/** What a subscriber does with one kind of event. */
export function on<Data>(
  definition: EventDefinition<string, Data>,
  handle: (event: EventDetail<Data>, received: Received) => Promise<void>,
): Reaction {
  return {
    definition,
    async react(detail, received) {
      const event = parseDetail(definition, detail);
      await handle(event, received(event));
    },
  };
}

/** A subscriber's Lambda handler, which knows what it was made for. */
export type SubscriberHandler = QueueHandler & {
  readonly subscriber: SubscriberName;
  readonly events: readonly EventDefinition[];
};

/** What a failed message needs. There is no parking queue: each ends in the subscriber's dead-letter queue. */
const OUTCOMES: Record<ErrorKind, "retry" | "hopeless"> = {
  missing: "retry",
  unavailable: "retry",
  invalid: "hopeless",
  denied: "hopeless",
  conflict: "hopeless",
  broken: "hopeless",
};

/**
 * The form of every subscriber on the bus: each message is parsed, handled and acknowledged by itself. One
 * that fails is received again, and after `maxAttempts` ends in the subscriber's dead-letter queue. That
 * holds for hopeless ones too: they only cost their attempts, and are logged as errors from the first.
 */
export function subscriber(
  name: SubscriberName,
  ...reactions: readonly Reaction[]
): SubscriberHandler {
  const handler = queueConsumer(async ({ body, messageId }) => {
    let facts: Facts = { subscriber: name, messageId };
    try {
      const event = readEnvelope(body);
      facts = { ...facts, event: event.name, replay: event.replayName };
      const reaction = oneFor(event, reactions, ({ definition }) => definition);
      await reaction.react(event.detail, ({ metadata: { id, correlationId } }) => {
        facts = { ...facts, eventId: id, correlationId };
        const context = facts;
        return { log: (level, message, more) => log(level, message, { ...context, ...more }) };
      });
    } catch (error) {
      const failure = failureOf(error);
      const level = failure.outcome === "hopeless" ? "error" : "warn";
      log(level, "event not handled", { ...facts, ...failure });
      count("EventNotHandled", { subscriber: name, outcome: failure.outcome });
      throw error;
    }
  });
  return Object.assign(handler, {
    subscriber: name,
    events: reactions.map(({ definition }) => definition),
  });
}

/** Never the message of an error that is not ours: an SDK's or a parser's may repeat what it was given. */
function failureOf(error: unknown): Facts & { readonly outcome: "retry" | "hopeless" } {
  if (error instanceof AppError) {
    return { ...error.facts, errorCode: error.code, outcome: OUTCOMES[error.kind] };
  }
  if (error instanceof EventFormatError) return { reason: error.message, outcome: "hopeless" };
  return { error: error instanceof Error ? error.name : typeof error, outcome: "retry" };
}
