import type { Clock } from "../kernel/clock.ts";
import type { UserId } from "../kernel/ids.ts";
import type { Account, Entry } from "../placement/entry.ts";
import { sameAccount } from "../placement/steps.ts";
import type { NewPool, Page } from "./ports.ts";
import type { DriftKind } from "./schema.ts";

/** The ledger of placement. Every call @throws an AppError of kind `unavailable` when it does not answer. */
export interface HomeLedger {
  /** A user's present state; undefined for who was never placed. */
  stateOf(userId: UserId): Promise<Entry | undefined>;
  /** Everybody who was ever placed. */
  page(cursor: string | undefined): Promise<Page<UserId>>;
}

export interface HomeDeps {
  /** Undefined where people have no home regions. */
  readonly homes: HomeLedger | undefined;
  readonly pools: readonly NewPool[];
  readonly clock: Clock;
}

/** A user as one pool has them. */
export interface Resident {
  readonly userId: UserId;
  readonly account: Account;
  /** False while a sign-up or a first sign-in is not finished: the ledger need not know of it yet. */
  readonly hasArrived: boolean;
}

/** What an account can be by the ledger. */
type HomeKind = Extract<DriftKind, "placement-missing" | "stray-account" | "copy-overdue">;
export const HOME_KINDS: readonly HomeKind[] = [
  "placement-missing",
  "stray-account",
  "copy-overdue",
];

/** Copies go within minutes of their date. */
const LATE_MS = 60 * 60 * 1000;

/** What the ledger makes of an account: undefined where it is the user's home, or a copy that waits for its date. Reads only. */
export async function examineHome(
  { homes, pools, clock }: HomeDeps,
  { userId, account, hasArrived }: Resident,
): Promise<HomeKind | undefined> {
  if (!homes) return undefined;
  const notHeard = hasArrived ? "placement-missing" : undefined;
  const state = await homes.stateOf(userId);
  if (!state) return notHeard;
  const home = state.account;
  if (sameAccount(home, account)) return undefined;
  const copy = state.copies.find((one) => sameAccount(one, account));
  if (copy) {
    return clock() > Date.parse(copy.deleteAfter) + LATE_MS ? "copy-overdue" : undefined;
  }
  // Forgotten: an operator's word that there is no account any more.
  if (!home) return "stray-account";
  if (state.movingTo === account.region) return notHeard;
  // Deleted and made again, unless the one that the ledger knows is there as well.
  const own = pools.find(({ poolId }) => poolId === home.poolId);
  const isMadeAgain = home.poolId === account.poolId && own && !(await own.find(home.sub));
  return isMadeAgain ? notHeard : "stray-account";
}

/** Of a page of the ledger, whose home account is in no pool. Reads only. */
export async function homesGone(
  homes: HomeLedger,
  pools: readonly NewPool[],
  userIds: readonly UserId[],
): Promise<readonly (Account & { readonly userId: UserId })[]> {
  const gone = [];
  for (const userId of userIds) {
    const account = (await homes.stateOf(userId))?.account;
    // Who is forgotten has none.
    if (!account) continue;
    const pool = pools.find(({ poolId }) => poolId === account.poolId);
    if (!(await pool?.find(account.sub))) gone.push({ ...account, userId });
  }
  return gone;
}
