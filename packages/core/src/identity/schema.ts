import { UserIdMapped } from "@carryover/events/user-id-mapped";
import * as z from "zod/mini";
import { derivedId, PoolId, Region, SourceId, Sub, UserId } from "../kernel/ids.ts";

/** An account in a user pool. A sub is unique within its pool only. */
export interface Account {
  readonly poolId: PoolId;
  readonly sub: Sub;
}

/** An account of a person in a source: how systems knew them. */
export interface OldAccount extends Account {
  readonly side: "old";
  readonly sourceId: SourceId;
}

/** An account of a person in a new pool. */
export interface NewAccount extends Account {
  readonly side: "new";
  readonly region: Region;
}

export type LinkedAccount = OldAccount | NewAccount;

/** That an account is a person. */
export type Link<Linked extends LinkedAccount = LinkedAccount> = Linked & {
  readonly userId: UserId;
  /** ISO-8601 UTC: when the service first learned it. */
  readonly linkedAt: string;
};

/** Two accounts of one person, either side of the crossing. */
export interface IdPair {
  readonly old: OldAccount;
  readonly new: NewAccount;
}

/** Something that only an operator can decide. Holds no address: they read it from the pool. */
export const ReviewKind = z.enum([
  /** An account that has the same contact, which one of the two never verified. */
  "unverified-contact",
  /** An account that is linked to another person already. */
  "conflict",
  /** A user's attributes name a source that the configuration does not know. */
  "unknown-source",
]);
export type ReviewKind = z.infer<typeof ReviewKind>;

export interface Review extends Account {
  readonly kind: ReviewKind;
  /** The person who would have got the account. */
  readonly userId: UserId;
  /** The person who has it. */
  readonly otherUserId?: UserId;
  readonly sourceId?: SourceId;
}

/** Which review: there is one of these for good. */
export const ReviewKey = z.object({ kind: ReviewKind, poolId: PoolId, sub: Sub, userId: UserId });
export type ReviewKey = z.infer<typeof ReviewKey>;

/** `merge`: the account is the person's. `dismiss`: everything stays as it is. */
export const ReviewDecision = z.enum(["merge", "dismiss"]);
export type ReviewDecision = z.infer<typeof ReviewDecision>;

/** What an operator decided. */
export interface Decided {
  readonly decision: ReviewDecision;
  /** ISO-8601 UTC. */
  readonly decidedAt: string;
  /** The operator's IAM ARN. */
  readonly decidedBy: string;
  readonly reason: string;
}

/** A review as it is listed. */
export type ListedReview = Review & {
  /** ISO-8601 UTC. */
  readonly openedAt: string;
  readonly decided?: Decided;
  /** ISO-8601 UTC: when what was decided was carried out. Until then the review waits. */
  readonly closedAt?: string;
};

/** What the facts of the three events say, with the proof that each id has its form. */
export const MigrationFacts = z.object({
  userId: UserId,
  source: z.object({ id: SourceId, poolId: PoolId, region: Region, sub: Sub }),
});
export const SignInFacts = z.object({
  userId: UserId,
  poolId: PoolId,
  region: Region,
  sub: Sub,
  legacySub: z.optional(Sub),
  legacySource: z.optional(SourceId),
});
export type SignInFacts = z.infer<typeof SignInFacts>;

/** One text for an account: neither part can hold a `#`. */
export function accountKey({ poolId, sub }: Account): string {
  return `${poolId}#${sub}`;
}

/**
 * Every pair of an old and a new account among `links` that one of `fresh` is part of. An account that is on
 * both sides was left by a relocation: it is an old one alone, or systems would be told to go back to it. It is
 * left for good, since whoever moves back gets another account.
 */
export function pairsWith(
  links: readonly LinkedAccount[],
  fresh: readonly LinkedAccount[],
): IdPair[] {
  const touched = new Set(fresh.map((account) => `${account.side} ${accountKey(account)}`));
  const isFresh = (account: LinkedAccount) => touched.has(`${account.side} ${accountKey(account)}`);
  const olds = links.filter((link) => link.side === "old");
  const left = new Set(olds.map(accountKey));
  const news = links
    .filter((link) => link.side === "new")
    .filter((one) => !left.has(accountKey(one)));
  return olds.flatMap((old) =>
    news.filter((other) => isFresh(old) || isFresh(other)).map((other) => ({ old, new: other })),
  );
}

/** The same for the same pair, whoever says it and however often. */
export function pairId({ old, new: other }: IdPair): string {
  return derivedId(UserIdMapped.name, old.poolId, old.sub, other.poolId, other.sub);
}
