import { regionalPool } from "@carryover/core/aws/regional-pool";
import { cognitoClient } from "@carryover/core/aws/sdk";
import type { Account } from "@carryover/core/placement/entry";

/** Ends the sessions of an account in another region. @throws PlacementUnavailableError */
export function endSessions({ region, poolId, sub }: Account): Promise<void> {
  return regionalPool(cognitoClient(region), region).endSessions(poolId, sub);
}
