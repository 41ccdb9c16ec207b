import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../kernel/clock.ts";
import type { OutgoingEvent } from "./event.ts";

/** An event that was not taken, and why: an error code or class name, never a message. */
export interface Unsent {
  readonly event: OutgoingEvent;
  readonly reason: string;
}

/**
 * A place that takes events. Returns those it did not take within the time, and never rejects.
 * Safe to repeat with what it returns.
 */
export type Sink = (
  events: readonly OutgoingEvent[],
  withinMs: number,
) => Promise<readonly Unsent[]>;

/** What became of one entry of a call that went through as a whole. */
export type EntryOutcome = "taken" | { readonly code: string; readonly retryable: boolean };

/** A batch API of AWS, as far as a sink needs it. */
export interface BatchApi {
  readonly maxEntries: number;
  readonly maxBytes: number;
  sizeInBytes(event: OutgoingEvent): number;
  /** One outcome per event, in order. Rejects when the whole call failed, or on `signal`. */
  send(batch: readonly OutgoingEvent[], signal: AbortSignal): Promise<readonly EntryOutcome[]>;
}

const FIRST_PAUSE_MS = 50;

/** A sink on a batch API: batches, then the failed entries again, only those, for as long as there is time. */
export function batchSink(api: BatchApi, clock: Clock): Sink {
  return async (events, withinMs) => {
    const endEpochMs = clock() + withinMs;
    const unsent: Unsent[] = [];
    for (const batch of batchesOf(events, api)) {
      unsent.push(...(await sendBatch(api, batch, () => endEpochMs - clock())));
    }
    return unsent;
  };
}

/** In order, each batch within both limits. An event that is too large by itself goes alone, for the API to refuse. */
export function batchesOf(
  events: readonly OutgoingEvent[],
  limits: Pick<BatchApi, "maxEntries" | "maxBytes" | "sizeInBytes">,
): OutgoingEvent[][] {
  const batches: OutgoingEvent[][] = [];
  let batch: OutgoingEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = limits.sizeInBytes(event);
    if (batch.length > 0 && (batch.length >= limits.maxEntries || bytes + size > limits.maxBytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

async function sendBatch(
  api: BatchApi,
  batch: readonly OutgoingEvent[],
  remainingMs: () => number,
): Promise<Unsent[]> {
  const refused: Unsent[] = [];
  let waiting: readonly Unsent[] = batch.map((event) => ({ event, reason: "OutOfTime" }));
  for (let pauseMs = FIRST_PAUSE_MS; waiting.length > 0 && remainingMs() > 0; pauseMs *= 2) {
    const outcomes = await outcomesOf(api, waiting, AbortSignal.timeout(Math.ceil(remainingMs())));
    // A call that failed as a whole was already retried by the SDK, within the same time.
    if (!Array.isArray(outcomes)) {
      return [...refused, ...waiting.map(({ event }) => ({ event, reason: outcomes.failure }))];
    }
    const again: Unsent[] = [];
    for (const [index, { event }] of waiting.entries()) {
      const outcome = outcomes[index] ?? { code: "NoOutcome", retryable: true };
      if (outcome === "taken") continue;
      (outcome.retryable ? again : refused).push({ event, reason: outcome.code });
    }
    waiting = again;
    if (waiting.length > 0) await sleep(Math.max(0, Math.min(pauseMs, remainingMs())));
  }
  return [...refused, ...waiting];
}

async function outcomesOf(
  api: BatchApi,
  waiting: readonly Unsent[],
  signal: AbortSignal,
): Promise<EntryOutcome[] | { readonly failure: string }> {
  try {
    return [
      ...(await api.send(
        waiting.map(({ event }) => event),
        signal,
      )),
    ];
  } catch (error) {
    return { failure: error instanceof Error ? error.name : "UnknownError" };
  }
}
