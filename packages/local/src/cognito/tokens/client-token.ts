import { randomUUID } from "node:crypto";
import { lifetimes } from "../pools/client-settings.ts";
import type { Client, Ctx } from "../state.ts";
import { customiseClientClaims } from "../triggers/pre-token.ts";
import { issuer, signAccessToken } from "./tokens.ts";

/** An access token for an app itself, that acts for nobody: the client credentials grant. */
export async function issueClientToken(
  ctx: Ctx,
  client: Client,
  scopes: readonly string[],
): Promise<{ accessToken: string; expiresSeconds: number }> {
  const { accessSeconds } = lifetimes(client.settings);
  const iat = Math.floor(ctx.deps.clock() / 1000);
  const claims = await customiseClientClaims(ctx, client, {
    sub: client.id,
    token_use: "access",
    scope: scopes.join(" "),
    auth_time: iat,
    iss: issuer(ctx, client.pool),
    exp: iat + accessSeconds,
    iat,
    version: 2,
    jti: randomUUID(),
    client_id: client.id,
  });
  return {
    accessToken: await signAccessToken(client.pool, claims),
    expiresSeconds: accessSeconds,
  };
}
