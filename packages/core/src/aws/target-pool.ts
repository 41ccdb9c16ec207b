import {
  AdminUpdateUserAttributesCommand,
  type CognitoIdentityProviderClient,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Attributes } from "../config/schema.ts";
import type { UserLookup } from "../migration/source.ts";
import { lookUpUser } from "./pool-user.ts";

/** The new pool that a trigger is attached to. */
export interface TargetPool {
  readonly poolId: string;
  /** By username, sub, or verified alias. Never throws for what Cognito or the network said. */
  findUser(username: string, signal: AbortSignal): Promise<UserLookup>;
  /**
   * Sets attributes of a user; those not named stay. Safe to repeat.
   * @throws the SDK's exceptions
   */
  setAttributes(username: string, attributes: Attributes, signal: AbortSignal): Promise<void>;
}

export function targetPool(client: CognitoIdentityProviderClient, poolId: string): TargetPool {
  return {
    poolId,
    findUser: (username, signal) => lookUpUser(client, poolId, username, signal),
    async setAttributes(username, attributes, abortSignal) {
      const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
      await client.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId: poolId,
          Username: username,
          UserAttributes,
        }),
        { abortSignal },
      );
    },
  };
}
