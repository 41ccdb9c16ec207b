/** The current time in epoch milliseconds. Passed in, so that tests move time and never wait for it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** ISO-8601 UTC text with milliseconds, the form of every `…At` field. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
