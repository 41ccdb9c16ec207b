import type { Clock } from "../service.ts";
import type { ApiDestination, Connection } from "./destinations.ts";
import type { BusEvent } from "./event.ts";
import { accessToken, forgetToken, type Tokens } from "./http-token.ts";
import type { Target } from "./limits.ts";
import { isRecord } from "./match-value.ts";
import { select, textOf } from "./transform.ts";

/** What the endpoint answered, or why it did not. */
export type HttpOutcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "refused"; readonly status: number; readonly retryAfterMs: number }
  | { readonly kind: "unreachable" | "timed-out" | "unauthorized" };

/** Source: EventBridge UG, "API destinations": an endpoint has five seconds. */
const TIMEOUT_MS = 5000;

/** When the next call of each destination may go out, in milliseconds of real time, by its ARN. */
export type Pace = Map<string, number>;

/** What is sent, and with what. */
export interface Call {
  readonly target: Target;
  readonly event: BusEvent;
  readonly body: string;
  readonly pace: Pace;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Calls an API destination with an event. Redirects are not followed.
 * Source: EventBridge UG, "API destinations as targets".
 */
export async function callEndpoint(
  { destination, connection }: { destination: ApiDestination; connection: Connection },
  call: Call,
): Promise<HttpOutcome> {
  await turn(destination, call.pace);
  if (connection.AuthParameters === undefined) return { kind: "unauthorized" };
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const request = requestOf(destination, connection.AuthParameters, call);
  try {
    const { OAuthParameters: oauth } = connection.AuthParameters;
    if (oauth) {
      const token = await accessToken(oauth, { ...call, signal });
      if (token === undefined) return { kind: "unauthorized" };
      request.headers.set("authorization", `Bearer ${token}`);
    }
    const response = await fetch(request.url, {
      method: destination.HttpMethod,
      headers: request.headers,
      redirect: "manual",
      signal,
      ...(!["GET", "HEAD"].includes(destination.HttpMethod) && { body: request.body }),
    });
    await response.body?.cancel();
    if (response.ok) return { kind: "delivered" };
    if (oauth && [401, 407].includes(response.status)) forgetToken(oauth, call.tokens);
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

/** Source: EventBridge UG, "API destinations", "Headers EventBridge removes from requests to API destinations". */
const REMOVED: ReadonlySet<string> = new Set(
  `a-im accept-charset accept-datetime accept-encoding cache-control connection content-encoding content-length
content-md5 date expect forwarded from host http2-settings if-match if-modified-since if-none-match if-range
if-unmodified-since max-forwards origin pragma proxy-authorization range referer te trailer transfer-encoding
user-agent upgrade via warning`.split(/\s/),
);

/** Address, headers and body: the connection's parameters win over the target's. */
function requestOf(
  { InvocationEndpoint }: ApiDestination,
  auth: NonNullable<Connection["AuthParameters"]>,
  { target: { HttpParameters: own }, event, body }: Call,
) {
  // Source: EventBridge UG, "Event bus targets", "Target parameters": a value may be a path into the event.
  const valueIn = (text: string) => (/^\$[.[]/.test(text) ? textOf(select(event, text)) : text);
  let index = 0;
  const url = new URL(
    InvocationEndpoint.replaceAll("*", () =>
      encodeURIComponent(valueIn(own?.PathParameterValues?.[index++] ?? "*")),
    ),
  );
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  const setHeader = (name: string, value: string) => {
    if (!REMOVED.has(name.trim().toLowerCase())) headers.set(name, value);
  };
  for (const [key, value] of Object.entries(own?.QueryStringParameters ?? {})) {
    url.searchParams.set(key, valueIn(value));
  }
  for (const [key, value] of Object.entries(own?.HeaderParameters ?? {})) {
    setHeader(key, valueIn(value));
  }
  const shared = auth.InvocationHttpParameters;
  for (const { Key, Value } of shared?.QueryStringParameters ?? []) {
    url.searchParams.set(Key, Value);
  }
  for (const { Key, Value } of shared?.HeaderParameters ?? []) setHeader(Key, Value);
  const { ApiKeyAuthParameters: key, BasicAuthParameters: basic } = auth;
  if (key) setHeader(key.ApiKeyName, key.ApiKeyValue);
  if (basic) {
    const credentials = Buffer.from(`${basic.Username}:${basic.Password}`).toString("base64");
    headers.set("authorization", `Basic ${credentials}`);
  }
  headers.set("user-agent", "Amazon/EventBridge/ApiDestinations");
  headers.set("range", "bytes=0-1048575");
  const added = (shared?.BodyParameters ?? []).map(({ Key, Value }): [string, string] => [
    Key,
    Value,
  ]);
  return { url, headers, body: added.length === 0 ? body : withFields(body, added) };
}

/** A body that is no JSON object has no place for fields. */
function withFields(body: string, fields: readonly (readonly [string, string])[]): string {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? JSON.stringify({ ...parsed, ...Object.fromEntries(fields) }) : body;
  } catch {
    return body;
  }
}

/** What the endpoint asks for, in seconds or as a date; 0 where it asks for nothing. */
function retryAfterMs({ headers }: Response): number {
  const asked = headers.get("retry-after");
  if (asked === null) return 0;
  const seconds = Number(asked);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(asked) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
