import { isoTime } from "../kernel/clock.ts";
import type { Facts } from "../kernel/errors.ts";
import { derivedId } from "../kernel/ids.ts";
import type { Account, Entry } from "./entry.ts";
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
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
  readonly count: (metric: string) => void;
}

/**
 * Deletes the old copies of this region whose grace is over, each with a receipt in the ledger. Never the
 * last account of a user: where the new one is not to be found, the copy stays and somebody is told. Safe to
 * repeat, and to stop anywhere.
 */
export async function deleteDueCopies(deps: DeleteCopiesDeps, limit: number): Promise<void> {
  const now = isoTime(deps.origin.clock());
  for (const deletion of await deps.ledger.dueDeletions(deps.region, now, limit)) {
    const [head] = await deps.ledger.recent(deletion.userId, 1);
    const copy = head?.copies.find((one) => sameAccount(one, deletion));
    // Gone with a receipt, or kept longer: that has a date of its own.
    if (!head || copy?.deleteAfter !== deletion.deleteAfter) {
      await deps.ledger.endDeletion(deletion);
      continue;
    }
    await deleteCopy(deps, head, deletion);
  }
}

async function deleteCopy(deps: DeleteCopiesDeps, head: Entry, deletion: Deletion): Promise<void> {
  const { userId, region, poolId, sub } = deletion;
  const isHome = sameAccount(head.account, deletion);
  if (isHome || !head.account || !(await deps.isThere(head.account))) {
    deps.log("error", "an old copy was kept: the new account is not there", {
      userId,
      poolId,
      sub,
    });
    deps.count("OldCopyKept");
    return;
  }
  const wasThere = await deps.deleteAccount({ region, poolId, sub });
  const id = derivedId("copy-deleted", poolId, sub);
  await record(deps, userId, { id, correlationId: id }, (now) => {
    const reason = wasThere ? "grace-over" : "gone-already";
    const draft = now && afterCopyDeleted(now, deletion, reason);
    return draft ? [draft] : [];
  });
  await deps.ledger.endDeletion(deletion);
}
