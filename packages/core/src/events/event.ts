import type { EventDefinition, EventDetail } from "@carryover/events/define";
import * as z from "zod/mini";
import { type Clock, isoTime } from "../kernel/clock.ts";

/** An event on its way to the bus. */
export interface OutgoingEvent {
  /** The `detail-type`. */
  readonly name: string;
  readonly detail: EventDetail<unknown>;
}

/**
 * Hands events over: when it resolves they are on the bus or in the fallback queue. In a trigger, where a
 * sign-in must not fail for an event, it also resolves once a lost event is in the log (`bestEffort`).
 * Safe to repeat: the ids inside stay the same.
 */
export type Publish = (events: readonly OutgoingEvent[]) => Promise<void>;

/** Where and when something is said. */
export interface EventOrigin {
  readonly stage: string;
  readonly region: string;
  readonly clock: Clock;
}

/** What links an event to others. */
export interface EventLinks {
  /** Derived from what the event says, so that saying it again gives the same id. */
  readonly id: string;
  readonly correlationId: string;
  readonly causationId?: string;
}

/** Builds an event. Its data is checked strictly: a publisher must not say what its schema does not know. */
export function makeEvent<Data>(
  definition: EventDefinition<string, Data>,
  origin: EventOrigin,
  links: EventLinks,
  data: Data,
): OutgoingEvent {
  return {
    name: definition.name,
    detail: {
      metadata: {
        ...links,
        version: definition.version,
        occurredAt: isoTime(origin.clock()),
        stage: origin.stage,
        region: origin.region,
      },
      data: z.parse(definition.data, data),
    },
  };
}
