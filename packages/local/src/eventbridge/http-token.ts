import type { Clock } from "../service.ts";
import type { ConnectionInput } from "./limits.ts";

export type OAuth = NonNullable<ConnectionInput["AuthParameters"]["OAuthParameters"]>;

interface Token {
  readonly token: string;
  readonly untilEpochMs: number;
}

/** The tokens that are good still, each by the parameters that it was got with: a connection that is changed has others. */
export type Tokens = WeakMap<OAuth, Token>;

/** A token is got anew a little before its end. */
const MARGIN_MS = 60_000;

/**
 * The access token of a connection: one is used until it expires or an endpoint refuses it.
 * Source: EventBridge UG, "Authorization methods for connections", "Considerations when using OAuth".
 */
export async function accessToken(
  oauth: OAuth,
  { tokens, clock, signal }: { tokens: Tokens; clock: Clock; signal: AbortSignal },
): Promise<string | undefined> {
  const kept = tokens.get(oauth);
  if (kept && clock() < kept.untilEpochMs - MARGIN_MS) return kept.token;
  const got = await ask(oauth, signal);
  if (typeof got?.access_token !== "string") return undefined;
  const seconds = Number(got.expires_in ?? Number.POSITIVE_INFINITY);
  tokens.set(oauth, { token: got.access_token, untilEpochMs: clock() + seconds * 1000 });
  return got.access_token;
}

export function forgetToken(oauth: OAuth, tokens: Tokens): void {
  tokens.delete(oauth);
}

async function ask(
  { AuthorizationEndpoint, HttpMethod, ClientParameters, OAuthHttpParameters }: OAuth,
  signal: AbortSignal,
): Promise<{ access_token?: unknown; expires_in?: unknown } | undefined> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: ClientParameters.ClientID,
    client_secret: ClientParameters.ClientSecret,
  });
  for (const { Key, Value } of OAuthHttpParameters?.BodyParameters ?? []) form.set(Key, Value);
  const headers = new Headers({ "content-type": "application/x-www-form-urlencoded" });
  for (const { Key, Value } of OAuthHttpParameters?.HeaderParameters ?? []) headers.set(Key, Value);
  const url = new URL(AuthorizationEndpoint);
  for (const { Key, Value } of OAuthHttpParameters?.QueryStringParameters ?? []) {
    url.searchParams.set(Key, Value);
  }
  const response = await fetch(url, {
    method: HttpMethod,
    headers,
    redirect: "manual",
    signal,
    ...(HttpMethod !== "GET" && { body: form }),
  });
  return response.ok ? ((await response.json()) as object) : undefined;
}
