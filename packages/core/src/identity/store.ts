import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { tableCalls } from "../aws/table-calls.ts";
import type { PoolId, Sub, UserId } from "../kernel/ids.ts";
import { identityEntities } from "./entity-store.ts";
import { IdentityStoreError } from "./errors.ts";
import { linkFrom, reviewFrom } from "./records.ts";
import {
  type Account,
  accountKey,
  type Decided,
  type Link,
  type ListedReview,
  type NewAccount,
  type Review,
  type ReviewKey,
  type ReviewKind,
} from "./schema.ts";

const { orUnavailable, written } = tableCalls("identity", IdentityStoreError);

export type SubRecord = Link & {
  /** Whether every pair that was known when the account was last linked has been published. New side only. */
  readonly settled: boolean;
  /** `accountKey` of the old accounts that need nothing more: the pair is published, a conflict listed, or the new account left. New side only. */
  readonly handled: ReadonlySet<string>;
};

/** Every call @throws IdentityStoreError when the table does not answer. All reads are strongly consistent. */
export interface IdentityStore {
  /** Which user an account is, old or new: one GetItem. */
  resolveSub(poolId: PoolId, sub: Sub): Promise<SubRecord | undefined>;
  /** Gives the account to the user unless somebody has it; returns who has it then. Safe to repeat. */
  claim(link: Link): Promise<UserId>;
  /** Lists the account under its user. Safe to repeat. */
  addToUser(link: Link): Promise<void>;
  linksOf(userId: UserId): Promise<Link[]>;
  /** Notes that a new account needs nothing more for these old ones. Adds to what is noted already. */
  settle(account: NewAccount, handled: readonly Account[], at: string): Promise<void>;
  /** Whether `markMerged` was called. */
  isMerged(userId: UserId, account: Account): Promise<boolean>;
  /** Notes that the other sources were searched for the person of this crossing. */
  markMerged(userId: UserId, account: Account, at: string): Promise<void>;
  /** Opens it once: a repeat changes nothing. */
  openReview(review: Review, at: string): Promise<void>;
  findReview(key: ReviewKey): Promise<ListedReview | undefined>;
  /** Notes what was decided, unless something was already. Returns what is noted then. */
  decideReview(key: ReviewKey, decided: Decided): Promise<Decided>;
  /** Notes that it is carried out: it waits no more. Safe to repeat. */
  closeReview(key: ReviewKey, at: string): Promise<void>;
  /** A page of the reviews of a kind that wait, or of those that are closed, and where the next page starts. */
  listReviews(
    kind: ReviewKind,
    page?: { readonly limit?: number; readonly cursor?: string; readonly isClosed?: boolean },
  ): Promise<{ readonly reviews: ListedReview[]; readonly cursor: string | undefined }>;
}

/** The error as the SDK threw it, so that `instanceof` tells what happened. */
const RAW = { originalErr: true } as const;
const CONSISTENT = { ...RAW, consistent: true } as const;

export function identityStore(client: DynamoDBDocumentClient, table: string): IdentityStore {
  const { SubLink, UserLink, MergeCheck, ReviewItem } = identityEntities(client, table);

  async function getSub(poolId: PoolId, sub: Sub): Promise<SubRecord | undefined> {
    const { data } = await orUnavailable(SubLink.get({ poolId, sub }).go(CONSISTENT));
    if (!data) return undefined;
    return {
      ...linkFrom(data),
      settled: data.settledAt !== undefined,
      handled: new Set(data.handled),
    };
  }

  async function findReview(key: ReviewKey): Promise<ListedReview | undefined> {
    const { data } = await orUnavailable(ReviewItem.get(key).go(CONSISTENT));
    return data ? reviewFrom(data) : undefined;
  }

  return {
    resolveSub: getSub,

    async claim(link) {
      if (await written(SubLink.create(link).go(RAW))) return link.userId;
      const held = await getSub(link.poolId, link.sub);
      if (held) return held.userId;
      throw new IdentityStoreError("an account was unlinked while it was being linked");
    },

    async addToUser(link) {
      await written(UserLink.create(link).go(RAW));
    },

    async linksOf(userId) {
      const { data } = await orUnavailable(
        UserLink.query.byUser({ userId }).go({ ...CONSISTENT, pages: "all" }),
      );
      return data.map(linkFrom);
    },

    async settle({ poolId, sub }, handled, at) {
      const patch = SubLink.patch({ poolId, sub }).set({ settledAt: at });
      const keys = handled.map(accountKey);
      await orUnavailable((keys.length > 0 ? patch.add({ handled: keys }) : patch).go(RAW));
    },

    async isMerged(userId, { poolId, sub }) {
      const { data } = await orUnavailable(MergeCheck.get({ userId, poolId, sub }).go(CONSISTENT));
      return data !== null;
    },

    async markMerged(userId, { poolId, sub }, at) {
      await written(MergeCheck.create({ userId, poolId, sub, checkedAt: at }).go(RAW));
    },

    async openReview(review, at) {
      await written(ReviewItem.create({ ...review, openedAt: at }).go(RAW));
    },

    findReview,

    async decideReview(key, decided) {
      const isDecided = await written(
        ReviewItem.patch(key)
          .set(decided)
          .where((attr, { notExists }) => notExists(attr.decision))
          .go(RAW),
      );
      if (isDecided) return decided;
      const review = await findReview(key);
      if (review?.decided) return review.decided;
      throw new IdentityStoreError("a review was taken away while it was being decided");
    },

    async closeReview(key, at) {
      await written(
        ReviewItem.patch(key)
          .set({ closedAt: at })
          .where((attr, { notExists }) => notExists(attr.closedAt))
          .go(RAW),
      );
    },

    async listReviews(kind, { limit = 50, cursor, isClosed = false } = {}) {
      const page = await orUnavailable(
        ReviewItem.query
          .byKind({ kind })
          .where((attr, { exists, notExists }) =>
            isClosed ? exists(attr.closedAt) : notExists(attr.closedAt),
          )
          .go({ ...CONSISTENT, limit, ...(cursor !== undefined && { cursor }) }),
      );
      return { reviews: page.data.map(reviewFrom), cursor: page.cursor ?? undefined };
    },
  };
}
