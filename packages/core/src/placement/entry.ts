import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { PoolId, Region, Sub, UserId } from "../kernel/ids.ts";

/** What the ledger says happened. */
export const LedgerFact = z.enum([
  /** A home was decided, or decided again by another version of the policy. */
  "placed",
  /** The user is to move, and does so at the next sign-in. */
  "relocation-requested",
  "relocation-cancelled",
  /** The user signed in at the new home. The old copy is kept for the grace period. */
  "relocated",
  /** The receipt: an old copy is gone from its pool. */
  "copy-deleted",
  /** An operator took the user out of the directory: the account is gone for good. */
  "forgotten",
]);
export type LedgerFact = z.infer<typeof LedgerFact>;

/** An account of the user in one region's pool. */
export const Account = z.object({ region: Region, poolId: PoolId, sub: Sub });
export type Account = z.infer<typeof Account>;

/** The account that a user has moved away from. */
export const OldCopy = z.extend(Account, {
  /** ISO-8601 UTC. Kept until then. */
  deleteAfter: z.string(),
});
export type OldCopy = z.infer<typeof OldCopy>;

/** What is so after an entry: the last one is the user's present state. */
const State = {
  /** Where the user lives. */
  home: Region,
  /** The account there. Absent once the user is forgotten. */
  account: z.optional(Account),
  /** Where the user is to move. */
  movingTo: z.optional(Region),
  /** `operator`: the policy does not move the user again by itself. */
  decidedBy: z.enum(["policy", "operator"]),
  copies: z.array(OldCopy),
};

/** What is said of a step, before it has its place in the user's chain. */
export const Draft = z.object({
  fact: LedgerFact,
  ...State,
  /** The home before, where it changes or is to change. */
  from: z.optional(Region),
  /** A short code: a rule's name, `default`, `operator`, `grace-over`. */
  reason: z.string(),
  policyVersion: z.int(),
  /** Who asked, where somebody did: the caller's IAM ARN. */
  actor: z.optional(z.string()),
});
export type Draft = z.infer<typeof Draft>;

/** One line of the ledger. Written once, never changed. */
export const Entry = z.extend(Draft, {
  userId: UserId,
  /** From 1, without gaps. */
  seq: z.int().check(z.positive()),
  /** ISO-8601 UTC. */
  at: z.string(),
  /** The event or request that led to it: a repeat finds by it what it has written. */
  cause: z.string(),
  /** The `hash` of the entry before, empty for the first. */
  prev: z.string(),
  /** SHA-256 in hex over everything else, so that no earlier entry can be changed unseen. */
  hash: z.string(),
});
export type Entry = z.infer<typeof Entry>;

export interface EntryContext {
  readonly userId: UserId;
  readonly at: string;
  readonly cause: string;
}

/** The entry that follows `head`. */
export function follow(head: Entry | undefined, draft: Draft, context: EntryContext): Entry {
  const entry = { ...draft, ...context, seq: (head?.seq ?? 0) + 1, prev: head?.hash ?? "" };
  return { ...entry, hash: hashOf(entry) };
}

/** The `seq` at which a user's chain, given from its start, is not what was written; undefined if it is whole. */
export function brokenAt(entries: readonly Entry[]): number | undefined {
  let prev = "";
  for (const [index, entry] of entries.entries()) {
    const seq = index + 1;
    if (entry.seq !== seq || entry.prev !== prev || entry.hash !== hashOf(entry)) return seq;
    prev = entry.hash;
  }
  return undefined;
}

/** Field by field, in this order: what a table hands back has no order. */
function hashOf(entry: Omit<Entry, "hash">): string {
  const of = ({ region, poolId, sub }: Account) => [region, poolId, sub];
  const text = JSON.stringify([
    entry.prev,
    entry.userId,
    entry.seq,
    entry.at,
    entry.cause,
    entry.fact,
    entry.home,
    entry.account ? of(entry.account) : null,
    entry.movingTo ?? null,
    entry.decidedBy,
    entry.copies.map((copy) => [...of(copy), copy.deleteAfter]),
    entry.from ?? null,
    entry.reason,
    entry.policyVersion,
    entry.actor ?? null,
  ]);
  return createHash("sha256").update(text).digest("hex");
}
