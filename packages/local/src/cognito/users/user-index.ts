import { randomUUID } from "node:crypto";
import { dropLinks } from "../providers/identities.ts";
import type { Pool, User, UserStatus } from "../state.ts";

const INDEXED = ["email", "phone_number", "preferred_username"];

/** A name or value as it is compared in this pool. */
export function normalise(pool: Pool, value: string): string {
  return pool.caseSensitive ? value : value.toLowerCase();
}

/**
 * The user whom a name means: a username, the `sub` of a local user, or an active alias. Somebody who came by a provider
 * goes by the username alone. Source: the API reference, AdminGetUser, `Username`.
 */
export function findUser(pool: Pool, name: string): User | undefined {
  const key = normalise(pool, name);
  return pool.users.get(key) ?? findLocalBySub(pool, name) ?? findByAlias(pool, name);
}

function findLocalBySub(pool: Pool, sub: string): User | undefined {
  const user = findBySub(pool, sub);
  return user?.status === "EXTERNAL_PROVIDER" ? undefined : user;
}

function findByAlias(pool: Pool, name: string): User | undefined {
  for (const attribute of signInAttributes(pool)) {
    const holder = aliasHolder(pool, attribute, name);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** The attributes whose value can be typed instead of the username. */
function signInAttributes(pool: Pool): readonly string[] {
  return [...pool.usernameAttributes, ...pool.aliasAttributes];
}

/** The user who can sign in by this value of the attribute. */
export function aliasHolder(pool: Pool, attribute: string, value: string): User | undefined {
  return usersWith(pool, attribute, value).find((user) => isActive(pool, user, attribute));
}

/** The user of a `sub`, which never changes. */
export function findBySub(pool: Pool, sub: string): User | undefined {
  const user = pool.bySub.get(sub);
  return user && pool.users.get(normalise(pool, user.username));
}

/** All users with this value of an indexed attribute, active as an alias or not. */
export function usersWith(pool: Pool, attribute: string, value: string): User[] {
  const found = [...(pool.byValue.get(attribute)?.get(normalise(pool, value)) ?? [])];
  for (const user of found) pool.users.get(normalise(pool, user.username));
  return found;
}

function isActive(pool: Pool, user: User, attribute: string): boolean {
  // Somebody whom a provider vouches for has no name to type here.
  if (user.status === "EXTERNAL_PROVIDER") return false;
  if (pool.usernameAttributes.includes(attribute)) return true;
  if (attribute === "preferred_username") return user.status !== "UNCONFIRMED";
  return user.attributes.get(`${attribute}_verified`) === "true";
}

export function isIndexed(attribute: string): boolean {
  return INDEXED.includes(attribute);
}

/** Sets attributes; an empty value deletes. The only way in which attributes are changed. */
export function writeAttributes(
  pool: Pool,
  user: User,
  changes: Iterable<readonly [string, string]>,
  nowMs: number,
): void {
  for (const [name, value] of changes) {
    if (INDEXED.includes(name)) reindex(pool, user, name, value);
    // A code that went to the old address must not verify the new one.
    if (value !== user.attributes.get(name)) user.codes.delete(`attribute:${name}`);
    if (value === "") user.attributes.delete(name);
    else user.attributes.set(name, value);
  }
  user.modifiedAtMs = nowMs;
}

function reindex(pool: Pool, user: User, attribute: string, value: string): void {
  const old = user.attributes.get(attribute);
  if (old !== undefined) {
    const index = pool.byValue.get(attribute);
    const key = normalise(pool, old);
    const holders = index?.get(key);
    holders?.delete(user);
    if (holders?.size === 0) index?.delete(key);
  }
  if (value !== "") holdersOf(pool, attribute, value).add(user);
}

/** Users in the order of their creation, from a `seq` on. */
export function* usersFrom(pool: Pool, seq: number): Generator<User> {
  for (let at = seq; at < pool.bySeq.length; at += 1) {
    const user = pool.bySeq[at];
    if (user !== undefined) yield user;
  }
}

/** Makes a user of a store findable by what it can sign in with. */
export function indexUser(pool: Pool, user: User): void {
  for (const attribute of INDEXED) {
    const value = user.attributes.get(attribute);
    if (value !== undefined) holdersOf(pool, attribute, value).add(user);
  }
}

function holdersOf(pool: Pool, attribute: string, value: string): Set<User> {
  const index = pool.byValue.get(attribute) ?? new Map<string, Set<User>>();
  pool.byValue.set(attribute, index);
  const key = normalise(pool, value);
  const holders = index.get(key) ?? new Set<User>();
  index.set(key, holders);
  return holders;
}

/** Puts a user into the pool. The caller has made sure that the name is free. */
export function insertUser(
  pool: Pool,
  made: {
    username?: string | undefined;
    sub?: string;
    status: UserStatus;
    attributes: Map<string, string>;
  },
  nowMs: number,
): User {
  const sub = made.sub ?? randomUUID();
  const user: User = {
    username: made.username ?? sub,
    sub,
    seq: pool.nextSeq++,
    attributes: new Map([["sub", sub]]),
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    enabled: true,
    status: made.status,
    formerPasswords: [],
    codes: new Map(),
    tries: new Map(),
    failures: { count: 0, lastAtMs: 0, lockedUntilMs: 0 },
    mfa: { lastTotpStep: 0, enabled: new Set() },
    groups: new Set(),
    devices: new Map(),
    passkeys: new Map(),
    generation: 0,
    signedOutAtMs: 0,
  };
  pool.users.set(normalise(pool, user.username), user);
  pool.bySub.set(sub, user);
  pool.bySeq[user.seq] = user;
  writeAttributes(pool, user, made.attributes, nowMs);
  return user;
}

export function removeUser(pool: Pool, user: User): void {
  for (const attribute of INDEXED) reindex(pool, user, attribute, "");
  pool.users.delete(normalise(pool, user.username));
  pool.bySub.delete(user.sub);
  pool.bySeq[user.seq] = undefined;
  if (user.attributes.has("identities")) dropLinks(pool, user);
}

/** Whether this very user is still in the pool: the name may have been given to another since. */
export function isPresent(pool: Pool, user: User): boolean {
  return pool.bySub.get(user.sub) === user;
}

/** Whether a name that a later step gives means the user whom the first step found. */
export function isWhom(pool: Pool, user: User, name: string): boolean {
  return isPresent(pool, user) && findUser(pool, name) === user;
}

/** The names by which a user is sure to be known. */
export function namesOf(user: User | undefined): string[] {
  return user === undefined ? [] : [user.username, user.sub];
}
