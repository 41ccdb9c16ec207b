import type { EventData, EventDetail } from "@carryover/events/define";
import type { UserIdMapped } from "@carryover/events/user-id-mapped";
import * as z from "zod/mini";
import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { GroupMapping } from "../config/groups-schema.ts";
import { heldUserId } from "../identity/held-user-id.ts";
import { samePerson } from "../identity/same-person.ts";
import { type Clock, isoTime } from "../kernel/clock.ts";
import type { Facts } from "../kernel/errors.ts";
import { type PoolId, Sub, type UserId } from "../kernel/ids.ts";
import {
  GroupsPoolUnknownError,
  GroupsUserConflictError,
  GroupsUserMissingError,
} from "./errors.ts";
import { type Group, mapGroups, type WantedGroup } from "./map-groups.ts";
import type { GroupTarget, Member, NamedSource } from "./pools.ts";
import { MappedFacts, parsed } from "./schema.ts";
import type { GroupsStore } from "./store.ts";

export interface GroupsDeps {
  readonly groups: GroupsStore;
  readonly mapping: GroupMapping;
  /** By pool id. */
  readonly sources: ReadonlyMap<string, NamedSource>;
  /** By pool id. */
  readonly targets: ReadonlyMap<string, GroupTarget>;
  readonly clock: Clock;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
}

/**
 * `UserIdMapped`: gives the new account the groups that the old one has, once. What is changed in the new
 * pool afterwards stays changed. Several old accounts of a person add up. An old account gives its groups to one
 * new account only: after a relocation the next one has them from there. Safe to repeat, and to stop anywhere: a
 * repeat goes on with what is not done.
 * @throws GroupsUnavailableError, GroupsUserMissingError: receive the message again
 * @throws GroupsInputError, GroupsUserConflictError, GroupsPoolUnknownError: hopeless
 */
export async function carryGroups(
  deps: GroupsDeps,
  { data }: EventDetail<EventData<typeof UserIdMapped>>,
): Promise<void> {
  const { groups, clock, log } = deps;
  const { userId, old, new: account } = parsed(MappedFacts, data);
  if (await groups.find({ old, new: account })) return;
  const mark = async (result: { readonly carried: number; readonly withheld: number }) => {
    await groups.markCarried({ old, new: account }, { userId, ...result, at: isoTime(clock()) });
    log("info", "groups carried", { userId, sourceId: old.sourceId, ...result });
  };
  const target = poolOf(deps.targets, account.poolId);
  const member = await memberOf(target, account, userId);
  const first = await groups.findFirst(old);
  if (first && (first.poolId !== account.poolId || first.sub !== account.sub)) {
    // The old account still has what an operator may have taken since from the account that was left.
    return mark({ carried: 0, withheld: 0 });
  }

  const wanted = await wantedFrom(deps, old, { userId, member });
  await mark(await give(deps, target, member, wanted, { userId, ...account }));
}

function poolOf<Pool>(pools: ReadonlyMap<string, Pool>, poolId: PoolId): Pool {
  const pool = pools.get(poolId);
  if (pool) return pool;
  throw new GroupsPoolUnknownError("the event names a pool that the stage does not know", {
    poolId,
  });
}

/** Groups give rights, so the new pool itself has to say whose account it is. */
async function memberOf(
  target: GroupTarget,
  { poolId, sub }: { readonly poolId: PoolId; readonly sub: Sub },
  userId: UserId,
): Promise<Member> {
  const member = await target.findMember(sub);
  if (!member) throw new GroupsUserMissingError("the new account is not there", { poolId, sub });
  const held = heldUserId(member.attributes, { poolId, sub });
  if (held.userId === userId) return member;
  throw new GroupsUserConflictError("the new pool holds another user ID", { poolId, sub, userId });
}

type OldAccount = ReturnType<typeof parsed<typeof MappedFacts>>["old"];

/** Who is to have the groups. */
interface Heir {
  readonly userId: UserId;
  readonly member: Member;
}

async function wantedFrom(
  deps: GroupsDeps,
  { poolId, sub }: OldAccount,
  heir: Heir,
): Promise<readonly WantedGroup[]> {
  const { sources, targets, mapping, log } = deps;
  const { userId } = heir;
  // After a relocation the old account is in another of the new pools, whose groups are these already.
  const source = targets.has(poolId) ? undefined : poolOf(sources, poolId);
  const pool = source ?? poolOf(targets, poolId);
  const holder = await pool.findMember(sub);
  if (holder) {
    const isTheirs = source
      ? await isOldAccountOf(deps, { source, sub, holder }, heir)
      : heldUserId(holder.attributes, { poolId, sub }).userId === userId;
    if (!isTheirs)
      throw new GroupsUserConflictError("no pool says that the old account is the user's", {
        poolId,
        sub,
        userId,
      });
  }
  if (!holder?.enabled) {
    // Nobody gets rights from an account that was switched off, or is gone.
    log("warn", "no groups from an account that is disabled or gone", { userId, poolId, sub });
    return [];
  }
  const held = await pool.groupsOf(holder.username);
  return source
    ? mapGroups(held, mapping, { sourceId: source.id, poolId })
    : held.map((group) => ({ ...group, isNamed: true }));
}

/**
 * An event alone gives nobody another's rights: the new account names the old one, in attributes that only Carryover
 * writes; or both, or the one that it names and this one, have a contact that was proved in each, as `merge-sources` has it.
 */
async function isOldAccountOf(
  { sources }: GroupsDeps,
  old: { readonly source: NamedSource; readonly sub: Sub; readonly holder: Member },
  { member }: Heir,
): Promise<boolean> {
  const isSame = (other: Member) => samePerson(other.attributes, old.holder.attributes) === "same";
  const legacySource = member.attributes[OWN_ATTRIBUTES.legacySource];
  const legacySub = z.safeParse(Sub, member.attributes[OWN_ATTRIBUTES.legacySub]);
  if (!legacySub.success) return isSame(member);
  if (legacySource === old.source.id && legacySub.data === old.sub) return true;
  if (isSame(member)) return true;
  const crossedFrom = [...sources.values()].find(({ id }) => id === legacySource);
  const crossed = await crossedFrom?.findMember(legacySub.data);
  return crossed !== undefined && isSame(crossed);
}

async function give(
  { log }: GroupsDeps,
  target: GroupTarget,
  { username }: Member,
  wanted: readonly WantedGroup[],
  facts: Facts,
): Promise<{ readonly carried: number; readonly withheld: number }> {
  if (wanted.length === 0) return { carried: 0, withheld: 0 };
  const has = new Set((await target.groupsOf(username)).map(({ name }) => name));
  let withheld = 0;
  for (const { isNamed, ...group } of wanted) {
    if (has.has(group.name)) continue;
    const objection = await objectionTo(target, group, { isNamed, groups: has.size });
    if (objection === undefined) {
      await target.addMember(username, group.name);
      has.add(group.name);
    } else {
      withheld += 1;
      log("warn", "a group was not carried", { ...facts, group: group.name, reason: objection });
    }
  }
  return { carried: wanted.length - withheld, withheld };
}

/** Groups of a user (Cognito guide, "Quotas"). */
const MOST_GROUPS = 100;

/** Why not, if not. Makes the group if there is none. */
async function objectionTo(
  target: GroupTarget,
  group: Group,
  { isNamed, groups }: { readonly isNamed: boolean; readonly groups: number },
): Promise<string | undefined> {
  if (groups >= MOST_GROUPS) return "the user has as many groups as there can be";
  const before = await target.findGroup(group.name);
  if (!before) await target.createGroup(group);
  const now = before ?? (await target.findGroup(group.name));
  // A role of AWS is for those whom the configuration sends there by name, not for who had a group of that name.
  return now?.hasRole && !isNamed ? "gives a role of AWS" : undefined;
}
