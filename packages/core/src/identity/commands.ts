import type { EventData, EventDetail } from "@carryover/events/define";
import type { UserMigrated } from "@carryover/events/user-migrated";
import type { UserSignedIn } from "@carryover/events/user-signed-in";
import type { UserSignedUp } from "@carryover/events/user-signed-up";
import type { PoolId, SourceId } from "../kernel/ids.ts";
import type { IdentityDeps } from "./announce.ts";
import { parsed } from "./errors.ts";
import { linkAccounts, openReview } from "./link-accounts.ts";
import {
  accountKey,
  MigrationFacts,
  type NewAccount,
  type OldAccount,
  SignInFacts,
} from "./schema.ts";
import type { SubRecord } from "./store.ts";

/** The sources by name: a new pool's attributes know only that. */
export type SourcePools = ReadonlyMap<
  string,
  { readonly id: SourceId; readonly userPoolId: PoolId }
>;

export interface LinkSignInDeps extends IdentityDeps {
  readonly sourcePools: SourcePools;
}

/**
 * `UserMigrated`: the old account is the user's. Safe to repeat, in any order with the sign-in.
 * @throws IdentityInputError, IdentityStoreError, PublishError
 */
export async function linkMigration(
  deps: IdentityDeps,
  { metadata, data }: EventDetail<EventData<typeof UserMigrated>>,
): Promise<void> {
  const { userId, source } = parsed(MigrationFacts, data);
  const old: OldAccount = {
    side: "old",
    sourceId: source.id,
    poolId: source.poolId,
    sub: source.sub,
  };
  await linkAccounts(deps, userId, [old], metadata);
}

/**
 * `UserSignedIn`, `UserSignedUp`: the new account is the user's, and so is the old one where the event names
 * it, so that a lost `UserMigrated` loses nobody. It comes with every sign-in: one that brings nothing new
 * costs one read. Safe to repeat.
 * @throws IdentityInputError, IdentityStoreError, PublishError
 */
export async function linkSignIn(
  deps: LinkSignInDeps,
  { metadata, data }: EventDetail<EventData<typeof UserSignedIn> | EventData<typeof UserSignedUp>>,
): Promise<void> {
  const facts = parsed(SignInFacts, data);
  const { userId, poolId, region, sub } = facts;
  const account: NewAccount = { side: "new", poolId, region, sub };
  const old = oldAccountOf(deps.sourcePools, facts);

  const known = await deps.identities.resolveSub(poolId, sub);
  if (known?.userId === userId && bringsNothing(known, old)) return;

  if (old === "unknown-source") {
    await openReview(deps, {
      kind: "unknown-source",
      poolId,
      sub,
      userId,
      ...(facts.legacySource !== undefined && { sourceId: facts.legacySource }),
    });
  }
  const olds = typeof old === "object" ? [old] : [];
  await linkAccounts(deps, userId, [...olds, account], metadata);
}

function bringsNothing(known: SubRecord, old: OldAccount | "unknown-source" | undefined): boolean {
  if (!known.settled) return false;
  return typeof old === "object" ? known.handled.has(accountKey(old)) : true;
}

/** The account that the user's attributes name as the old one. */
export function oldAccountOf(
  sourcePools: SourcePools,
  { legacySub, legacySource }: Pick<SignInFacts, "legacySub" | "legacySource">,
): OldAccount | "unknown-source" | undefined {
  if (legacySub === undefined || legacySource === undefined) return undefined;
  const source = sourcePools.get(legacySource);
  if (!source) return "unknown-source";
  return { side: "old", sourceId: source.id, poolId: source.userPoolId, sub: legacySub };
}
