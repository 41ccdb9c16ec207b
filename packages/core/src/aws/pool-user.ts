import {
  AdminGetUserCommand,
  type AdminGetUserCommandOutput,
  type AttributeType,
  type CognitoIdentityProviderClient,
  ListUsersCommand,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";
import { isUsername } from "../migration/shapes.ts";
import type { PoolUser, UserLookup } from "../migration/source.ts";
import { unavailable } from "./sdk.ts";

/** AdminGetUser in the migration's words. A text that cannot be a username is nobody's. */
export async function lookUpUser(
  client: CognitoIdentityProviderClient,
  poolId: string,
  username: string,
  abortSignal: AbortSignal,
): Promise<UserLookup> {
  if (!isUsername(username)) return { outcome: "user-not-found" };
  try {
    const output = await client.send(
      new AdminGetUserCommand({ UserPoolId: poolId, Username: username }),
      { abortSignal },
    );
    return { outcome: "found", user: poolUserOf(output, output.UserAttributes) };
  } catch (error) {
    if (error instanceof UserNotFoundException) return { outcome: "user-not-found" };
    return unavailable(error);
  }
}

/**
 * The same for a sub, whoever has it: AdminGetUser takes the sub of a local user, and one who came by another provider is
 * found by a filter on it (API reference of cognito-idp, AdminGetUser, `Username`). Also for a user ID that is the username.
 */
export async function lookUpBySub(
  client: CognitoIdentityProviderClient,
  poolId: string,
  sub: string,
  signal: () => AbortSignal,
): Promise<UserLookup> {
  const found = await lookUpUser(client, poolId, sub, signal());
  if (found.outcome !== "user-not-found") return found;
  // A UUID by its type: nothing in it to escape.
  const command = new ListUsersCommand({ UserPoolId: poolId, Filter: `sub = "${sub}"`, Limit: 1 });
  try {
    const { Users: [user] = [] } = await client.send(command, { abortSignal: signal() });
    return user ? { outcome: "found", user: poolUserOf(user, user.Attributes) } : found;
  } catch (error) {
    return unavailable(error);
  }
}

/** A user as AdminGetUser and ListUsers tell them: the two name the attributes differently. */
export function poolUserOf(
  described: Pick<
    Partial<AdminGetUserCommandOutput>,
    "Username" | "Enabled" | "UserStatus" | "MFAOptions" | "UserMFASettingList"
  >,
  list: readonly AttributeType[] = [],
): PoolUser {
  const attributes: Record<string, string> = {};
  for (const { Name, Value } of list) {
    if (Name !== undefined && Value !== undefined) attributes[Name] = Value;
  }
  const { sub = "" } = attributes;
  const { Username, Enabled, UserStatus, MFAOptions = [], UserMFASettingList = [] } = described;
  return {
    username: Username ?? sub,
    sub,
    enabled: Enabled ?? false,
    // Not told is not the same as vouched for by a token.
    status: UserStatus ?? "UNKNOWN",
    hasSecondFactor: MFAOptions.length > 0 || UserMFASettingList.length > 0,
    attributes,
  };
}
