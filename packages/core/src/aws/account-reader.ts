import {
  type CognitoIdentityProviderClient,
  ListUsersCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { AccountReader } from "../onboarding/recipient.ts";
import { lookUpUser, poolUserOf } from "./pool-user.ts";

/** A read that nobody waits for. */
const CALL_MS = 5000;

/**
 * Finds accounts in the new pools, each by a client of its own region.
 * AdminGetUser takes the sub of a local user; one who came by another provider is found by a filter on it
 * (API reference of cognito-idp, AdminGetUser, `Username`).
 */
export function accountReader(
  clientOf: (region: string) => CognitoIdentityProviderClient,
): AccountReader {
  return {
    async find({ region, poolId, username }) {
      const client = clientOf(region);
      const found = await lookUpUser(client, poolId, username, AbortSignal.timeout(CALL_MS));
      if (found.outcome === "found") return found.user;
      if (found.outcome === "unavailable") return undefined;
      return findBySub(client, poolId, username);
    },
  };
}

async function findBySub(client: CognitoIdentityProviderClient, poolId: string, sub: string) {
  // A UUID by its type: nothing in it to escape.
  const command = new ListUsersCommand({ UserPoolId: poolId, Filter: `sub = "${sub}"`, Limit: 1 });
  try {
    const { Users: [user] = [] } = await client.send(command, {
      abortSignal: AbortSignal.timeout(CALL_MS),
    });
    return user ? poolUserOf(user, user.Attributes) : ("not-found" as const);
  } catch {
    // Throttled, out of reach or denied: in each case the pool has not said that there is nobody.
    return undefined;
  }
}
