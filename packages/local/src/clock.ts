import type { Clock } from "./service.ts";

/** The stage's clock: real time plus an offset that tests move. */
export interface StageClock {
  readonly now: Clock;
  /** How far the stage is from real time, in milliseconds. */
  offsetMs(): number;
  /** Moves the stage by so many milliseconds; negative goes back. */
  advance(byMs: number): void;
  /** Sets the stage's time to an epoch in milliseconds; it runs on from there. */
  setTo(epochMs: number): void;
}

/** Makes a clock that starts at real time. `real` is the time it is based on, in epoch milliseconds. */
export function createClock(real: Clock = Date.now): StageClock {
  let offsetMs = 0;
  return {
    now: () => real() + offsetMs,
    offsetMs: () => offsetMs,
    advance: (byMs) => {
      offsetMs += byMs;
    },
    setTo: (epochMs) => {
      offsetMs = epochMs - real();
    },
  };
}
