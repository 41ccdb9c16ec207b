import type { RetrySettings } from "../config/downstream-schema.ts";
import { isoTime } from "../kernel/clock.ts";
import { backoffSeconds } from "./backoff.ts";
import { type Cause, type Pair, type Progress, pairIdOf } from "./schema.ts";
import type { Applied } from "./system.ts";

/** How long a message has to do its work before the sweep sends another one. */
export const PATIENCE_SECONDS = 900;

/** A change that the system has yet to see. A message about it is on its way: the sweep looks later. */
export function pending(system: string, pair: Pair, cause: Cause, nowMs: number): Progress {
  return {
    system,
    pairId: pairIdOf(pair),
    pair,
    cause,
    status: "pending",
    attempts: 0,
    changed: 0,
    run: 1,
    dueAt: isoTime(nowMs + PATIENCE_SECONDS * 1000),
    updatedAt: isoTime(nowMs),
    version: 1,
  };
}

/** The same once more, at an operator's word: from the start, with events of its own. */
export function startedAnew(progress: Progress, nowMs: number): Progress {
  return {
    ...pending(progress.system, progress.pair, progress.cause, nowMs),
    changed: progress.changed,
    run: progress.run + 1,
    version: progress.version,
  };
}

export interface At {
  readonly nowMs: number;
  readonly retry: RetrySettings;
  /** From 0 to 1. */
  readonly random: number;
}

/** What the system's answer makes of a progress. */
export function advanced(
  before: Progress,
  answer: Applied,
  { nowMs, retry, random }: At,
): Progress {
  const changed = before.changed + ("changed" in answer ? (answer.changed ?? 0) : 0);
  const attempts = before.attempts + 1;
  const base: Progress = {
    ...before,
    attempts,
    changed,
    updatedAt: isoTime(nowMs),
    dueAt: isoTime(nowMs),
    notBefore: undefined,
    reason: undefined,
    remaining: undefined,
  };
  const later = (seconds: number) => isoTime(nowMs + seconds * 1000);
  switch (answer.outcome) {
    case "done":
      return { ...base, status: "done", cursor: undefined };
    case "more":
      // A part that went well is no failed try.
      return {
        ...base,
        attempts: before.attempts,
        cursor: answer.cursor,
        dueAt: later(PATIENCE_SECONDS),
      };
    case "waiting":
      return waited(base, before, answer.withinSeconds, nowMs);
    case "closed":
      // Not the user's fault: it waits until the system is resumed.
      return { ...base, attempts: before.attempts, reason: answer.reason };
    case "refused":
      return { ...base, status: "failed", reason: answer.reason };
    case "retry": {
      const { reason, afterSeconds = 0 } = answer;
      if (attempts >= retry.maxAttempts) return { ...base, status: "failed", reason };
      const next = later(Math.max(afterSeconds, backoffSeconds(retry, attempts, random)));
      return { ...base, reason, dueAt: next, notBefore: next };
    }
  }
}

/** Asked once, then again when the time is up: a system that said nothing by then has failed. */
function waited(base: Progress, before: Progress, withinSeconds: number, nowMs: number): Progress {
  if (before.reason === WAITING) return { ...base, status: "failed", reason: "not-acknowledged" };
  const end = isoTime(nowMs + withinSeconds * 1000);
  return { ...base, reason: WAITING, dueAt: end, notBefore: end };
}

const WAITING = "waiting-for-acknowledgement";

/** Whether a message that has come has something to do. */
export function isDue({ status, notBefore }: Progress, nowMs: number): boolean {
  return status === "pending" && (notBefore === undefined || Date.parse(notBefore) <= nowMs);
}
