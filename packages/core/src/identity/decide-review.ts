import { type Clock, isoTime } from "../kernel/clock.ts";
import { derivedId } from "../kernel/ids.ts";
import type { IdentityDeps } from "./announce.ts";
import { ReviewConflictError, ReviewMissingError } from "./errors.ts";
import { linkAccounts } from "./link-accounts.ts";
import type {
  Decided,
  Link,
  ListedReview,
  OldAccount,
  ReviewDecision,
  ReviewKey,
} from "./schema.ts";
import type { IdentityStore } from "./store.ts";

/** Whose word it is, and why. */
export type OperatorsWord = Pick<Decided, "decidedBy" | "reason">;

interface DecideDeps {
  readonly identities: IdentityStore;
  readonly clock: Clock;
}

/**
 * Everything stays as it is. The first word stays, and is answered. Safe to repeat.
 * @throws ReviewMissingError, ReviewConflictError when it was decided otherwise, IdentityStoreError
 */
export async function dismissReview(
  deps: DecideDeps,
  key: ReviewKey,
  word: OperatorsWord,
): Promise<Decided> {
  const review = await reviewOf(deps, key);
  const decided = await decide(deps, review, "dismiss", word);
  await close(deps, review);
  return decided;
}

/**
 * An account that shares an address with the person, which one side never proved, is theirs: links it, and `UserIdMapped` says so of
 * each of their new accounts. Noted before it is done, so that nobody decides otherwise meanwhile; the review waits until it is
 * done, and a repeat does what is left. The first word stays, and is answered.
 * @throws ReviewMissingError, ReviewConflictError also when the account is somebody's by now, IdentityStoreError, PublishError
 */
export async function mergeReview(
  deps: IdentityDeps,
  of: Omit<ReviewKey, "kind">,
  word: OperatorsWord,
): Promise<Decided> {
  const { identities, origin } = deps;
  const noting = { identities, clock: origin.clock };
  const review = await reviewOf(noting, { ...of, kind: "unverified-contact" });
  const account = accountOf(review);
  if (!review.decided) refuseIfHeld(review, await identities.resolveSub(of.poolId, of.sub));
  const decided = await decide(noting, review, "merge", word);
  if (review.closedAt !== undefined) return decided;
  const id = derivedId("review", review.kind, of.poolId, of.sub, of.userId);
  // Of an account that was given to somebody else just now it makes a review of the kind `conflict`.
  await linkAccounts(deps, of.userId, [account], { id, correlationId: id });
  await close(noting, review);
  return decided;
}

async function reviewOf({ identities }: DecideDeps, key: ReviewKey): Promise<ListedReview> {
  const review = await identities.findReview(key);
  if (!review) throw new ReviewMissingError("there is no such review", { ...key });
  return review;
}

function accountOf({ kind, sourceId, poolId, sub }: ListedReview): OldAccount {
  if (sourceId !== undefined) return { side: "old", sourceId, poolId, sub };
  throw new ReviewMissingError("the review names no source", { kind, poolId, sub });
}

function refuseIfHeld({ userId }: ListedReview, held: Link | undefined): void {
  if (!held || held.userId === userId) return;
  const { userId: otherUserId, poolId, sub } = held;
  const facts = { poolId, sub, userId, otherUserId };
  throw new ReviewConflictError(`the account is another person's by now, ${otherUserId}'s`, facts);
}

async function decide(
  { identities, clock }: DecideDeps,
  { kind, poolId, sub, userId }: ListedReview,
  decision: ReviewDecision,
  word: OperatorsWord,
): Promise<Decided> {
  const key = { kind, poolId, sub, userId };
  const decidedAt = isoTime(clock());
  const decided = await identities.decideReview(key, { decision, decidedAt, ...word });
  if (decided.decision === decision) return decided;
  const { decidedBy, decision: other } = decided;
  throw new ReviewConflictError(`it was decided already: ${other}, by ${decidedBy}`, { ...key });
}

async function close(
  { identities, clock }: DecideDeps,
  { kind, poolId, sub, userId }: ListedReview,
): Promise<void> {
  await identities.closeReview({ kind, poolId, sub, userId }, isoTime(clock()));
}
