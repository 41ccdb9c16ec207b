import { isoTime } from "../kernel/clock.ts";
import type { UserId } from "../kernel/ids.ts";
import { announce, type Cause, type IdentityDeps } from "./announce.ts";
import { accountKey, type Link, type LinkedAccount, pairsWith, type Review } from "./schema.ts";

/**
 * Makes accounts a person's and publishes `UserIdMapped` for each pair that they complete. An account of
 * another person stays theirs and is listed for an operator. Safe to repeat, and to stop anywhere:
 * what was not done is done by the repeat.
 *
 * The order is what makes it right. Each message first writes its own account and only then reads, strongly
 * consistent, all accounts of the user. Of two messages that bring the two sides at the same time, the one
 * that reads last has both written before it: at least one of them sees the pair and publishes it.
 * @throws IdentityStoreError, PublishError: receive the message again
 */
export async function linkAccounts(
  deps: IdentityDeps,
  userId: UserId,
  accounts: readonly LinkedAccount[],
  cause: Cause,
): Promise<void> {
  const { identities, origin } = deps;
  const now = isoTime(origin.clock());
  const fresh: Link[] = [];
  const refused: LinkedAccount[] = [];
  for (const account of accounts) {
    const link: Link = { ...account, userId, linkedAt: now };
    const holder = await identities.claim(link);
    if (holder === userId) fresh.push(link);
    else {
      refused.push(link);
      const { poolId, sub } = link;
      await openReview(deps, {
        kind: "conflict",
        poolId,
        sub,
        userId,
        otherUserId: holder,
        ...(link.side === "old" && { sourceId: link.sourceId }),
      });
    }
  }
  if (fresh.length === 0) return;
  for (const link of fresh) await identities.addToUser(link);

  const links = await identities.linksOf(userId);
  const pairs = pairsWith(links, fresh);
  await announce(deps, userId, pairs, cause);

  const allOld = links.filter(({ side }) => side === "old");
  for (const link of links) {
    if (link.side !== "new") continue;
    const isFresh = fresh.some((one) => isSame(one, link));
    const isLeft = allOld.some((old) => accountKey(old) === accountKey(link));
    // Of an account that was left there is nothing to say any more.
    const olds =
      isFresh && isLeft
        ? allOld
        : pairs.filter(({ new: other }) => other === link).map(({ old }) => old);
    // Only after the publication: until then the next sign-in has to do it again.
    if (isFresh || olds.length > 0) {
      const conflicts = isFresh ? refused.filter(({ side }) => side === "old") : [];
      await identities.settle(link, [...olds, ...conflicts], now);
    }
  }
}

function isSame(a: LinkedAccount, b: LinkedAccount): boolean {
  return a.side === b.side && accountKey(a) === accountKey(b);
}

/** Opens a review, and says so in the log. Safe to repeat. */
export async function openReview(
  { identities, origin, log }: IdentityDeps,
  review: Review,
): Promise<void> {
  await identities.openReview(review, isoTime(origin.clock()));
  log("warn", "an operator has to look at an account", { ...review });
}
