import type { DownstreamSystem } from "../config/downstream-schema.ts";
import type { EventOrigin, Publish } from "../events/event.ts";
import type { Facts } from "../kernel/errors.ts";
import type { Task } from "./schema.ts";
import type { DownstreamStore } from "./store.ts";

/**
 * Puts work into a system's queue. Safe to repeat.
 * @throws DownstreamQueueError when the queue did not take all of it
 */
export type SendTasks = (system: string, tasks: readonly Task[]) => Promise<void>;

export interface DownstreamDeps {
  readonly store: DownstreamStore;
  /** Rejects when an event could not be handed over: the message is then received again. */
  readonly publish: Publish;
  readonly origin: EventOrigin;
  readonly send: SendTasks;
  /** By name, as the configuration has them. */
  readonly systems: Readonly<Record<string, DownstreamSystem>>;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
}
