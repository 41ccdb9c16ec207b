import {
  AdminAddUserToGroupCommand,
  type CognitoIdentityProviderClient,
  CreateGroupCommand,
  GetGroupCommand,
  GroupExistsException,
  paginateAdminListGroupsForUser,
  ResourceNotFoundException,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";
import { GroupsUnavailableError, GroupsUserMissingError } from "../groups/errors.ts";
import type { Group } from "../groups/map-groups.ts";
import type { GroupSource, GroupTarget } from "../groups/pools.ts";
import type { Clock } from "../kernel/clock.ts";
import type { PoolId } from "../kernel/ids.ts";
import { lookUpBySub } from "./pool-user.ts";
import { unavailable } from "./sdk.ts";

const PAGE_SIZE = 60;

/** Calls wait for their turn, so the bound is on the wait too. */
const CALL_MS = 30_000;

/** Cognito lets a pool be asked for its groups five times a second, which are few: what one is like is asked once a minute. */
const KNOWN_MS = 60_000;

/** The groups of a pool, to be read. */
export function groupSource(client: CognitoIdentityProviderClient, poolId: PoolId): GroupSource {
  return {
    async findMember(sub) {
      const found = await lookUpBySub(client, poolId, sub, () => AbortSignal.timeout(CALL_MS));
      if (found.outcome === "unavailable") throw failed(poolId, found.reason);
      if (found.outcome === "user-not-found" || found.user.sub !== sub) return undefined;
      const { username, enabled, attributes } = found.user;
      return { username, enabled, attributes };
    },
    groupsOf: (username) =>
      orUnavailable(poolId, async () => {
        const groups: Group[] = [];
        const pages = paginateAdminListGroupsForUser(
          { client, pageSize: PAGE_SIZE },
          { UserPoolId: poolId, Username: username },
        );
        for await (const { Groups = [] } of pages) {
          for (const { GroupName, Description, Precedence } of Groups) {
            if (GroupName === undefined) continue;
            groups.push({
              name: GroupName,
              ...(Description !== undefined && { description: Description }),
              ...(Precedence !== undefined && { precedence: Precedence }),
            });
          }
        }
        return groups;
      }),
  };
}

/** The groups of a pool, to be filled. */
export function groupTarget(
  client: CognitoIdentityProviderClient,
  poolId: PoolId,
  clock: Clock,
): GroupTarget {
  const known = new Map<string, { readonly hasRole: boolean; readonly untilEpochMs: number }>();
  const note = (name: string, hasRole: boolean) => {
    known.set(name, { hasRole, untilEpochMs: clock() + KNOWN_MS });
    return { hasRole };
  };
  return {
    ...groupSource(client, poolId),
    async findGroup(name) {
      const held = known.get(name);
      if (held && clock() < held.untilEpochMs) return held;
      return orUnavailable(poolId, async () => {
        try {
          const { Group: found } = await client.send(
            new GetGroupCommand({ UserPoolId: poolId, GroupName: name }),
          );
          return note(name, Boolean(found?.RoleArn));
        } catch (error) {
          if (error instanceof ResourceNotFoundException) return undefined;
          throw error;
        }
      });
    },
    createGroup: ({ name, description, precedence }) =>
      orUnavailable(poolId, async () => {
        try {
          await client.send(
            new CreateGroupCommand({
              UserPoolId: poolId,
              GroupName: name,
              Description: description,
              Precedence: precedence,
            }),
          );
          note(name, false);
        } catch (error) {
          // Somebody was first; whoever asks next sees what they made.
          if (!(error instanceof GroupExistsException)) throw error;
        }
      }),
    addMember: (username, group) =>
      orUnavailable(poolId, async () => {
        try {
          await client.send(
            new AdminAddUserToGroupCommand({
              UserPoolId: poolId,
              Username: username,
              GroupName: group,
            }),
          );
        } catch (error) {
          // The group went between the look and this call: look again.
          if (error instanceof ResourceNotFoundException) known.delete(group);
          if (error instanceof UserNotFoundException) {
            throw new GroupsUserMissingError("the new account went away", { poolId });
          }
          throw error;
        }
      }),
  };
}

async function orUnavailable<Answer>(poolId: PoolId, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GroupsUserMissingError) throw error;
    throw failed(poolId, unavailable(error).reason);
  }
}

function failed(poolId: PoolId, reason: string): GroupsUnavailableError {
  return new GroupsUnavailableError("a pool did not answer about its groups", { poolId, reason });
}
