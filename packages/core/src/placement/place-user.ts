import type { EventData, EventDetail } from "@carryover/events/define";
import type { UserSignedIn } from "@carryover/events/user-signed-in";
import type { UserSignedUp } from "@carryover/events/user-signed-up";
import * as z from "zod/mini";
import type { DeployedTarget } from "../config/deployment.ts";
import type { Facts } from "../kernel/errors.ts";
import { PoolId, Region, Sub, UserId } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";
import { syncLogins } from "./directory.ts";
import type { Account, Entry } from "./entry.ts";
import { parsed } from "./errors.ts";
import { type Cause, type LedgerDeps, record } from "./ledger.ts";
import type { LoginKeys } from "./login-key.ts";
import type { PlacementStore } from "./placement-store.ts";
import { decideHome, type PlacementPolicy } from "./policy.ts";
import { afterSeen, sameAccount } from "./steps.ts";

export interface PlaceUserDeps extends LedgerDeps {
  readonly ledger: PlacementStore;
  readonly keys: LoginKeys;
  readonly policy: PlacementPolicy & { readonly graceDays: number };
  readonly target: DeployedTarget;
  /** In whatever region the account is. @throws PlacementUnavailableError */
  readonly endSessions: (account: Account) => Promise<void>;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
}

export interface PlaceAfterSignInDeps extends PlaceUserDeps {
  /** The pool of this region: attributes are read where the user lives. */
  readonly pool: {
    readonly region: string;
    /** By sub. Undefined when the user is gone. @throws PlacementUnavailableError */
    findBySub(poolId: PoolId, sub: Sub): Promise<PoolUser | undefined>;
  };
}

const SignInFacts = z.object({ userId: UserId, poolId: PoolId, region: Region, sub: Sub });

/**
 * `UserSignedIn`, `UserSignedUp` in this region: the user has a home, a line in the ledger, and logins in
 * the directory. One who came from another region has arrived. Safe to repeat, in any order.
 * @throws PlacementInputError, PlacementUnavailableError, PublishError
 */
export async function placeAfterSignIn(
  deps: PlaceAfterSignInDeps,
  { metadata, data }: EventDetail<EventData<typeof UserSignedIn> | EventData<typeof UserSignedUp>>,
): Promise<void> {
  const { userId, poolId, region, sub } = parsed(SignInFacts, data);
  const user = await deps.pool.findBySub(poolId, sub);
  if (!user) {
    deps.log("info", "a user who signed in is gone", { userId, poolId, sub });
    return;
  }
  const account = { region, poolId, sub };
  await placeUser(deps, userId, account, user, metadata);
}

/** Places a user who was seen at an account of this region. Safe to repeat. */
export async function placeUser(
  deps: PlaceUserDeps,
  userId: UserId,
  account: Account,
  user: Pick<PoolUser, "username" | "attributes">,
  cause: Cause,
): Promise<Entry | undefined> {
  const { policy, ledger, log, origin } = deps;
  const decided = decideHome(policy, user.attributes);
  const state = await record(deps, userId, cause, (head) =>
    afterSeen(head, { account, decided }, policy, origin.clock()),
  );
  if (state && sameAccount(state.account, account)) {
    await syncLogins(ledger, deps.keys, deps.target, userId, user);
  } else {
    log("warn", "a user signed in where they do not live", {
      userId,
      region: account.region,
      home: state?.home,
    });
  }
  return state;
}
