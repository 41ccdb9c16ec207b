import type { RetrySettings } from "../config/downstream-schema.ts";

/**
 * Seconds until the next try: doubling, capped, and spread over its upper half, so that what failed
 * together does not come back together. `random` is from 0 to 1.
 */
export function backoffSeconds(
  { firstDelaySeconds, maxDelaySeconds }: RetrySettings,
  attempts: number,
  random: number,
): number {
  const full = Math.min(firstDelaySeconds * 2 ** Math.max(0, attempts - 1), maxDelaySeconds);
  return Math.ceil(full * (0.5 + random / 2));
}
