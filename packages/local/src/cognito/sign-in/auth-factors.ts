import * as z from "zod/mini";
import { operation } from "../input.ts";
import { poolOf, type User } from "../state.ts";
import { readAccessToken } from "../tokens/access-tokens.ts";
import { describeMfa, requireUser } from "../users/users.ts";
import { CODE_FACTORS, hasVerified } from "./first-factors.ts";

export const getUserAuthFactors = operation(
  z.object({ AccessToken: z.string() }),
  async (ctx, input) => describeFactors((await readAccessToken(ctx, input.AccessToken)).user),
);

export const adminGetUserAuthFactors = operation(
  z.object({ UserPoolId: z.string(), Username: z.string() }),
  (ctx, input) => describeFactors(requireUser(poolOf(ctx, input.UserPoolId), input.Username)),
);

/** What the user has to show, whatever the pool allows. */
function describeFactors(user: User): object {
  return {
    Username: user.username,
    ...describeMfa(user),
    ConfiguredUserAuthFactors: [
      ...(user.password === undefined ? [] : ["PASSWORD"]),
      ...(user.passkeys.size === 0 ? [] : ["WEB_AUTHN"]),
      ...CODE_FACTORS.filter(([, attribute]) => hasVerified(user, attribute)).map(
        ([factor]) => factor,
      ),
      ...(user.mfa.totpSecret === undefined ? [] : ["SOFTWARE_TOKEN"]),
    ],
  };
}
