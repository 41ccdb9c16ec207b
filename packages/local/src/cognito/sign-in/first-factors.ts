import type { Pool, User } from "../state.ts";
import { factorSetup } from "./mfa-challenge.ts";
import { isWhole, usablePasskeys } from "./relying-party.ts";

/** A way to begin a choice-based sign-in, as `AvailableChallenges` names it. */
export type FirstFactor = "PASSWORD_SRP" | "PASSWORD" | "EMAIL_OTP" | "SMS_OTP" | "WEB_AUTHN";
/** The codes among them, and the attribute that each goes to. */
export const CODE_FACTORS = [
  ["EMAIL_OTP", "email"],
  ["SMS_OTP", "phone_number"],
] as const;

/** What the pool's `SignInPolicy` allows; only the password where it says nothing. */
export function allowedFactors(pool: Pool): readonly string[] {
  return pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ["PASSWORD"];
}

/** With which factors this user can begin, in the order of the live service: facts/cognito.md 3.2. */
export function availableFactors(pool: Pool, user: User): FirstFactor[] {
  const allowed = allowedFactors(pool);
  const factors: FirstFactor[] = [];
  const invited = user.status === "FORCE_CHANGE_PASSWORD";
  if (allowed.includes("PASSWORD") && (invited || user.password !== undefined)) {
    factors.push("PASSWORD_SRP", "PASSWORD");
  }
  if (invited) return factors;
  // A code is one factor: whoever must show two begins with the password, or a passkey that counts as both.
  const needsTwo = factorSetup(pool, user).kind !== "none";
  if (!needsTwo) factors.push(...codeFactors(pool, user));
  if ((!needsTwo || isWhole(pool)) && hasPasskey(pool, user)) factors.push("WEB_AUTHN");
  return factors;
}

function hasPasskey(pool: Pool, user: User): boolean {
  return allowedFactors(pool).includes("WEB_AUTHN") && usablePasskeys(pool, user).length > 0;
}

/** The codes that a user could be sent to sign in: to a verified address, where the pool allows it. */
export function codeFactors(pool: Pool, user: Pick<User, "attributes">): FirstFactor[] {
  return CODE_FACTORS.filter(
    ([factor, attribute]) => allowedFactors(pool).includes(factor) && hasVerified(user, attribute),
  ).map(([factor]) => factor);
}

export function hasVerified(user: Pick<User, "attributes">, attribute: string): boolean {
  return user.attributes.has(attribute) && user.attributes.get(`${attribute}_verified`) === "true";
}

/** What a name that nobody has could begin with: all that the pool allows, but no passkey, as with most people. */
export function pretendedFactors(pool: Pool): FirstFactor[] {
  const allowed = allowedFactors(pool);
  return [
    ...(allowed.includes("PASSWORD") ? (["PASSWORD_SRP", "PASSWORD"] as const) : []),
    ...CODE_FACTORS.map(([factor]) => factor).filter((factor) => allowed.includes(factor)),
  ];
}
