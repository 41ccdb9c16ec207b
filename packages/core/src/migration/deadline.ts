import type { Clock } from "../kernel/clock.ts";

/** The end of the time that one invocation has. */
export interface Deadline {
  /** Never negative. */
  remainingMs(): number;
  /** Aborts `reserveMs` before the end: what is kept back is for the steps after the call. */
  signal(reserveMs?: number): AbortSignal;
}

export function deadlineIn(budgetMs: number, clock: Clock): Deadline {
  const endEpochMs = clock() + budgetMs;
  const remainingMs = () => Math.max(0, endEpochMs - clock());
  return {
    remainingMs,
    signal: (reserveMs = 0) => AbortSignal.timeout(Math.max(0, remainingMs() - reserveMs)),
  };
}
