import type { Region, UserId } from "../kernel/ids.ts";
import { type Directory, type Home, isForgotten, signInRegion } from "./home.ts";
import type { LoginKeys } from "./login-key.ts";

/** Where a login signs in. */
export interface Whereabouts {
  /** For a login that nobody has one of the regions, always the same. */
  readonly region: Region;
  /** Undefined for a login that nobody has, and for somebody who is only expected. */
  readonly home: Home | undefined;
}

type Reads = Pick<Directory, "findLogin" | "homeOf">;

/**
 * Where a login signs in. The same two reads for every login, whether somebody has it or not, and an
 * answer that is as likely for either.
 */
export async function whereabouts(
  directory: Reads,
  keys: LoginKeys,
  login: string,
): Promise<Whereabouts> {
  const key = keys.keyOf(login);
  const entry = await directory.findLogin(key);
  const home = await directory.homeOf(entry?.userId ?? keys.decoyUserId(key));
  const decoy = keys.decoyRegion(key);
  if (!home || isForgotten(home)) return { region: entry?.expectedAt ?? decoy, home: undefined };
  return { region: signInRegion(home), home };
}

/**
 * Where a user who has an account here signs in, by as many reads as for a login. Undefined for one who has
 * no home yet: that is given after the sign-in. Somebody forgotten does not get in by an old copy that still
 * waits for its deletion, and is sent to where nobody knows them.
 */
export async function whereaboutsOf(
  directory: Reads,
  keys: LoginKeys,
  userId: UserId,
  here: Region,
): Promise<Region | undefined> {
  await directory.findLogin(keys.keyOf(userId));
  const home = await directory.homeOf(userId);
  if (!home) return undefined;
  if (!isForgotten(home)) return signInRegion(home);
  return home.copies.some(({ region }) => region === here) ? home.home : undefined;
}
