import type { DeployedTarget } from "../config/deployment.ts";
import type { Region, UserId } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";
import { type Entry, signInRegion } from "./entry.ts";
import { type LoginKeys, loginsOf } from "./login-key.ts";
import type { ClaimedLogin, PlacementStore } from "./placement-store.ts";

/** What the directory knows of a login. */
export interface Whereabouts {
  /** Where to sign in: for a login that nobody has, one of the regions, always the same. */
  readonly region: Region;
  /** The user's state. Undefined for a login that nobody has. */
  readonly state: Entry | undefined;
}

/**
 * Where a login signs in. The same two reads for every login, whether somebody has it or not, and an
 * answer that is as likely for either.
 * @throws PlacementUnavailableError
 */
export async function whereabouts(
  directory: Pick<PlacementStore, "findLogin" | "recent">,
  keys: LoginKeys,
  login: string,
): Promise<Whereabouts> {
  const key = keys.keyOf(login);
  const entry = await directory.findLogin(key);
  const [state] = await directory.recent(entry?.userId ?? keys.decoyUserId(key), 1);
  const decoy = keys.decoyRegion(key);
  if (!state || state.fact === "forgotten") return { region: decoy, state: undefined };
  return { region: signInRegion(state), state };
}

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
