import type { EventOrigin, Publish } from "../events/event.ts";
import type { Facts } from "../kernel/errors.ts";

export type Log = (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;

export interface SayingDeps {
  /** Rejects when an event could not be handed over: it is then said again later. */
  readonly publish: Publish;
  readonly origin: EventOrigin;
}
