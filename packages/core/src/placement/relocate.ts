import type { Region, UserId } from "../kernel/ids.ts";
import { forgetLogins } from "./directory.ts";
import type { Entry } from "./entry.ts";
import { NotPlacedError, PlacementInputError } from "./errors.ts";
import { type Cause, type LedgerDeps, record } from "./ledger.ts";
import type { PlacementStore } from "./placement-store.ts";
import { afterCancel, afterForgotten, afterRequest } from "./steps.ts";

export interface RelocateDeps extends LedgerDeps {
  readonly ledger: PlacementStore;
  /** Where there is a new pool, and by which version of the policy people live there. */
  readonly policy: { readonly version: number; readonly regions: readonly Region[] };
}

/** Who asks, and in which request. */
export interface Asker {
  readonly cause: Cause;
  /** The caller's IAM ARN. */
  readonly actor?: string | undefined;
}

/**
 * The user is to live in another region, and moves at the next sign-in. An operator's word: the policy does
 * not move the user again by itself. Safe to repeat. Returns the present state.
 * @throws PlacementInputError, NotPlacedError, PlacementUnavailableError, PublishError
 */
export async function requestRelocation(
  deps: RelocateDeps,
  userId: UserId,
  to: Region,
  asker: Asker,
): Promise<Entry> {
  if (!deps.policy.regions.includes(to))
    throw new PlacementInputError("there is no new pool in that region", { fields: "to" });
  return step(deps, userId, asker, (head) => {
    const { origin } = deps;
    return afterRequest(head, to, by(deps, asker), origin.clock());
  });
}

/** The user stays at home. Safe to repeat. @throws as requestRelocation */
export function cancelRelocation(deps: RelocateDeps, userId: UserId, asker: Asker): Promise<Entry> {
  return step(deps, userId, asker, (head) => afterCancel(head, by(deps, asker)));
}

/**
 * The account is gone for good: the directory leads to nobody, the ledger says so, and old copies go without
 * grace. Safe to repeat.
 */
export async function forgetUser(deps: RelocateDeps, userId: UserId, asker: Asker): Promise<Entry> {
  const entry = await step(deps, userId, asker, (head) =>
    afterForgotten(head, by(deps, asker), deps.origin.clock()),
  );
  await forgetLogins(deps.ledger, userId);
  return entry;
}

async function step(
  deps: RelocateDeps,
  userId: UserId,
  { cause }: Asker,
  decide: (head: Entry) => ReturnType<typeof afterCancel>,
): Promise<Entry> {
  const state = await record(deps, userId, cause, (head) => {
    const draft = head && decide(head);
    return draft ? [draft] : [];
  });
  if (state) return state;
  throw new NotPlacedError("the ledger does not know this user", { userId });
}

function by({ policy }: RelocateDeps, { actor }: Asker) {
  return {
    decidedBy: "operator",
    reason: "operator",
    policyVersion: policy.version,
    ...(actor !== undefined && { actor }),
  } as const;
}

/** What an operator may see of a user: the whole chain, and whether it is whole. */
export async function historyOf(
  ledger: Pick<PlacementStore, "history">,
  userId: UserId,
): Promise<readonly Entry[]> {
  const entries = await ledger.history(userId);
  if (entries.length > 0) return entries;
  throw new NotPlacedError("the ledger does not know this user", { userId });
}
