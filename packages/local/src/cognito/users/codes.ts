import { randomInt } from "node:crypto";
import { codeMismatch, expiredCode, limitExceeded } from "../errors.ts";
import type { PendingCode, User } from "../state.ts";

const HOUR_MS = 3_600_000;

// Cognito's code lifetimes and hourly limits per user: facts/cognito.md 6. Password resets allow 5 to 20
// depending on the risk; the stand-in allows the most.
export const SIGN_UP_CODE_MS = 24 * HOUR_MS;
export const RESET_CODE_MS = HOUR_MS;
export const RESET_CODE = { kind: "forgot-password", lifetimeMs: RESET_CODE_MS } as const;
const PER_HOUR = {
  "forgot-password": 20,
  "resend-code": 5,
  "confirm-sign-up": 15,
  "change-password": 5,
  "verify-attribute": 15,
} as const;

/** A random code. @param length 6 as in most of Cognito's messages, unless given */
export function digits(length = 6): string {
  return String(randomInt(10 ** length)).padStart(length, "0");
}

/** Makes a code that replaces any earlier one of its kind. */
export function issueCode(
  user: User,
  kind: string,
  expiresAtMs: number,
  value?: string,
): PendingCode {
  const pending = { code: digits(), expiresAtMs, ...(value === undefined ? {} : { value }) };
  user.codes.set(kind, pending);
  return pending;
}

/**
 * Checks a code and leaves it usable: it is spent by `user.codes.delete(kind)` once all else has passed.
 * @throws AwsError ExpiredCodeException for one that is expired, used or was never sent; CodeMismatchException
 */
export function checkCode(user: User, kind: string, code: string, nowMs: number): PendingCode {
  const pending = user.codes.get(kind);
  if (pending === undefined || nowMs >= pending.expiresAtMs) throw expiredCode();
  if (pending.code !== code) throw codeMismatch();
  return pending;
}

/** Counts a try against its hourly limit. @throws AwsError LimitExceededException */
export function countTry(user: User, limit: keyof typeof PER_HOUR, nowMs: number): void {
  const recent = (user.tries.get(limit) ?? []).filter((at) => nowMs - at < HOUR_MS);
  if (recent.length >= PER_HOUR[limit]) throw limitExceeded();
  recent.push(nowMs);
  user.tries.set(limit, recent);
}
