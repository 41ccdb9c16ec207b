import type { WireResponse } from "../../http.ts";
import { AwsError } from "../../service.ts";
import { page } from "../../web.ts";
import { oauthError } from "./answers.ts";
import type { Visit } from "./state.ts";

/**
 * What a request to the pages counts as in the quotas: facts/cognito.md 6. The form is that of an answer; an
 * authorization code is exchanged without being counted, because its sign-in was.
 */
const COUNTED: Record<string, ((form: URLSearchParams) => string | undefined) | undefined> = {
  "POST /login": (form) => (form.has("challenge") ? "RespondToAuthChallenge" : "InitiateAuth"),
  "POST /forgotPassword": () => "ForgotPassword",
  "POST /confirmForgotPassword": () => "ConfirmForgotPassword",
  "POST /signup": () => "SignUp",
  "POST /confirmUser": () => "ConfirmSignUp",
  "GET /oauth2/idpresponse": () => "/oauth2/idpresponse",
  "POST /oauth2/revoke": () => "RevokeToken",
  "POST /oauth2/token": (form) => TOKEN_GRANTS[form.get("grant_type") ?? ""],
};

const TOKEN_GRANTS: Record<string, string | undefined> = {
  refresh_token: "GetTokensFromRefreshToken",
  client_credentials: "client_credentials",
};

/** Counts a request; the answer to one that is too many. In what words Cognito answers here is not known. */
export function tooMany(visit: Visit): WireResponse | undefined {
  const { ctx, pool, place, request } = visit;
  const form = new URLSearchParams(request.body.toString());
  const operation = COUNTED[`${request.method} ${place.path}`]?.(form);
  if (operation === undefined) return undefined;
  const { region, account, id: poolId } = pool;
  const user = form.get("username") ?? undefined;
  try {
    ctx.deps.quotas?.take({ region, account, operation, poolId, user });
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (/^\/oauth2\/(token|revoke)$/.test(place.path)) {
      return oauthError("too_many_requests", error.message, 429);
    }
    return page("Error", `<p role="alert">${error.message}</p>`, { status: 429 });
  }
}
