import { createHash, timingSafeEqual } from "node:crypto";
import type { WireResponse } from "../../http.ts";
import { AwsError } from "../../service.ts";
import { json } from "../../web.ts";
import { rotation } from "../pools/client-settings.ts";
import { customScopes } from "../pools/resource-servers.ts";
import { isSecret } from "../sign-in/secret-hash.ts";
import type { Client } from "../state.ts";
import { issueClientToken } from "../tokens/client-token.ts";
import {
  familyOf,
  issueTokens,
  readRefreshToken,
  refreshTokens,
  rotateTokens,
  type Tokens,
} from "../tokens/tokens.ts";
import { isPresent } from "../users/user-index.ts";
import { oauthError } from "./answers.ts";
import { takeCode, type Visit } from "./state.ts";

/** `POST /oauth2/token`. Source: DG23/token-endpoint. */
export async function token(visit: Visit): Promise<WireResponse> {
  const form = new URLSearchParams(visit.request.body.toString());
  const type = form.get("grant_type");
  if (!type) return oauthError("invalid_request");
  const exchange = GRANTS.get(type);
  if (exchange === undefined) return oauthError("unsupported_grant_type");
  const client = authenticatedClient(visit, form);
  if (client === undefined) return oauthError("invalid_client");
  try {
    return await exchange(visit, client, form);
  } catch (error) {
    // A trigger that refuses, a user who is disabled: the text is the API's own.
    if (error instanceof AwsError) return oauthError("invalid_grant", error.message);
    throw error;
  }
}

type Exchange = (visit: Visit, client: Client, form: URLSearchParams) => Promise<WireResponse>;

const GRANTS: ReadonlyMap<string, Exchange> = new Map([
  ["authorization_code", exchangeCode],
  ["refresh_token", exchangeRefreshToken],
  ["client_credentials", exchangeCredentials],
]);

/** The client that a request proves to come from, by Basic authorization or by the body; RFC 6749, section 2.3.1. */
function authenticatedClient({ request, pool }: Visit, form: URLSearchParams): Client | undefined {
  const [, encoded] = /^Basic\s+([\w+/=-]+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const basic = encoded === undefined ? undefined : basicOf(encoded);
  const id = basic?.id ?? form.get("client_id") ?? "";
  const secret = basic?.secret || form.get("client_secret") || undefined;
  const client = pool.clients.get(id);
  return client !== undefined && isSecret(client, secret) ? client : undefined;
}

function basicOf(encoded: string): { id: string; secret: string } {
  const [id = "", ...rest] = Buffer.from(encoded, "base64").toString().split(":");
  return { id: formDecoded(id), secret: formDecoded(rest.join(":")) };
}

/** Clients that follow RFC 6749 encode both halves as in a form. */
function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll("&", "%26")}`).get("x") ?? "";
}

function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

async function exchangeCode(visit: Visit, client: Client, form: URLSearchParams) {
  const code = form.get("code");
  const redirectUri = form.get("redirect_uri");
  if (!code || !redirectUri) return oauthError("invalid_request");
  if (!allows(client, "code") || !client.settings.CallbackURLs?.includes(redirectUri)) {
    return oauthError("unauthorized_client");
  }
  const grant = takeCode(visit, code);
  if (
    grant?.request.client !== client ||
    grant.request.redirectUri !== redirectUri ||
    !isProofRight(grant.request.codeChallenge, form.get("code_verifier")) ||
    !isPresent(visit.pool, grant.user) ||
    !grant.user.enabled
  ) {
    return oauthError("invalid_grant");
  }
  const { scopes, nonce } = grant.request;
  const tokens = await issueTokens(visit.ctx, {
    client,
    user: grant.user,
    source: "TokenGeneration_HostedAuth",
    hosted: { scopes, nonce, authTimeMs: grant.authTimeMs },
  });
  return answer(tokens, scopes);
}

/** PKCE, S256. A verifier without a challenge is refused as well: RFC 9700, section 2.1.1. */
function isProofRight(challenge: string | undefined, verifier: string | null): boolean {
  if (challenge === undefined) return !verifier;
  const made = createHash("sha256")
    .update(verifier ?? "")
    .digest("base64url");
  return sameText(made, challenge);
}

async function exchangeRefreshToken(visit: Visit, client: Client, form: URLSearchParams) {
  const given = form.get("refresh_token");
  if (!given) return oauthError("invalid_request");
  const held = readRefreshToken(visit.ctx, client, given);
  const rotates = rotation(client.settings) !== undefined;
  const tokens = rotates
    ? await rotateTokens(visit.ctx, client, held, undefined)
    : await refreshTokens(visit.ctx, client, held);
  return answer(tokens, held.family.scopes ?? ["openid"]);
}

function answer(tokens: Tokens, scopes: readonly string[]): WireResponse {
  return json({
    ...(scopes.includes("openid") && { id_token: tokens.IdToken }),
    access_token: tokens.AccessToken,
    ...(tokens.RefreshToken !== undefined && { refresh_token: tokens.RefreshToken }),
    expires_in: tokens.ExpiresIn,
    token_type: "Bearer",
  });
}

async function exchangeCredentials(visit: Visit, client: Client, form: URLSearchParams) {
  if (!allows(client, "client_credentials")) return oauthError("unauthorized_client");
  const known = customScopes(visit.pool);
  const allowed = (client.settings.AllowedOAuthScopes ?? []).filter((one) => known.includes(one));
  const asked = form.get("scope")?.split(" ").filter(Boolean);
  const scopes = asked?.length ? [...new Set(asked)] : allowed;
  if (scopes.length === 0 || !scopes.every((scope) => allowed.includes(scope))) {
    return oauthError("invalid_scope");
  }
  const { accessToken, expiresSeconds } = await issueClientToken(visit.ctx, client, scopes);
  return json({ access_token: accessToken, expires_in: expiresSeconds, token_type: "Bearer" });
}

function allows(client: Client, flow: "code" | "client_credentials"): boolean {
  const { AllowedOAuthFlowsUserPoolClient: on, AllowedOAuthFlows: flows } = client.settings;
  return on === true && flows?.includes(flow) === true;
}

/** `POST /oauth2/revoke`. Source: DG23/revocation-endpoint. */
export async function revoke(visit: Visit): Promise<WireResponse> {
  const form = new URLSearchParams(visit.request.body.toString());
  const client = authenticatedClient(visit, form);
  if (client === undefined) return oauthError("invalid_client", undefined, 401);
  const given = form.get("token");
  if (!given || client.settings.EnableTokenRevocation === false) {
    return oauthError("invalid_request");
  }
  // Three parts are a signed token; a refresh token has five.
  if (given.split(".").length === 3) return oauthError("unsupported_token_type");
  const family = familyOf(client, given);
  if (family !== undefined) family.revoked = true;
  return { status: 200, headers: { "cache-control": "no-store" } };
}
