import type { WireResponse } from "../../http.ts";
import { STANDARD_SCOPES } from "../pools/oauth-settings.ts";
import { customScopes } from "../pools/resource-servers.ts";
import type { Client } from "../state.ts";
import { backToApp, toErrorPage } from "./answers.ts";
import type { SignInRequest, Visit } from "./state.ts";

type Read = { readonly request: SignInRequest } | { readonly refusal: WireResponse };

/**
 * What an app asks for by `/oauth2/authorize` or `/login`. What is wrong is told to the app once it is sure
 * that the address is the app's; before that, to the person only. Source: DG23/authorization-endpoint.
 */
export function readSignInRequest(visit: Visit): Read {
  const { query } = visit.request;
  const text = (name: string) => query.get(name) || undefined;
  const client = visit.pool.clients.get(text("client_id") ?? "");
  if (client === undefined) return { refusal: toErrorPage(visit, "invalid_client") };
  const redirectUri = text("redirect_uri");
  if (redirectUri === undefined || !client.settings.CallbackURLs?.includes(redirectUri)) {
    return { refusal: toErrorPage(visit, "redirect_mismatch", client.id) };
  }
  const state = text("state");
  const scopes = requestedScopes(client, text("scope"));
  const error = mistake(client, query);
  const responseType = text("response_type") === "token" ? "token" : "code";
  if (error !== undefined || scopes === undefined) {
    // The guide has `error=invalid_scope`; what people report of the live service has it as the description.
    const told = error
      ? { error }
      : { error_description: "invalid_scope", error: "invalid_request" };
    return { refusal: backToApp({ redirectUri, responseType, state }, told) };
  }
  return {
    request: {
      client,
      redirectUri,
      responseType,
      scopes,
      state,
      nonce: text("nonce"),
      codeChallenge: text("code_challenge"),
      prompt: text("prompt"),
      loginHint: text("login_hint"),
      query: query.toString(),
    },
  };
}

function mistake(client: Client, query: URLSearchParams): string | undefined {
  const type = query.get("response_type");
  if (type !== "code" && type !== "token") return "invalid_request";
  const { AllowedOAuthFlowsUserPoolClient: allowed, AllowedOAuthFlows: flows } = client.settings;
  if (allowed !== true || !flows?.includes(type === "code" ? "code" : "implicit")) {
    return "unauthorized_client";
  }
  const challenge = query.get("code_challenge");
  const method = query.get("code_challenge_method");
  if (!challenge !== !method || (method && method !== "S256")) return "invalid_request";
  return undefined;
}

/** All that the client may have where it names none; undefined where it names what it may not have. */
function requestedScopes(client: Client, asked: string | undefined): string[] | undefined {
  const known = [...STANDARD_SCOPES, ...customScopes(client.pool)];
  const allowed = (client.settings.AllowedOAuthScopes ?? []).filter((one) => known.includes(one));
  if (asked === undefined) return allowed;
  const scopes = [...new Set(asked.split(" ").filter(Boolean))];
  const needOpenId = scopes.some((scope) => ["email", "phone", "profile"].includes(scope));
  if (needOpenId && !scopes.includes("openid")) return undefined;
  return scopes.every((scope) => allowed.includes(scope)) ? scopes : undefined;
}

/** The providers that a client offers, without the pool itself. */
export function offeredProviders(client: Client): string[] {
  return (client.settings.SupportedIdentityProviders ?? []).filter((name) =>
    client.pool.providers.has(name),
  );
}

/** Whether people of the pool itself can sign in by this client's page: so unless only others are listed. */
export function offersPasswords(client: Client): boolean {
  const listed = client.settings.SupportedIdentityProviders ?? [];
  return listed.length === 0 || listed.includes("COGNITO");
}
