import type { WireResponse } from "../../http.ts";
import { AwsError } from "../../service.ts";
import { redirect } from "../../web.ts";
import { federatedSignIn } from "../providers/federated-users.ts";
import { randomToken } from "../state.ts";
import { backToApp, cookie, cookieOf, toErrorPage } from "./answers.ts";
import { answerOf, ProviderError, providerMetadata } from "./provider-client.ts";
import { signedIn } from "./sign-in.ts";
import { depart, type SignInRequest, takeDeparture, type Visit } from "./state.ts";

/** Ties a departure to the browser: nobody can be made to come back with another's account. */
const DEPARTURE_COOKIE = "csrf-state";
const DEPARTURE_SECONDS = 900;

/** Sends the browser to a provider of the pool, which sends it back to `/oauth2/idpresponse`. */
export async function leaveForProvider(
  visit: Visit,
  request: SignInRequest,
  name: string,
): Promise<WireResponse> {
  const provider = visit.pool.providers.get(name);
  if (provider === undefined || provider.type === "SAML") {
    return backToApp(request, {
      error: "invalid_request",
      error_description: `${name} cannot be signed in with here`,
    });
  }
  try {
    const { authorization_endpoint } = await providerMetadata(visit.ctx, provider);
    const nonce = randomToken(16);
    const redirectUri = `${visit.place.base}/oauth2/idpresponse`;
    const state = depart(visit, { request, provider: name, redirectUri, nonce });
    const target = new URL(authorization_endpoint);
    const parameters = {
      client_id: provider.details.client_id ?? "",
      redirect_uri: redirectUri,
      // Facebook separates its scopes by commas.
      scope: (provider.details.authorize_scopes ?? "openid").replaceAll(/[\s,]+/g, " "),
      response_type: "code",
      state,
      nonce,
      ...(request.loginHint !== undefined && { login_hint: request.loginHint }),
    };
    for (const [key, value] of Object.entries(parameters)) target.searchParams.set(key, value);
    const tie = cookie(visit, DEPARTURE_COOKIE, state, DEPARTURE_SECONDS);
    return redirect(target.toString(), tie);
  } catch (error) {
    if (error instanceof ProviderError) return refuse(request, error.message);
    throw error;
  }
}

/** `GET /oauth2/idpresponse`: a browser comes back from a provider. */
export async function arriveFromProvider(visit: Visit): Promise<WireResponse> {
  const { query } = visit.request;
  const state = query.get("state") ?? "";
  if (state === "" || cookieOf(visit, DEPARTURE_COOKIE) !== state) {
    return toErrorPage(visit, "invalid_request");
  }
  const departure = takeDeparture(visit, state);
  const provider = visit.pool.providers.get(departure?.provider ?? "");
  if (departure === undefined || provider === undefined) {
    return toErrorPage(visit, "invalid_request");
  }
  const { request } = departure;
  const code = query.get("code");
  if (!code)
    return refuse(request, `${provider.name} Error - 400 ${query.get("error") ?? "no code"}`);
  try {
    const answer = await answerOf(visit.ctx, provider, { ...departure, code });
    const user = await federatedSignIn(visit.ctx, request.client, provider, answer);
    return await signedIn(visit, request, user, provider.name);
  } catch (error) {
    if (error instanceof ProviderError || error instanceof AwsError) {
      return refuse(request, error.message);
    }
    throw error;
  }
}

/** What went wrong between us and a provider is told to the app: DG23/authorization-endpoint. */
function refuse(request: SignInRequest, description: string): WireResponse {
  return backToApp(request, { error_description: description, error: "invalid_request" });
}
