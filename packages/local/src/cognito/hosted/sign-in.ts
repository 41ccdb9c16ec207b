import type { WireResponse } from "../../http.ts";
import type { User } from "../state.ts";
import { issueTokens } from "../tokens/tokens.ts";
import { backToApp, cookie } from "./answers.ts";
import {
  BROWSER_SESSION_MS,
  issueCode,
  openBrowserSession,
  type SignInRequest,
  type Visit,
} from "./state.ts";

export const SESSION_COOKIE = "cognito";

/** Ends a sign-in in the browser: it is remembered there, and the app gets its code or tokens. */
export function signedIn(
  visit: Visit,
  request: SignInRequest,
  user: User,
  provider = "COGNITO",
): Promise<WireResponse> {
  const key = openBrowserSession(visit, user, provider);
  const remembered = cookie(visit, SESSION_COOKIE, key, BROWSER_SESSION_MS / 1000);
  return grant(visit, request, { user, authTimeMs: visit.ctx.deps.clock() }, remembered);
}

/** Gives the app what it asked for, for somebody who is signed in already. */
export async function grant(
  visit: Visit,
  request: SignInRequest,
  who: { readonly user: User; readonly authTimeMs: number },
  remembered?: string,
): Promise<WireResponse> {
  if (request.responseType === "code") {
    const { user, authTimeMs } = who;
    return backToApp(
      request,
      { code: issueCode(visit, { request, user, authTimeMs }) },
      remembered,
    );
  }
  const tokens = await issueTokens(visit.ctx, {
    client: request.client,
    user: who.user,
    source: "TokenGeneration_HostedAuth",
    hosted: { scopes: request.scopes, nonce: request.nonce, authTimeMs: who.authTimeMs },
  });
  // No refresh token by this way: DG23/authorization-endpoint.
  return backToApp(
    request,
    {
      ...(request.scopes.includes("openid") && { id_token: tokens.IdToken }),
      access_token: tokens.AccessToken,
      token_type: "Bearer",
      expires_in: String(tokens.ExpiresIn),
    },
    remembered,
  );
}
