import type { Clock } from "../kernel/clock.ts";
import type { Facts } from "../kernel/errors.ts";
import { PublishError } from "./errors.ts";
import type { OutgoingEvent, Publish } from "./event.ts";
import type { Sink, Unsent } from "./sink.ts";

export interface PublisherDeps {
  readonly bus: Sink;
  /** Where events wait that the bus would not take; `drain-fallback` feeds them back. */
  readonly fallback: Sink;
  /** For both together. */
  readonly budgetMs: number;
  readonly clock: Clock;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
  readonly count: (metric: string, dimensions?: Readonly<Record<string, string>>) => void;
}

/** The bus's part of the time. What it leaves over goes to the fallback. */
const BUS_SHARE = 0.6;

/** First the bus, then the fallback queue for what is left. Returns what neither took; never rejects. */
export type Publisher = (events: readonly OutgoingEvent[]) => Promise<readonly Unsent[]>;

export function createPublisher(deps: PublisherDeps): Publisher {
  const { bus, fallback, budgetMs, clock, log, count } = deps;
  return async (events) => {
    if (events.length === 0) return [];
    const endEpochMs = clock() + budgetMs;
    const left = await bus(events, budgetMs * BUS_SHARE);
    if (left.length === 0) return [];
    for (const { event, reason } of left) {
      log("warn", "event not taken by the bus", { ...factsOf(event), reason });
      count("EventToFallback");
    }
    return fallback(
      left.map(({ event }) => event),
      Math.max(0, endEpochMs - clock()),
    );
  };
}

/**
 * For triggers: resolves whatever happens, because a sign-in must not fail for an event. One line for
 * each lost event, from which, and from the pool's attributes, `reconcile` says it again.
 */
export function bestEffort(publisher: Publisher, { log, count }: PublisherDeps): Publish {
  return async (events) => {
    for (const { event, reason } of await publisher(events)) {
      log("error", "event lost", { ...factsOf(event), reason });
      count("EventLost");
    }
  };
}

/**
 * For subscribers and jobs: the message stays in its queue when an event could not be handed over.
 * @throws PublishError unavailable
 */
export function strict(publisher: Publisher): Publish {
  return async (events) => {
    const [first, ...others] = await publisher(events);
    if (!first) return;
    throw new PublishError("events could not be handed over", {
      ...factsOf(first.event),
      reason: first.reason,
      events: 1 + others.length,
    });
  };
}

/** Ids only. */
function factsOf({ name, detail: { metadata, data } }: OutgoingEvent): Facts {
  const userId =
    typeof data === "object" && data !== null && "userId" in data ? data.userId : undefined;
  return {
    event: name,
    eventId: metadata.id,
    ...(typeof userId === "string" && { userId }),
  };
}
