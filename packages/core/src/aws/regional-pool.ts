import {
  AdminDeleteUserCommand,
  AdminUserGlobalSignOutCommand,
  type CognitoIdentityProviderClient,
  InvalidParameterException,
  ListUsersCommand,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";
import type { PoolId, Sub } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";
import { PlacementUnavailableError } from "../placement/errors.ts";
import { lookUpBySub, poolUserOf } from "./pool-user.ts";
import { unavailable } from "./sdk.ts";

/** A page of a pool's users, and where the next one starts. */
export interface UserPage {
  readonly users: readonly PoolUser[];
  readonly next: string | undefined;
}

/** A new pool as placement works on it. Every call @throws PlacementUnavailableError when the pool does not answer. */
export interface RegionalPool {
  readonly region: string;
  /** Undefined when the user is gone. */
  findBySub(poolId: PoolId, sub: Sub): Promise<PoolUser | undefined>;
  /** Whether an account is there, without reading who it is. Eventually consistent. */
  has(poolId: PoolId, sub: Sub): Promise<boolean>;
  /** False when it was gone already. */
  delete(poolId: PoolId, sub: Sub): Promise<boolean>;
  /** Refresh tokens give no tokens any more. Nothing to do for a user who is gone. */
  endSessions(poolId: PoolId, sub: Sub): Promise<void>;
  /**
   * With attributes, without groups and second factors. At most 60. Undefined when the pool does not take
   * `from` any more: it is good for an hour.
   */
  page(poolId: PoolId, from: string | undefined, limit: number): Promise<UserPage | undefined>;
}

const CALL_MS = 4000;

export function regionalPool(client: CognitoIdentityProviderClient, region: string): RegionalPool {
  return {
    region,

    async findBySub(poolId, sub) {
      const found = await lookUpBySub(client, poolId, sub, () => AbortSignal.timeout(CALL_MS));
      switch (found.outcome) {
        case "found":
          return found.user;
        case "user-not-found":
          return undefined;
        case "unavailable":
          throw failed(poolId, found.reason);
      }
    },

    async has(poolId, sub) {
      const { Users = [] } = await orUnavailable(poolId, () =>
        client.send(
          new ListUsersCommand({
            UserPoolId: poolId,
            Filter: `sub = "${sub}"`,
            AttributesToGet: ["sub"],
            Limit: 1,
          }),
          { abortSignal: AbortSignal.timeout(CALL_MS) },
        ),
      );
      return Users.length > 0;
    },

    async delete(poolId, sub) {
      try {
        await client.send(new AdminDeleteUserCommand({ UserPoolId: poolId, Username: sub }), {
          abortSignal: AbortSignal.timeout(CALL_MS),
        });
        return true;
      } catch (error) {
        if (error instanceof UserNotFoundException) return false;
        throw failed(poolId, unavailable(error).reason);
      }
    },

    async endSessions(poolId, sub) {
      try {
        await client.send(
          new AdminUserGlobalSignOutCommand({ UserPoolId: poolId, Username: sub }),
          { abortSignal: AbortSignal.timeout(CALL_MS) },
        );
      } catch (error) {
        if (error instanceof UserNotFoundException) return;
        throw failed(poolId, unavailable(error).reason);
      }
    },

    async page(poolId, from, limit) {
      try {
        const { Users = [], PaginationToken } = await client.send(
          new ListUsersCommand({
            UserPoolId: poolId,
            Limit: limit,
            ...(from !== undefined && { PaginationToken: from }),
          }),
          { abortSignal: AbortSignal.timeout(CALL_MS) },
        );
        return {
          users: Users.map((user) => poolUserOf(user, user.Attributes)),
          next: PaginationToken,
        };
      } catch (error) {
        // The token is the one parameter that is not always the same.
        if (from !== undefined && error instanceof InvalidParameterException) return undefined;
        throw failed(poolId, unavailable(error).reason);
      }
    },
  };
}

async function orUnavailable<Answer>(poolId: PoolId, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    throw failed(poolId, unavailable(error).reason);
  }
}

function failed(poolId: PoolId, reason: string): PlacementUnavailableError {
  return new PlacementUnavailableError("a pool did not answer", { poolId, reason });
}
