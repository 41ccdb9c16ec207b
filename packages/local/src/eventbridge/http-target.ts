import type { ApiDestination, Connection } from "./destinations.ts";
import type { Target } from "./limits.ts";

/** What the endpoint answered, or why it did not. */
export type HttpOutcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "refused"; readonly status: number; readonly retryAfterMs: number }
  | { readonly kind: "unreachable" | "timed-out" | "unauthorized" };

/** Source: EventBridge UG, "API destinations": an endpoint has five seconds. */
const TIMEOUT_MS = 5000;

/** When the next call of each destination may go out, in milliseconds of real time, by its ARN. */
export type Pace = Map<string, number>;

/**
 * Calls an API destination with an event. Redirects are not followed.
 * Source: EventBridge UG, "API destinations as targets".
 */
export async function callEndpoint(
  { destination, connection }: { destination: ApiDestination; connection: Connection },
  {
    target,
    body,
    pace,
    signal,
  }: {
    readonly target: Target;
    readonly body: string;
    readonly pace: Pace;
    readonly signal: AbortSignal;
  },
): Promise<HttpOutcome> {
  await turn(destination, pace);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const request = requestOf(destination, connection, target);
  try {
    const { OAuthParameters: oauth } = connection.AuthParameters;
    if (oauth) {
      const token = await accessToken(oauth, limit);
      if (token === undefined) return { kind: "unauthorized" };
      request.headers.set("authorization", `Bearer ${token}`);
    }
    const response = await fetch(request.url, {
      method: destination.HttpMethod,
      headers: request.headers,
      redirect: "manual",
      signal: limit,
      ...(!["GET", "HEAD"].includes(destination.HttpMethod) && { body }),
    });
    await response.body?.cancel();
    if (response.ok) return { kind: "delivered" };
    return { kind: "refused", status: response.status, retryAfterMs: retryAfterMs(response) };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { kind: timedOut ? "timed-out" : "unreachable" };
  }
}

/** Waits until the destination's rate lets one more call out. */
async function turn(
  { arn, InvocationRateLimitPerSecond }: ApiDestination,
  pace: Pace,
): Promise<void> {
  const at = Math.max(Date.now(), pace.get(arn) ?? 0);
  pace.set(arn, at + 1000 / InvocationRateLimitPerSecond);
  const waitMs = at - Date.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** The address and headers: the connection's parameters win over the target's. */
function requestOf(
  { InvocationEndpoint }: ApiDestination,
  { AuthParameters: auth }: Connection,
  { HttpParameters: own }: Target,
) {
  let index = 0;
  const path = InvocationEndpoint.replaceAll("*", () =>
    encodeURIComponent(own?.PathParameterValues?.[index++] ?? "*"),
  );
  const url = new URL(/^https?:\/\//.test(path) ? path : `https://${path}`);
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  headers.set("user-agent", "Amazon/EventBridge/ApiDestinations");
  for (const [key, value] of Object.entries(own?.QueryStringParameters ?? {})) {
    url.searchParams.set(key, value);
  }
  for (const [key, value] of Object.entries(own?.HeaderParameters ?? {})) headers.set(key, value);
  const shared = auth.InvocationHttpParameters;
  for (const { Key, Value } of shared?.QueryStringParameters ?? []) {
    url.searchParams.set(Key, Value);
  }
  for (const { Key, Value } of shared?.HeaderParameters ?? []) headers.set(Key, Value);
  const { ApiKeyAuthParameters: key, BasicAuthParameters: basic } = auth;
  if (key) headers.set(key.ApiKeyName, key.ApiKeyValue);
  if (basic) {
    const credentials = Buffer.from(`${basic.Username}:${basic.Password}`).toString("base64");
    headers.set("authorization", `Basic ${credentials}`);
  }
  return { url, headers };
}

async function accessToken(
  {
    AuthorizationEndpoint,
    HttpMethod,
    ClientParameters,
    OAuthHttpParameters,
  }: NonNullable<Connection["AuthParameters"]["OAuthParameters"]>,
  signal: AbortSignal,
): Promise<string | undefined> {
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
  if (!response.ok) return undefined;
  const { access_token: token } = (await response.json()) as { access_token?: unknown };
  return typeof token === "string" ? token : undefined;
}

/** What the endpoint asks for, in seconds or as a date; 0 where it asks for nothing. */
function retryAfterMs({ headers }: Response): number {
  const asked = headers.get("retry-after");
  if (asked === null) return 0;
  const seconds = Number(asked);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(asked) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
