/** Source: SQS developer guide, "Exactly-once processing in Amazon SQS": the deduplication interval. */
const DEDUPLICATION_MS = 5 * 60_000;

/** What was answered to who sent a message first. */
export interface Sent {
  readonly messageId: string;
  readonly sequence: string;
  /** In epoch milliseconds of real time. */
  readonly untilMs: number;
}

/** What was sent to a FIFO queue in the last five minutes, by what tells messages apart. Outlives the messages. */
export interface SentMessages {
  find(key: string): Sent | undefined;
  add(key: string, sent: Omit<Sent, "untilMs">): void;
  forget(key: string): void;
  clear(): void;
  /** Takes up what an earlier stage kept, and tells of each change from now on: undefined where something is forgotten. */
  keep(kept: ReadonlyMap<string, Sent>, changed: (key: string, sent?: Sent) => void): void;
}

export function createSentMessages(): SentMessages {
  const sent = new Map<string, Sent>();
  let onChange: ((key: string, sent?: Sent) => void) | undefined;
  const forget = (key: string) => {
    if (sent.delete(key)) onChange?.(key);
  };
  const forgetOld = () => {
    for (const [key, { untilMs }] of sent) {
      if (untilMs > Date.now()) return;
      forget(key);
    }
  };
  return {
    find: (key) => {
      forgetOld();
      return sent.get(key);
    },
    add: (key, one) => {
      const added = { ...one, untilMs: Date.now() + DEDUPLICATION_MS };
      sent.set(key, added);
      onChange?.(key, added);
    },
    forget,
    clear: () => {
      for (const key of [...sent.keys()]) forget(key);
    },
    keep: (kept, changed) => {
      onChange = changed;
      // Oldest first, as they are forgotten.
      const oldestFirst = [...kept].toSorted(([, a], [, b]) => a.untilMs - b.untilMs);
      for (const [key, one] of oldestFirst) sent.set(key, one);
      forgetOld();
    },
  };
}
