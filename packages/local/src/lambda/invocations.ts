import { createKeptList } from "../data/kept-list.ts";
import type { Store } from "../data/store.ts";

/** One run of a function, as it was recorded. */
export interface Invocation {
  readonly function: string;
  readonly region: string;
  readonly requestId: string;
  /** ISO-8601 UTC text in the stage's time. */
  readonly at: string;
  readonly coldStart: boolean;
  readonly durationMs: number;
  readonly outcome: "returned" | "threw" | "timed-out" | "crashed";
  /** Why, for every outcome but `returned`. */
  readonly reason?: string;
  /** What the function wrote, line by line. */
  readonly lines: readonly string[];
}

export interface InvocationLog {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
  add(invocation: Invocation): void;
  /** Newest last; of one function if its name is given. */
  list(functionName?: string): readonly Invocation[];
}

const KEPT_INVOCATIONS = 1000;

export function createInvocationLog(store?: Store): InvocationLog {
  const kept = createKeptList<Invocation>("lambda/invocation/", {
    capacity: KEPT_INVOCATIONS,
    store,
  });
  return {
    restore: kept.restore,
    add: kept.add,
    list: (functionName) =>
      functionName === undefined
        ? kept.all()
        : kept.all().filter((one) => one.function === functionName),
  };
}
