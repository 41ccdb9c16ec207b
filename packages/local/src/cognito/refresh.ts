import { required } from "./input.ts";
import { checkSecretHash } from "./secret-hash.ts";
import type { SignInAttempt } from "./sign-in.ts";
import type { Ctx } from "./state.ts";
import { readRefreshToken, refreshTokens } from "./tokens.ts";

export async function refresh(
  ctx: Ctx,
  { client, parameters, metadata }: SignInAttempt,
): Promise<object> {
  const family = readRefreshToken(ctx, client, required(parameters, "REFRESH_TOKEN"));
  const { username, sub, attributes } = family.user;
  checkSecretHash(
    client,
    [username, sub, attributes.get("email") ?? "", attributes.get("phone_number") ?? ""],
    parameters.SECRET_HASH,
  );
  return {
    ChallengeParameters: {},
    AuthenticationResult: await refreshTokens(ctx, client, family, metadata),
  };
}
