import {
  type CognitoIdentityProviderClient,
  ListUsersCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { DeployedSource } from "../config/deployment.ts";
import type { ContactLookup, PoolUser, SearchableSource } from "../migration/source.ts";
import { lookUpUser, poolUserOf } from "./pool-user.ts";
import { unavailable } from "./sdk.ts";

/** API reference, ListUsers: `Filter` and `Limit`. */
const MAX_FILTER_LENGTH = 256;
const PAGE_SIZE = 60;

/** A source pool behind the SDK, for those who look people up. Apart from `sourcePool`: no trigger searches. */
export function searchableSource(
  client: CognitoIdentityProviderClient,
  { id, userPoolId }: Pick<DeployedSource, "id" | "userPoolId">,
): SearchableSource {
  return {
    id,
    getUser: (username, signal) => lookUpUser(client, userPoolId, username, signal),
    async findByContact(contact, value, signal) {
      const filter = `${contact} = "${value.replaceAll(/["\\]/g, "\\$&")}"`;
      if (filter.length > MAX_FILTER_LENGTH) return { outcome: "found", users: [] };
      return listUsers(client, userPoolId, filter, signal);
    },
  };
}

/** One person has a few. More share an address only where somebody planted them, and must not hold up the rest. */
const MOST_ACCOUNTS = PAGE_SIZE;

async function listUsers(
  client: CognitoIdentityProviderClient,
  poolId: string,
  filter: string,
  abortSignal: AbortSignal,
): Promise<ContactLookup> {
  const users: PoolUser[] = [];
  let token: string | undefined;
  try {
    do {
      const page = await client.send(
        new ListUsersCommand({
          UserPoolId: poolId,
          Filter: filter,
          Limit: PAGE_SIZE,
          ...(token !== undefined && { PaginationToken: token }),
        }),
        { abortSignal },
      );
      users.push(...(page.Users ?? []).map((user) => poolUserOf(user, user.Attributes)));
      token = page.PaginationToken;
    } while (token !== undefined && users.length < MOST_ACCOUNTS);
    return { outcome: "found", users };
  } catch (error) {
    return unavailable(error);
  }
}
