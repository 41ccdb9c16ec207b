import { isoTime } from "../kernel/clock.ts";
import { AppError, type Facts } from "../kernel/errors.ts";
import { derivedId } from "../kernel/ids.ts";
import type { Account, Entry } from "./entry.ts";
import { isForgotten } from "./home.ts";
import { type LedgerDeps, record } from "./ledger.ts";
import type { Deletion, PlacementStore } from "./placement-store.ts";
import { afterCopyDeleted, sameAccount } from "./steps.ts";

export interface DeleteCopiesDeps extends LedgerDeps {
  readonly ledger: PlacementStore;
  readonly region: string;
  /** False when it was gone already. */
  readonly deleteAccount: (account: Account) => Promise<boolean>;
  /** Whether an account is in its region's pool, without reading who it is. */
  readonly isThere: (account: Account) => Promise<boolean>;
  /** Whether there is time for another copy. */
  readonly hasTime: () => boolean;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
  readonly count: (metric: string) => void;
}

const HOUR_MS = 60 * 60 * 1000;
/** Each time somebody is told: often enough to be seen, too seldom to drown everything else. */
const KEPT_FOR_MS = 24 * HOUR_MS;

/** What is read at once. */
const PAGE = 50;

/**
 * Deletes the old copies of this region whose grace is over, each with a receipt in the ledger, for as long as
 * there is time. Never the last account of a user who was not forgotten: where the new one is not to be found,
 * the copy stays and somebody is told. What cannot be deleted now is tried again later, and holds up nobody
 * else. Safe to repeat, and to stop anywhere.
 * @throws PlacementUnavailableError when the table does not answer
 */
export async function deleteDueCopies(deps: DeleteCopiesDeps): Promise<void> {
  const nowMs = deps.origin.clock();
  for (;;) {
    const due = await deps.ledger.dueDeletions(deps.region, isoTime(nowMs), PAGE);
    if (due.length === 0) return;
    for (const deletion of due) {
      if (!deps.hasTime()) return;
      const retryAfterMs = await attempt(deps, deletion);
      if (retryAfterMs === 0) await deps.ledger.endDeletion(deletion);
      else await deps.ledger.postponeDeletion(deletion, isoTime(nowMs + retryAfterMs));
    }
  }
}

/** In how long to try again, in milliseconds. 0: nothing is left to do. */
async function attempt(deps: DeleteCopiesDeps, deletion: Deletion): Promise<number> {
  const { userId, poolId, sub } = deletion;
  try {
    const [head] = await deps.ledger.recent(userId, 1);
    const copy = head?.copies.find((one) => sameAccount(one, deletion));
    // Gone with a receipt, or kept longer or shorter: that has a date of its own.
    if (!head || copy?.deleteAfter !== deletion.deleteAfter) return 0;
    if (await mayGo(deps, head, deletion)) {
      await deleteCopy(deps, deletion);
      return 0;
    }
    deps.log("error", "an old copy was kept: the new account is not there", {
      userId,
      poolId,
      sub,
    });
    deps.count("OldCopyKept");
    return KEPT_FOR_MS;
  } catch (error) {
    // One copy must not hold up all the others: it is tried again, and somebody is told.
    deps.log("error", "an old copy could not be deleted", {
      ...(error instanceof AppError ? error.facts : {}),
      error: error instanceof Error ? error.name : "unknown",
      userId,
      poolId,
      sub,
    });
    deps.count("OldCopyNotDeleted");
    return HOUR_MS;
  }
}

async function mayGo(deps: DeleteCopiesDeps, head: Entry, copy: Deletion): Promise<boolean> {
  if (isForgotten(head)) return true;
  const { account } = head;
  return account !== undefined && !sameAccount(account, copy) && (await deps.isThere(account));
}

async function deleteCopy(deps: DeleteCopiesDeps, copy: Deletion): Promise<void> {
  const { userId, region, poolId, sub } = copy;
  const wasThere = await deps.deleteAccount({ region, poolId, sub });
  const id = derivedId("copy-deleted", poolId, sub);
  await record(deps, userId, { id, correlationId: id }, (now) => {
    const reason = wasThere ? "grace-over" : "gone-already";
    const draft = now && afterCopyDeleted(now, copy, reason);
    return draft ? [draft] : [];
  });
}
