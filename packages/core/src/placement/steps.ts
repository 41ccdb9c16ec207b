import type { Region } from "../kernel/ids.ts";
import type { Account, Draft, Entry, OldCopy } from "./entry.ts";
import { isForgotten } from "./home.ts";
import type { DecidedHome } from "./policy.ts";

/** By what a step is taken. */
export interface Policy {
  readonly version: number;
  readonly graceDays: number;
}

/** A user, seen at an account with attributes that were judged there. */
export interface Seen {
  readonly account: Account;
  readonly decided: DecidedHome;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What follows from seeing a user at an account, in order; nothing when all is said already. Pure, and the
 * same from the same state, so that a repeat only adds what is missing. An account that is not the home
 * account, nor where the user is to move, changes nothing: an old copy, or another region's sign-in that
 * arrives late.
 */
export function afterSeen(
  head: Entry | undefined,
  { account, decided }: Seen,
  policy: Policy,
  nowMs: number,
): Draft[] {
  const arrived = arrive(head, account, decided, policy, nowMs);
  if (arrived === "elsewhere") return [];
  const state = arrived ?? head;
  if (!state) return [];
  const next = judge(state, decided, policy, nowMs);
  return [...(arrived ? [arrived] : []), ...(next ? [next] : [])];
}

function arrive(
  head: Entry | undefined,
  account: Account,
  decided: DecidedHome,
  { version, graceDays }: Policy,
  nowMs: number,
): Draft | "elsewhere" | undefined {
  const here = account.region;
  // A copy that was not deleted yet is no arrival: the pool never asked the old home. Nor does it bring
  // somebody back who was forgotten.
  if (head?.copies.some((copy) => sameAccount(copy, account))) return "elsewhere";
  if (!head?.account) {
    return {
      fact: "placed",
      home: here,
      account,
      decidedBy: "policy",
      copies: head?.copies ?? [],
      reason: decided.region === here ? decided.rule : "found-here",
      policyVersion: version,
    };
  }
  const state = stateOf(head);
  if (sameAccount(head.account, account)) return undefined;
  // Deleted and made again.
  if (head.account.poolId === account.poolId)
    return { ...state, fact: "placed", account, reason: head.reason };
  if (head.movingTo !== here) return "elsewhere";
  const { movingTo: _, ...stays } = state;
  const deleteAfter = new Date(nowMs + graceDays * DAY_MS).toISOString();
  return {
    ...stays,
    fact: "relocated",
    from: head.home,
    home: here,
    account,
    copies: [...head.copies, { ...head.account, deleteAfter }],
    reason: head.reason,
  };
}

/** Whether the policy wants something else than what is so. An operator's word stands against it. */
function judge(
  state: Draft,
  decided: DecidedHome,
  { version }: Policy,
  nowMs: number,
): Draft | undefined {
  if (state.decidedBy === "operator") return undefined;
  const wanted = state.movingTo ?? state.home;
  if (decided.region === wanted) {
    // Another version that comes to the same is noted: by it the user lives there now.
    return state.policyVersion >= version || state.movingTo !== undefined
      ? undefined
      : { ...stateOf(state), fact: "placed", reason: decided.rule, policyVersion: version };
  }
  // An old version that is still running somewhere does not turn back what a newer one decided.
  if (state.policyVersion > version) return undefined;
  const by = { decidedBy: "policy", reason: decided.rule, policyVersion: version } as const;
  return decided.region === state.home
    ? cancelled(state, by)
    : requested(state, decided.region, by, nowMs);
}

/** Who or what wants a user to move, or to stay. */
export type Decider = Pick<Draft, "decidedBy" | "reason" | "policyVersion" | "actor">;

/** The user is to move. Undefined: that is so already, or it is home, or the user is forgotten. */
export function afterRequest(
  head: Entry,
  to: Region,
  by: Decider,
  nowMs: number,
): Draft | undefined {
  if (isForgotten(head)) return undefined;
  if (to === head.home) return head.movingTo === undefined ? undefined : cancelled(head, by);
  if (head.movingTo === to && head.decidedBy === by.decidedBy) return undefined;
  return requested(head, to, by, nowMs);
}

/** The user stays. Undefined: nothing was requested. */
export function afterCancel(head: Entry, by: Decider): Draft | undefined {
  return head.movingTo === undefined ? undefined : cancelled(head, by);
}

/** The account is gone for good, and what is left of it has to go now. Undefined: that is said. */
export function afterForgotten(head: Entry, by: Decider, nowMs: number): Draft | undefined {
  if (isForgotten(head)) return undefined;
  const { account: _, movingTo: __, ...stays } = stateOf(head);
  const copies = stays.copies.map((copy) => dueBy(copy, nowMs));
  return { ...stays, ...by, fact: "forgotten", copies };
}

/** An old copy is gone. Undefined: the receipt is there. */
export function afterCopyDeleted(head: Entry, copy: Account, reason: string): Draft | undefined {
  if (!head.copies.some((one) => sameAccount(one, copy))) return undefined;
  return {
    ...stateOf(head),
    fact: "copy-deleted",
    from: copy.region,
    copies: head.copies.filter((one) => !sameAccount(one, copy)),
    reason,
  };
}

function requested(state: Draft, to: Region, by: Decider, nowMs: number): Draft {
  // A copy from before would be signed in to as it was then: it has to go before the user can come back.
  const copies = state.copies.map((copy) => (copy.region === to ? dueBy(copy, nowMs) : copy));
  return {
    ...stateOf(state),
    ...by,
    fact: "relocation-requested",
    from: state.home,
    movingTo: to,
    copies,
  };
}

function dueBy(copy: OldCopy, nowMs: number): OldCopy {
  const now = new Date(nowMs).toISOString();
  return copy.deleteAfter > now ? { ...copy, deleteAfter: now } : copy;
}

function cancelled(state: Draft, by: Decider): Draft {
  const { movingTo: _, ...stays } = stateOf(state);
  return { ...stays, ...by, fact: "relocation-cancelled" };
}

/** What stays as it is from one entry to the next. */
function stateOf({ home, account, movingTo, decidedBy, copies, policyVersion }: Draft) {
  return {
    home,
    decidedBy,
    copies,
    policyVersion,
    ...(account && { account }),
    ...(movingTo !== undefined && { movingTo }),
  };
}

export function sameAccount(a: Account | undefined, b: Account): boolean {
  return a !== undefined && a.poolId === b.poolId && a.sub === b.sub;
}
