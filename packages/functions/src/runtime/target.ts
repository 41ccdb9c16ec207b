import { cognitoClient } from "@carryover/core/aws/sdk";
import { targetPool } from "@carryover/core/aws/target-pool";
import type { GiveUserIdDeps } from "@carryover/core/identity/give-user-id";
import type { PoolId } from "@carryover/core/kernel/ids";
import { count, log } from "./telemetry.ts";
import { linked } from "./wire.ts";

/** One write, twice at most, beside a publication, in the five seconds of a trigger. */
const WRITE_MS = 1000;

/** How a trigger writes a user ID into the pool that called it. Call it once, at module scope. */
export function userIdWriter(): (poolId: PoolId) => GiveUserIdDeps {
  const client = cognitoClient(linked("Migration").region);
  return (poolId) => ({
    setAttributes: (username, attributes) =>
      targetPool(client, poolId).setAttributes(username, attributes, AbortSignal.timeout(WRITE_MS)),
    log,
    count,
  });
}
