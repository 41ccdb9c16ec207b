import {
  type CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  InvalidParameterException,
  ListUsersCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { PoolId, Region, Sub } from "../kernel/ids.ts";
import type { PoolUser, UserLookup } from "../migration/source.ts";
import { CursorExpiredError, ReconcileUnavailableError } from "../reconcile/errors.ts";
import type { NewPool, SourceReader } from "../reconcile/ports.ts";
import { lookUpBySub, lookUpUser, poolUserOf } from "./pool-user.ts";
import { unavailable } from "./sdk.ts";

/** The most that ListUsers gives at a time (API reference). */
const PAGE_SIZE = 60;

/** Calls wait for their turn, so the bound is on the wait too. */
const CALL_MS = 30_000;

export interface PoolPlace {
  readonly region: Region;
  readonly userPoolId: PoolId;
}

/** A pool in which single local users are looked up, without the right to list them. */
export function poolReader(
  client: CognitoIdentityProviderClient,
  { region, userPoolId }: PoolPlace,
): SourceReader {
  return {
    region,
    async find(sub) {
      const found = await lookUpUser(client, userPoolId, sub, callLimit());
      return userOf(found, userPoolId, sub);
    },
  };
}

/** A pool that is walked through. */
export function poolWalk(client: CognitoIdentityProviderClient, place: PoolPlace): NewPool {
  const { region, userPoolId } = place;
  return {
    poolId: userPoolId,
    region,
    async find(sub) {
      const found = await lookUpBySub(client, userPoolId, sub, callLimit);
      return userOf(found, userPoolId, sub);
    },
    async page(cursor) {
      try {
        const { Users = [], PaginationToken } = await client.send(
          new ListUsersCommand({
            UserPoolId: userPoolId,
            Limit: PAGE_SIZE,
            ...(cursor !== undefined && { PaginationToken: cursor }),
          }),
        );
        return {
          items: Users.map((user) => poolUserOf(user, user.Attributes)),
          cursor: PaginationToken,
        };
      } catch (error) {
        // Nothing else of this request can be wrong: a token is good for an hour.
        if (cursor !== undefined && error instanceof InvalidParameterException) {
          throw new CursorExpiredError("the page is not known any more", { poolId: userPoolId });
        }
        throw failed(userPoolId, unavailable(error).reason);
      }
    },
    async count() {
      try {
        const { UserPool } = await client.send(
          new DescribeUserPoolCommand({ UserPoolId: userPoolId }),
        );
        return UserPool?.EstimatedNumberOfUsers;
      } catch (error) {
        throw failed(userPoolId, unavailable(error).reason);
      }
    },
  };
}

/** @throws ReconcileUnavailableError when the pool did not tell */
function userOf(found: UserLookup, poolId: PoolId, sub: Sub): PoolUser | undefined {
  if (found.outcome === "unavailable") throw failed(poolId, found.reason);
  // AdminGetUser takes usernames too, and a username can look like somebody else's sub.
  return found.outcome === "found" && found.user.sub === sub ? found.user : undefined;
}

function callLimit(): AbortSignal {
  return AbortSignal.timeout(CALL_MS);
}

function failed(poolId: PoolId, reason: string): ReconcileUnavailableError {
  return new ReconcileUnavailableError("a pool did not answer", { poolId, reason });
}
