import type { Store } from "./store.ts";

/** What came one after the other: the last of it, so that a stage that runs for days does not grow without bound. */
export interface KeptList<Value> {
  add(value: Value): void;
  /** Newest last. */
  all(): readonly Value[];
  clear(): void;
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

/** @param prefix of the keys in the store, each of which ends with a running number */
export function createKeptList<Value>(
  prefix: string,
  { capacity, store }: { readonly capacity: number; readonly store?: Store | undefined },
): KeptList<Value> {
  let kept: Value[] = [];
  /** Of the oldest that is kept. */
  let first = 0;
  const keyOf = (number: number) => prefix + String(number).padStart(12, "0");
  const drop = (count: number) => {
    for (let number = first; number < first + count; number += 1) store?.remove(keyOf(number));
    kept = kept.slice(count);
    first += count;
  };
  return {
    add: (value) => {
      store?.put(keyOf(first + kept.length), value);
      kept.push(value);
      // Many at a time, because the rest is copied.
      if (kept.length > 2 * capacity) drop(kept.length - capacity);
    },
    all: () => (kept.length > capacity ? kept.slice(-capacity) : kept),
    clear: () => drop(kept.length),
    restore: async () => {
      for await (const [key, value] of store?.entries(prefix) ?? []) {
        if (kept.length === 0) first = Number(key.slice(prefix.length));
        kept.push(value as Value);
      }
    },
  };
}
