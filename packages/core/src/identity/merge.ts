import type { EventData, EventDetail } from "@carryover/events/define";
import type { UserMigrated } from "@carryover/events/user-migrated";
import type { UserSignedIn } from "@carryover/events/user-signed-in";
import type { Contact } from "../config/attributes.ts";
import { isoTime } from "../kernel/clock.ts";
import type { SourceId, Sub, UserId } from "../kernel/ids.ts";
import type { Cause } from "./announce.ts";
import { type LinkSignInDeps, oldAccountOf } from "./commands.ts";
import { parsed } from "./errors.ts";
import { linkAccounts, openReview } from "./link-accounts.ts";
import { contactsOf, type SourceAccount, samePerson } from "./same-person.ts";
import { MigrationFacts, type OldAccount, SignInFacts } from "./schema.ts";

/** Looks users up in the sources. @throws an AppError of kind `unavailable` when a source does not answer */
export interface SourceDirectory {
  findBySub(sourceId: SourceId, sub: Sub): Promise<SourceAccount | undefined>;
  /** Every user with that contact, verified or not, disabled or not. */
  findByContact(
    sourceId: SourceId,
    contact: Contact,
    value: string,
  ): Promise<readonly SourceAccount[]>;
}

export interface MergeDeps extends LinkSignInDeps {
  readonly directory: SourceDirectory;
}

/** `UserMigrated`: looks for the person in the other sources, once for each crossing. Safe to repeat. */
export async function mergeAfterMigration(
  deps: MergeDeps,
  { metadata, data }: EventDetail<EventData<typeof UserMigrated>>,
): Promise<void> {
  // From one new pool to another: the old pools were searched when the person came from them.
  if (data.method === "relocation") return;
  const { userId, source } = parsed(MigrationFacts, data);
  const { id: sourceId, poolId, sub } = source;
  await mergeOnce(deps, userId, { side: "old", sourceId, poolId, sub }, metadata);
}

/** `UserSignedIn`: the same, for a person whose `UserMigrated` was lost. Safe to repeat. */
export async function mergeAfterSignIn(
  deps: MergeDeps,
  { metadata, data }: EventDetail<EventData<typeof UserSignedIn>>,
): Promise<void> {
  const facts = parsed(SignInFacts, data);
  const crossing = oldAccountOf(deps.sourcePools, facts);
  // An unknown source is listed for an operator by the identity service.
  if (typeof crossing !== "object") return;
  await mergeOnce(deps, facts.userId, crossing, metadata);
}

async function mergeOnce(
  deps: MergeDeps,
  userId: UserId,
  crossing: OldAccount,
  cause: Cause,
): Promise<void> {
  const { identities, origin, log, directory } = deps;
  const others = [...deps.sourcePools.values()].filter(({ id }) => id !== crossing.sourceId);
  if (others.length === 0 || (await identities.isMerged(userId, crossing))) return;
  const holder = await identities.resolveSub(crossing.poolId, crossing.sub);
  if (holder && holder.userId !== userId) {
    log("warn", "an account of another person leads to no others", { userId, ...crossing });
    return;
  }

  const person = await directory.findBySub(crossing.sourceId, crossing.sub);
  if (!person) {
    // Deleted since. Its contacts went with it, so a repeat would find no more than this.
    log("warn", "no account to look for in other sources", { userId, ...crossing });
  } else {
    for (const { id, userPoolId } of others) {
      for (const found of await accountsLike(directory, id, person)) {
        const same = samePerson(person.attributes, found.attributes);
        const account = { sourceId: id, poolId: userPoolId, sub: found.sub };
        if (same === "same") {
          await linkAccounts(deps, userId, [{ side: "old", ...account }], cause);
        } else if (same === "unproven") {
          const known = await identities.resolveSub(userPoolId, found.sub);
          if (known?.userId === userId) continue;
          await openReview(deps, { kind: "unverified-contact", userId, ...account });
        }
      }
    }
  }
  // Last: a crash or a source that does not answer leaves it unmarked, and all of it can be repeated.
  await identities.markMerged(userId, crossing, isoTime(origin.clock()));
}

/** The accounts of a source that share a contact with a person, each once. */
async function accountsLike(
  directory: SourceDirectory,
  sourceId: SourceId,
  person: SourceAccount,
): Promise<Iterable<SourceAccount>> {
  const found = new Map<Sub, SourceAccount>();
  for (const { contact, value } of contactsOf(person.attributes)) {
    // Whether ListUsers minds case is not documented reliably, so both spellings are asked for.
    for (const spelling of new Set([value, value.toLowerCase()])) {
      for (const account of await directory.findByContact(sourceId, contact, spelling)) {
        found.set(account.sub, account);
      }
    }
  }
  return found.values();
}
