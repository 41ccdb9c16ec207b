import * as z from "zod/mini";
import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import type { Facts } from "../kernel/errors.ts";
import { freshId, type PoolId, type Sub, UserId } from "../kernel/ids.ts";
import { fallbackUserId, heldUserId } from "./held-user-id.ts";

/** A user of a new pool, as a trigger gets them. */
export interface NewPoolUser {
  readonly poolId: PoolId;
  readonly sub: Sub;
  readonly username: string;
  readonly attributes: Attributes;
}

export interface AttributeReader {
  /** AdminGetUser, bounded in time. Never rejects: undefined when the pool cannot be asked. */
  readonly findAttributes: (username: string) => Promise<Attributes | undefined>;
}

export interface GiveUserIdDeps {
  /** AdminUpdateUserAttributes, bounded in time. May reject. */
  readonly setAttributes: (username: string, attributes: Attributes) => Promise<void>;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
  readonly count: (metric: string) => void;
}

/**
 * The ID of a user who was just confirmed, given now to one who has none. Never rejects: where the pool
 * cannot be written, the answer is the ID that every other function derives until it can.
 */
export async function giveUserId(
  deps: GiveUserIdDeps & AttributeReader,
  user: NewPoolUser,
): Promise<UserId> {
  let known = heldUserId(user.attributes, user);
  if (known.from === "absent") {
    // Cognito calls up to three times, with the attributes of the first time: an earlier try may have written.
    known = heldUserId((await deps.findAttributes(user.username)) ?? {}, user);
  }
  if (known.from === "malformed") reportMalformed(deps, user);
  if (known.from !== "absent") return known.userId;

  const fresh = z.parse(UserId, freshId());
  if (await store(deps, user, fresh)) return fresh;
  // A write that failed may still have arrived. The second try writes the ID that is returned when it fails
  // too, so that an unclear first one is written over and nobody is left with two IDs.
  await store(deps, user, fallbackUserId(user));
  return fallbackUserId(user);
}

/**
 * The ID of a user who is about to get tokens. One who has none in the pool gets the derived one, which is
 * also stored, best effort, so that the pool stays the record of last resort. Never rejects.
 */
export async function ensureUserId(deps: GiveUserIdDeps, user: NewPoolUser): Promise<UserId> {
  const { userId, from } = heldUserId(user.attributes, user);
  if (from === "malformed") reportMalformed(deps, user);
  if (from === "absent") await store(deps, user, userId);
  return userId;
}

async function store(
  { setAttributes, log, count }: GiveUserIdDeps,
  { username, poolId, sub }: NewPoolUser,
  userId: UserId,
): Promise<boolean> {
  try {
    await setAttributes(username, { [OWN_ATTRIBUTES.userId]: userId });
    return true;
  } catch (error) {
    // Not rethrown: nobody's sign-in may fail for it, and the next token tries again.
    const reason = error instanceof Error ? error.name : "unknown";
    log("error", "user ID not stored", { poolId, sub, userId, reason });
    count("UserIdNotStored");
    return false;
  }
}

function reportMalformed({ log, count }: GiveUserIdDeps, { poolId, sub }: NewPoolUser): void {
  log("error", "the pool holds something that is no user ID", { poolId, sub });
  count("UserIdMalformed");
}
