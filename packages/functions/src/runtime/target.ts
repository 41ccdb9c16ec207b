import { cognitoClient } from "@carryover/core/aws/sdk";
import { targetPool } from "@carryover/core/aws/target-pool";
import type { AttributeReader, GiveUserIdDeps } from "@carryover/core/identity/give-user-id";
import type { PoolId } from "@carryover/core/kernel/ids";
import { linkedRegional } from "./links.ts";
import { count, log } from "./telemetry.ts";

/** A read and two writes at most, beside a publication, in the five seconds of a trigger. */
const CALL_MS = 900;

/** How a trigger reads and writes a user ID in the pool that called it. Call it once, at module scope. */
export function userIdKeeper(): (poolId: PoolId) => GiveUserIdDeps & AttributeReader {
  const client = cognitoClient(linkedRegional("Migration").region);
  return (poolId) => ({
    setAttributes: (username, attributes) =>
      targetPool(client, poolId).setAttributes(username, attributes, AbortSignal.timeout(CALL_MS)),
    findAttributes: async (username) => {
      const found = await targetPool(client, poolId).findUser(
        username,
        AbortSignal.timeout(CALL_MS),
      );
      return found.outcome === "found" ? found.user.attributes : undefined;
    },
    log,
    count,
  });
}
