import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dismissReview, mergeReview } from "@carryover/core/identity/decide-review";
import { parsed } from "@carryover/core/identity/errors";
import {
  type Decided,
  type ListedReview,
  ReviewKey,
  ReviewKind,
} from "@carryover/core/identity/schema";
import { type IdentityStore, identityStore } from "@carryover/core/identity/store";
import { systemClock } from "@carryover/core/kernel/clock";
import Table from "cli-table3";
import type { Command } from "commander";
import * as z from "zod/mini";
import { sayingOn } from "./bus.ts";
import { callerArn } from "./caller.ts";

export interface ReviewsOptions {
  readonly table: string;
  readonly region: string;
  readonly closed?: boolean;
}

/** What an operator does about each kind. */
const ADVICE: Record<ReviewKind, string> = {
  "unverified-contact":
    "same address, proved on one side only: `reviews merge` if it is one person, else `reviews dismiss`",
  conflict: "the account belongs to another person already, and stays theirs: `reviews dismiss`",
  "unknown-source":
    "the user names a source that the configuration lacks: put it back, then `reviews dismiss`",
};

/** Prints the accounts that only a person can decide about. Ids alone: addresses are in the pools. */
export async function reviews({ table, region, closed = false }: ReviewsOptions): Promise<void> {
  const listed = await listedReviews(storeAt(table, region), closed);
  if (listed.length === 0) {
    console.log(closed ? "Nothing was decided yet." : "Nothing waits for a decision.");
    return;
  }
  const rows = new Table({
    head: [
      ...["since", "what", "user ID", "source", "pool", "sub", "held by"],
      ...(closed ? ["decided", "when", "by", "why"] : []),
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const { openedAt, kind, userId, sourceId, poolId, sub, otherUserId, decided } of listed) {
    const isHalfDone = !closed && decided !== undefined;
    rows.push([
      ...[
        openedAt,
        isHalfDone ? `${kind} (${decided.decision} again)` : kind,
        userId,
        sourceId ?? "",
        poolId,
        sub,
        otherUserId ?? "",
      ],
      ...(closed && decided
        ? [decided.decision, decided.decidedAt, decided.decidedBy, decided.reason]
        : []),
    ]);
  }
  console.log(rows.toString());
  if (closed) return;
  for (const kind of new Set(listed.map((review) => review.kind))) {
    console.log(`${kind}: ${ADVICE[kind]}`);
  }
}

/** Every review that waits, or was decided, oldest first. */
async function listedReviews(store: IdentityStore, isClosed: boolean): Promise<ListedReview[]> {
  const listed: ListedReview[] = [];
  for (const kind of ReviewKind.options) {
    let cursor: string | undefined;
    do {
      const page = await store.listReviews(kind, { isClosed, ...(cursor && { cursor }) });
      listed.push(...page.reviews);
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return listed.toSorted((a, b) => a.openedAt.localeCompare(b.openedAt));
}

interface DecideOptions extends ReviewsOptions {
  readonly reason: string;
}

const Account = z.omit(ReviewKey, { kind: true });

/** The account is the person's: makes it so, and says it to everybody. */
export async function merge(
  userId: string,
  poolId: string,
  sub: string,
  _: object,
  command: Command,
): Promise<void> {
  const { table, region, bus, reason } = command.optsWithGlobals<
    DecideOptions & { readonly bus: string }
  >();
  const account = parsed(Account, { userId, poolId, sub });
  const deps = {
    identities: storeAt(table, region),
    ...sayingOn({ bus, region }),
    log: (_level: string, message: string) => console.error(message),
  };
  const decidedBy = await callerArn(region);
  say("merged", await mergeReview(deps, account, { decidedBy, reason }));
}

/** Everything stays as it is. */
export async function dismiss(
  kind: string,
  userId: string,
  poolId: string,
  sub: string,
  _: object,
  command: Command,
): Promise<void> {
  const { table, region, reason } = command.optsWithGlobals<DecideOptions>();
  const key = parsed(ReviewKey, { kind, userId, poolId, sub });
  const deps = { identities: storeAt(table, region), clock: systemClock };
  const decidedBy = await callerArn(region);
  say("dismissed", await dismissReview(deps, key, { decidedBy, reason }));
}

function say(what: string, { decidedBy, decidedAt, reason }: Decided): void {
  console.log(`${what} at ${decidedAt} by ${decidedBy}: ${reason}`);
}

function storeAt(table: string, region: string): IdentityStore {
  return identityStore(DynamoDBDocumentClient.from(new DynamoDBClient({ region })), table);
}
