import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { eventBus } from "@carryover/core/aws/bus";
import type { EventOrigin, Publish } from "@carryover/core/events/event";
import { strict } from "@carryover/core/events/publish";
import { systemClock } from "@carryover/core/kernel/clock";

export interface BusOptions {
  readonly bus: string;
  readonly region: string;
}

/** Within this the bus takes an event, or the command says that it did not. */
const PUBLISH_MS = 10_000;

/** How a command says what it did. */
export function sayingOn({ bus, region }: BusOptions): {
  readonly publish: Publish;
  readonly origin: EventOrigin;
} {
  const sink = eventBus(new EventBridgeClient({ region }), bus, systemClock);
  return {
    publish: strict((events) => sink(events, PUBLISH_MS)),
    // The bus has the stage's name behind the app's.
    origin: { stage: bus.replace(/^carryover-/, ""), region, clock: systemClock },
  };
}
