import { createKeptList } from "./data/kept-list.ts";
import type { Store } from "./data/store.ts";
import type { Clock, Deliver, Message } from "./service.ts";

/** A message as it was kept. `at` is ISO-8601 UTC text in the stage's time. */
export interface KeptMessage extends Message {
  readonly at: string;
}

export interface Mailbox {
  readonly deliver: Deliver;
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
  /** What was kept, newest last; only the messages to one address or number if `to` is given. */
  list(to?: string): readonly KeptMessage[];
  clear(): void;
}

const KEPT_MESSAGES = 10_000;

/** Keeps what the stage's services would have sent to people. */
export function createMailbox(clock: Clock, store?: Store): Mailbox {
  const kept = createKeptList<KeptMessage>("mailbox/", { capacity: KEPT_MESSAGES, store });
  return {
    restore: kept.restore,
    deliver: (message) => kept.add({ ...message, at: new Date(clock()).toISOString() }),
    // Cognito compares addresses without regard to case in its default pools.
    list: (to) =>
      to === undefined
        ? kept.all()
        : kept.all().filter((message) => message.to.toLowerCase() === to.toLowerCase()),
    clear: kept.clear,
  };
}
