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

/** A stage that runs for days must not grow without bound. */
const KEPT_MESSAGES = 10_000;

const MAILBOX = "mailbox/";

/** Keeps what the stage's services would have sent to people. */
export function createMailbox(clock: Clock, store?: Store): Mailbox {
  let kept: KeptMessage[] = [];
  /** Of the oldest message that is kept. */
  let first = 0;
  const keyOf = (number: number) => MAILBOX + String(number).padStart(12, "0");
  const drop = (count: number) => {
    for (let number = first; number < first + count; number += 1) store?.remove(keyOf(number));
    kept = kept.slice(count);
    first += count;
  };
  return {
    restore: async () => {
      for await (const [key, message] of store?.entries(MAILBOX) ?? []) {
        if (kept.length === 0) first = Number(key.slice(MAILBOX.length));
        kept.push(message as KeptMessage);
      }
    },
    deliver: (message) => {
      const made = { ...message, at: new Date(clock()).toISOString() };
      store?.put(keyOf(first + kept.length), made);
      kept.push(made);
      if (kept.length > KEPT_MESSAGES) drop(kept.length - KEPT_MESSAGES);
    },
    // Cognito compares addresses without regard to case in its default pools.
    list: (to) =>
      to === undefined
        ? kept
        : kept.filter((message) => message.to.toLowerCase() === to.toLowerCase()),
    clear: () => drop(kept.length),
  };
}
