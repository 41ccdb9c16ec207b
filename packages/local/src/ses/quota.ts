import { AwsError } from "../service.ts";
import type { SesRegion } from "./state.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Recipients of the last 24 hours: SES counts those, not mails (SES guide, "Service quotas"). */
export function sentInLastDay(ses: SesRegion, now: number): number {
  ses.sends = ses.sends.filter((at) => at > now - DAY_MS && at <= now);
  return ses.sends.length;
}

/**
 * Takes the recipients off the quotas.
 * The rate may be exceeded for short bursts, "but not for sustained periods of time" (same page): here for
 * a second's worth more.
 * @throws AwsError TooManyRequestsException (rate) or LimitExceededException (day)
 */
export function spend(ses: SesRegion, recipients: number, now: number): void {
  const { max24HourSend, maxSendRate } = ses.quota;
  if (max24HourSend >= 0 && sentInLastDay(ses, now) + recipients > max24HourSend) {
    throw new AwsError("LimitExceededException", "Daily message quota exceeded.");
  }
  const { left, atEpochMs } = ses.burst;
  const grown = left + (Math.max(0, now - atEpochMs) / 1000) * maxSendRate;
  const available = Math.min(2 * maxSendRate, grown);
  if (available < recipients) {
    ses.burst = { left: available, atEpochMs: now };
    throw new AwsError("TooManyRequestsException", "Maximum sending rate exceeded.", 429);
  }
  ses.burst = { left: available - recipients, atEpochMs: now };
  for (let index = 0; index < recipients; index += 1) ses.sends.push(now);
}
