import { randomInt, timingSafeEqual } from "node:crypto";
import { AwsError } from "../../service.ts";
import { notAuthorized } from "../errors.ts";
import type { PasswordPolicy, PoolSettings } from "../pools/pool-settings.ts";
import { makeVerifier, verifierOf } from "../sign-in/srp.ts";
import type { Pool, StoredPassword, User, UserStatus } from "../state.ts";

// The characters that Cognito counts as symbols (DG23/user-pool-settings-policies).
const SYMBOL = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/;
const DAY_MS = 86_400_000;

/** The policy in force. A pool without `Policies` gets the strict one; a given policy only what it says. */
export function passwordPolicy(settings: PoolSettings): PasswordPolicy & { MinimumLength: number } {
  const given = settings.Policies?.PasswordPolicy;
  // The older place for it: facts/cognito.md 4.2.
  const days = settings.AdminCreateUserConfig?.UnusedAccountValidityDays || 7;
  if (given === undefined) {
    return {
      MinimumLength: 8,
      RequireUppercase: true,
      RequireLowercase: true,
      RequireNumbers: true,
      RequireSymbols: true,
      TemporaryPasswordValidityDays: days,
    };
  }
  return {
    RequireUppercase: false,
    RequireLowercase: false,
    RequireNumbers: false,
    RequireSymbols: false,
    ...given,
    MinimumLength: given.MinimumLength ?? 8,
    // 0 means 7: facts/cognito.md 4.2.
    TemporaryPasswordValidityDays: given.TemporaryPasswordValidityDays || days,
  };
}

/** How a refusal begins, by the operation. Source: radkawar/stackd, testdata/aws/cognito/credential_workflows.json. */
const DID_NOT_CONFORM = "Password did not conform with policy";
export const NOT_CONFORMING = "Password does not conform to policy";
export const NOT_CONFORMING_AT_CREATION = "Password did not conform with password policy";

/** @throws AwsError InvalidPasswordException that names the first rule broken */
export function checkPolicy(pool: Pool, password: string, text = DID_NOT_CONFORM): void {
  const policy = passwordPolicy(pool.settings);
  const broken = [
    { when: password.length < policy.MinimumLength, rule: "Password not long enough" },
    { when: password.length > 256, rule: "Password too long" },
    {
      when: policy.RequireUppercase === true && !/\p{Lu}/u.test(password),
      rule: "Password must have uppercase characters",
    },
    {
      when: policy.RequireLowercase === true && !/\p{Ll}/u.test(password),
      rule: "Password must have lowercase characters",
    },
    {
      when: policy.RequireNumbers === true && !/\p{Nd}/u.test(password),
      rule: "Password must have numeric characters",
    },
    {
      when: policy.RequireSymbols === true && !SYMBOL.test(password),
      rule: "Password must have symbol characters",
    },
  ].find(({ when }) => when);
  if (broken !== undefined) {
    throw new AwsError("InvalidPasswordException", `${text}: ${broken.rule}`);
  }
}

/**
 * Checks a password that a user is to have from now on.
 * @throws AwsError InvalidPasswordException; PasswordHistoryPolicyViolationException
 */
export function checkNewPassword(pool: Pool, user: User, password: string, text?: string): void {
  checkPolicy(pool, password, text);
  const remembered = passwordPolicy(pool.settings).PasswordHistorySize ?? 0;
  const used = user.formerPasswords
    .slice(0, remembered)
    .some((former) => isPassword(pool, user, password, former));
  if (used) {
    throw new AwsError(
      "PasswordHistoryPolicyViolationException",
      "Password has previously been used.",
    );
  }
}

/** Replaces the password and with it the status; every failed try is forgiven. */
export function setPassword(
  pool: Pool,
  user: User,
  password: string,
  status: UserStatus,
  nowMs: number,
): void {
  user.password = makeVerifier(pool.id, user.username, password);
  const remembered = passwordPolicy(pool.settings).PasswordHistorySize ?? 0;
  user.formerPasswords = [user.password, ...user.formerPasswords].slice(0, remembered);
  user.status = status;
  user.modifiedAtMs = nowMs;
  delete user.temporaryUntilMs;
  if (status === "FORCE_CHANGE_PASSWORD") user.temporaryUntilMs = temporaryUntil(pool, nowMs);
  forgiveFailures(user);
}

export function temporaryUntil(pool: Pool, nowMs: number): number {
  return nowMs + (passwordPolicy(pool.settings).TemporaryPasswordValidityDays ?? 7) * DAY_MS;
}

/** Whether it is the user's password. Takes as long where there is none, or no such user. */
export function passwordMatches(pool: Pool, user: User | undefined, password: string): boolean {
  if (user?.password === undefined) {
    verifierOf(pool.id, user?.username ?? "", password, pool.secret.subarray(0, 16));
    return false;
  }
  return isPassword(pool, user, password, user.password);
}

function isPassword(pool: Pool, user: User, password: string, stored: StoredPassword): boolean {
  const verifier = verifierOf(pool.id, user.username, password, stored.salt);
  return timingSafeEqual(verifier, stored.verifier);
}

/** A password that every policy accepts. */
export function generatePassword(pool: Pool): string {
  const kinds = ["ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "!@#%&*?+-="];
  const length = Math.max(12, passwordPolicy(pool.settings).MinimumLength);
  const characters = Array.from({ length }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? "";
    return kind.charAt(randomInt(kind.length));
  });
  return characters.join("");
}

const LOCKOUT_MAX_MS = 15 * 60_000;

/** @throws AwsError NotAuthorizedException while the user is locked out; such a try does not extend it */
export function refuseLockedOut(user: User, nowMs: number): void {
  if (nowMs < user.failures.lockedUntilMs) throw notAuthorized("Password attempts exceeded");
}

/** Counts a wrong password: from the fifth on, each locks for 2^(n-5) seconds, 15 minutes at most. facts 3.4 */
export function countFailure(user: User, nowMs: number): void {
  const { failures } = user;
  if (nowMs - failures.lastAtMs >= LOCKOUT_MAX_MS) failures.count = 0;
  failures.count += 1;
  failures.lastAtMs = nowMs;
  if (failures.count >= 5) {
    failures.lockedUntilMs = nowMs + Math.min(2 ** (failures.count - 5) * 1000, LOCKOUT_MAX_MS);
  }
}

export function forgiveFailures(user: User): void {
  user.failures.count = 0;
  user.failures.lockedUntilMs = 0;
}
