import * as z from "zod/mini";
import { notAuthorized } from "../errors.ts";
import { Metadata, operation, required } from "../input.ts";
import { type Client, type Ctx, clientOf } from "../state.ts";
import { readRefreshToken, refreshTokens, rotateTokens } from "../tokens/tokens.ts";
import { checkSecretHash, isSecret } from "./secret-hash.ts";
import type { SignInAttempt } from "./sign-in.ts";

/** REFRESH_TOKEN_AUTH. Its metadata reaches no trigger: facts/cognito.md 2.4. */
export async function refresh(ctx: Ctx, { client, parameters }: SignInAttempt): Promise<object> {
  const held = readRefreshToken(ctx, client, required(parameters, "REFRESH_TOKEN"));
  const { username, sub, attributes } = held.family.user;
  checkSecretHash(
    client,
    [username, sub, attributes.get("email") ?? "", attributes.get("phone_number") ?? ""],
    parameters.SECRET_HASH,
  );
  return {
    ChallengeParameters: {},
    AuthenticationResult: await refreshTokens(ctx, client, held),
  };
}

/** @throws AwsError NotAuthorizedException; a secret of a client that has none is not looked at */
function checkSecret(client: Client, given: string | undefined): void {
  if (client.secrets.length === 0) return;
  if (given === undefined) {
    throw notAuthorized(`Client ${client.id} is configured for secret but secret was not received`);
  }
  if (!isSecret(client, given)) {
    throw notAuthorized(`Unable to verify secret hash for client ${client.id}`);
  }
}

export const getTokensFromRefreshToken = operation(
  z.object({
    RefreshToken: z.string(),
    ClientId: z.string(),
    ClientSecret: z.optional(z.string()),
    DeviceKey: z.optional(z.string()),
    ClientMetadata: Metadata,
  }),
  async (ctx, input) => {
    const client = clientOf(ctx, input.ClientId);
    checkSecret(client, input.ClientSecret);
    const held = readRefreshToken(ctx, client, input.RefreshToken);
    return {
      AuthenticationResult: await rotateTokens(ctx, client, held, input.ClientMetadata),
    };
  },
);
