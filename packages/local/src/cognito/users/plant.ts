import type { SeedUser } from "../../seed.ts";
import { usernameExists } from "../errors.ts";
import type { Pool, User } from "../state.ts";
import { checkNewAttributes } from "./attributes.ts";
import { nameNewUser } from "./create-user.ts";
import { temporaryUntil } from "./passwords.ts";
import { plantPassword } from "./planted-password.ts";
import { findUser, insertUser } from "./user-index.ts";

/**
 * Puts a user into a pool as if it had always been there: no trigger runs, no message is sent.
 * @throws AwsError as AdminCreateUser does for the same name and attributes
 */
export function plantUser(pool: Pool, seed: SeedUser, nowMs: number): void {
  const given = new Map(Object.entries(seed.attributes));
  // A federated profile has its provider's name, whatever the pool's rules for usernames are.
  const { username, attributes } =
    seed.status === "EXTERNAL_PROVIDER"
      ? { username: seed.username, attributes: given }
      : nameNewUser(pool, seed.username, given);
  if (findUser(pool, seed.username) !== undefined) throw usernameExists("User already exists");
  checkNewAttributes(pool, attributes, { requireAll: false });
  const user = insertUser(pool, { username, status: seed.status, attributes }, nowMs);
  if (seed.password !== undefined) {
    user.password = plantPassword(pool.id, user.username, seed.password);
    if (seed.status === "FORCE_CHANGE_PASSWORD")
      user.temporaryUntilMs = temporaryUntil(pool, nowMs);
  }
  user.enabled = seed.enabled;
  for (const group of seed.groups) joinGroup(pool, user, group, nowMs);
  if (seed.totpSecret !== undefined) {
    user.mfa.totpSecret = seed.totpSecret;
    user.mfa.enabled.add("SOFTWARE_TOKEN_MFA");
  }
  if (seed.smsMfa) user.mfa.enabled.add("SMS_MFA");
  if (seed.emailMfa) user.mfa.enabled.add("EMAIL_OTP");
}

function joinGroup(pool: Pool, user: User, name: string, nowMs: number): void {
  if (!pool.groups.has(name)) {
    pool.groups.set(name, { name, createdAtMs: nowMs, modifiedAtMs: nowMs });
  }
  user.groups.add(name);
}
