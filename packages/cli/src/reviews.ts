import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type OpenReview, ReviewKind } from "@carryover/core/identity/schema";
import { type IdentityStore, identityStore } from "@carryover/core/identity/store";
import Table from "cli-table3";

export interface ReviewsOptions {
  readonly table: string;
  readonly region: string;
}

/** What an operator does about each kind. */
const ADVICE: Record<ReviewKind, string> = {
  "unverified-contact": "same address, proved on one side only: link by hand if it is one person",
  conflict: "the account belongs to another person already",
  "unknown-source": "the user names a source that the configuration lacks",
};

/** Prints the accounts that only a person can decide about. Ids alone: addresses are in the pools. */
export async function reviews({ table, region }: ReviewsOptions): Promise<void> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region }));
  const open = await openReviews(identityStore(client, table));
  if (open.length === 0) {
    console.log("Nothing waits for a decision.");
    return;
  }
  const rows = new Table({
    head: ["since", "what", "user ID", "source", "pool", "sub", "held by"],
    style: { head: [], border: [], compact: true },
  });
  for (const { openedAt, kind, userId, sourceId, poolId, sub, otherUserId } of open) {
    rows.push([openedAt, kind, userId, sourceId ?? "", poolId, sub, otherUserId ?? ""]);
  }
  console.log(rows.toString());
  for (const kind of new Set(open.map((review) => review.kind))) {
    console.log(`${kind}: ${ADVICE[kind]}`);
  }
}

/** Every open review, oldest first. */
async function openReviews(store: IdentityStore): Promise<OpenReview[]> {
  const open: OpenReview[] = [];
  for (const kind of ReviewKind.options) {
    let cursor: string | undefined;
    do {
      const page = await store.listReviews(kind, cursor === undefined ? {} : { cursor });
      open.push(...page.reviews);
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return open.toSorted((a, b) => a.openedAt.localeCompare(b.openedAt));
}
