import type { Store } from "./data/store.ts";
import type { Clock } from "./service.ts";

const OFFSET = "clock/offset";

/** The stage's clock: real time plus an offset that tests move. */
export interface StageClock {
  readonly now: Clock;
  /** How far the stage is from real time, in milliseconds. */
  offsetMs(): number;
  /** Moves the stage by so many milliseconds; negative goes back. */
  advance(byMs: number): void;
  /** Sets the stage's time to an epoch in milliseconds; it runs on from there. */
  setTo(epochMs: number): void;
  /** Goes on in the time of the stage whose store this is. */
  restore(): Promise<void>;
}

/** Makes a clock that starts at real time. `real` is the time it is based on, in epoch milliseconds. */
export function createClock(real: Clock = Date.now, store?: Store): StageClock {
  let offsetMs = 0;
  const move = (toMs: number) => {
    offsetMs = toMs;
    store?.put(OFFSET, offsetMs);
  };
  return {
    now: () => real() + offsetMs,
    offsetMs: () => offsetMs,
    advance: (byMs) => move(offsetMs + byMs),
    setTo: (epochMs) => move(epochMs - real()),
    restore: async () => {
      offsetMs = Number((await store?.get(OFFSET)) ?? 0);
    },
  };
}
