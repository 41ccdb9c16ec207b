import type { Clock, Deliver, Message } from "./service.ts";

/** A message as it was kept. `at` is ISO-8601 UTC text in the stage's time. */
export interface KeptMessage extends Message {
  readonly at: string;
}

export interface Mailbox {
  readonly deliver: Deliver;
  /** What was kept, newest last; only the messages to one address or number if `to` is given. */
  list(to?: string): readonly KeptMessage[];
  clear(): void;
}

/** A stage that runs for days must not grow without bound. */
const KEPT_MESSAGES = 10_000;

/** Keeps what the stage's services would have sent to people. */
export function createMailbox(clock: Clock): Mailbox {
  let kept: KeptMessage[] = [];
  return {
    deliver: (message) => {
      kept.push({ ...message, at: new Date(clock()).toISOString() });
      if (kept.length > KEPT_MESSAGES) kept = kept.slice(-KEPT_MESSAGES);
    },
    // Cognito compares addresses without regard to case in its default pools.
    list: (to) =>
      to === undefined
        ? kept
        : kept.filter((message) => message.to.toLowerCase() === to.toLowerCase()),
    clear: () => {
      kept = [];
    },
  };
}
