import * as z from "zod/mini";
import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import { derivedId, type PoolId, type Sub, UserId } from "../kernel/ids.ts";

/** Where a user's ID comes from. */
export type UserIdSource =
  /** The pool holds it. */
  | "attribute"
  /** The pool holds none: the ID that every function derives for this user meanwhile. */
  | "absent"
  /** The pool holds something that is no user ID. It is used by nobody and never written over. */
  | "malformed";

/**
 * The user ID of an account in a new pool. Everybody who finds no ID there derives the same one, so that
 * triggers which cannot wait for each other agree.
 */
export function heldUserId(
  attributes: Attributes,
  account: { readonly poolId: PoolId; readonly sub: Sub },
): { readonly userId: UserId; readonly from: UserIdSource } {
  const held = attributes[OWN_ATTRIBUTES.userId];
  const own = z.safeParse(UserId, held);
  if (own.success) return { userId: own.data, from: "attribute" };
  return { userId: fallbackUserId(account), from: held ? "malformed" : "absent" };
}

export function fallbackUserId(account: { readonly poolId: PoolId; readonly sub: Sub }): UserId {
  return z.parse(UserId, derivedId("user", account.poolId, account.sub));
}
