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
  add(invocation: Invocation): void;
  /** Newest last; of one function if its name is given. */
  list(functionName?: string): readonly Invocation[];
}

/** Keeps the last invocations, so that a stage that runs for days does not grow without bound. */
export function createInvocationLog(capacity = 1_000): InvocationLog {
  let kept: Invocation[] = [];
  return {
    add: (invocation) => {
      kept.push(invocation);
      if (kept.length > capacity) kept = kept.slice(-capacity);
    },
    list: (functionName) =>
      functionName === undefined ? kept : kept.filter((one) => one.function === functionName),
  };
}
