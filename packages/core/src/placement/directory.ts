import type { DeployedTarget } from "../config/deployment.ts";
import type { UserId } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";
import { type LoginKeys, loginsOf } from "./login-key.ts";
import type { ClaimedLogin, PlacementStore } from "./placement-store.ts";

/**
 * Makes the directory lead to a user by exactly the logins that they have. Costs one read while nothing
 * has changed. Safe to repeat, and to stop anywhere: what is claimed is noted before and until it is given back.
 */
export async function syncLogins(
  ledger: Pick<PlacementStore, "claimLogin" | "releaseLogin" | "loginsOf" | "setLogins">,
  keys: LoginKeys,
  target: DeployedTarget,
  userId: UserId,
  user: Pick<PoolUser, "username" | "attributes">,
): Promise<void> {
  const wanted = loginsOf(target, user).map(({ login, isProved }) => ({
    key: keys.keyOf(login),
    isProved,
  }));
  const noted = await ledger.loginsOf(userId);
  const isIn = (list: readonly ClaimedLogin[], { key, isProved }: ClaimedLogin) =>
    list.some((one) => one.key === key && one.isProved === isProved);
  const fresh = wanted.filter((login) => !isIn(noted, login));
  const stale = noted.filter(({ key }) => !wanted.some((login) => login.key === key));
  if (fresh.length === 0 && stale.length === 0) return;
  // Noted as what it is not until it is claimed, or a repeat would take it for done.
  const claimed = fresh.map(({ key, isProved }) => ({ key, isProved: !isProved }));
  const kept = noted.filter(({ key }) => !claimed.some((login) => login.key === key));
  await ledger.setLogins(userId, [...kept, ...claimed]);
  for (const { key, isProved } of fresh) await ledger.claimLogin(key, { userId, isProved });
  for (const { key } of stale) await ledger.releaseLogin(key, userId);
  await ledger.setLogins(userId, wanted);
}

/** Nobody is led to the user any more. Safe to repeat. */
export async function forgetLogins(
  ledger: Pick<PlacementStore, "releaseLogin" | "loginsOf" | "setLogins">,
  userId: UserId,
): Promise<void> {
  for (const { key } of await ledger.loginsOf(userId)) await ledger.releaseLogin(key, userId);
  await ledger.setLogins(userId, []);
}
