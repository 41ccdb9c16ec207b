import * as z from "zod/mini";
import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import { oldAccountOf, type SourcePools } from "../identity/commands.ts";
import { heldUserId } from "../identity/held-user-id.ts";
import type { NewAccount, OldAccount } from "../identity/schema.ts";
import { SourceId, Sub, type UserId } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";
import type { NewPool } from "./ports.ts";

/** A user of a new pool as its attributes tell them: the record of last resort. */
export interface Person {
  readonly user: PoolUser;
  readonly userId: UserId;
  /** The pool itself holds the user ID, and it is one. */
  readonly hasUserId: boolean;
  readonly account: NewAccount;
  readonly old: OldAccount | undefined;
  /** The source that the attributes name, if the configuration lacks it. */
  readonly unknownSource: string | undefined;
}

/** Statuses of those who have finished a sign-up or a first sign-in. The others are on their way, and nothing of theirs is missing. */
const ARRIVED: readonly (string | undefined)[] = ["CONFIRMED", "EXTERNAL_PROVIDER"];

/** Whose an account is by what the pool itself holds, also of who has not arrived. Undefined where it holds no user ID. */
export function userIdIn(
  user: PoolUser,
  { poolId, region }: Pick<NewPool, "poolId" | "region">,
): Pick<Person, "userId" | "account"> | undefined {
  const sub = z.safeParse(Sub, user.sub);
  if (!sub.success) return undefined;
  const account: NewAccount = { side: "new", poolId, region, sub: sub.data };
  const { userId, from } = heldUserId(user.attributes, account);
  return from === "attribute" ? { userId, account } : undefined;
}

/** Undefined for who has not arrived yet. */
export function personOf(
  user: PoolUser,
  { poolId, region }: Pick<NewPool, "poolId" | "region">,
  sources: SourcePools,
): Person | undefined {
  const sub = z.safeParse(Sub, user.sub);
  if (!sub.success || !ARRIVED.includes(user.status)) return undefined;
  const account: NewAccount = { side: "new", poolId, region, sub: sub.data };
  const { userId, from } = heldUserId(user.attributes, account);
  const legacySub = z.safeParse(Sub, user.attributes[OWN_ATTRIBUTES.legacySub]);
  const named = user.attributes[OWN_ATTRIBUTES.legacySource];
  const legacySource = z.safeParse(SourceId, named);
  const old =
    legacySub.success && legacySource.success
      ? oldAccountOf(sources, { legacySub: legacySub.data, legacySource: legacySource.data })
      : undefined;
  const isUnknown = old === "unknown-source" || (named !== undefined && old === undefined);
  // Somebody without an ID and without an old account was made by an administrator, and gets one at the first token.
  if (from === "absent" && named === undefined) return undefined;
  return {
    user,
    userId,
    hasUserId: from === "attribute",
    account,
    old: typeof old === "object" ? old : undefined,
    unknownSource: isUnknown ? (named ?? "") : undefined,
  };
}
