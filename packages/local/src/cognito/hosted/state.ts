import type { WireRequest } from "../../http.ts";
import { type Client, type Ctx, type Pool, randomToken, type User } from "../state.ts";
import { isPresent } from "../users/user-index.ts";
import type { HostedPlace } from "./place.ts";

/** What an app asked for when it sent a browser here, and was found to be allowed. */
export interface SignInRequest {
  readonly client: Client;
  readonly redirectUri: string;
  readonly responseType: "code" | "token";
  readonly scopes: readonly string[];
  readonly state?: string | undefined;
  readonly nonce?: string | undefined;
  /** The S256 challenge of PKCE. */
  readonly codeChallenge?: string | undefined;
  readonly prompt?: string | undefined;
  readonly loginHint?: string | undefined;
  /** The whole query, to come back to it. */
  readonly query: string;
}

/** A code that waits to be exchanged. */
export interface CodeGrant {
  readonly request: SignInRequest;
  readonly user: User;
  readonly authTimeMs: number;
  readonly expiresAtMs: number;
}

/** A browser that is signed in at a pool's pages: by its own password, or by a provider. */
export interface BrowserSession {
  readonly pool: Pool;
  readonly user: User;
  readonly provider: string;
  readonly authTimeMs: number;
  readonly expiresAtMs: number;
  readonly generation: number;
}

/** A browser that was sent to a provider. */
export interface Departure {
  readonly request: SignInRequest;
  readonly provider: string;
  readonly redirectUri: string;
  readonly nonce: string;
  readonly expiresAtMs: number;
}

export interface HostedState {
  readonly codes: Map<string, CodeGrant>;
  readonly browsers: Map<string, BrowserSession>;
  readonly departures: Map<string, Departure>;
}

/** One request to the pages of one pool. */
export interface Visit {
  readonly ctx: Ctx;
  readonly pool: Pool;
  readonly place: HostedPlace;
  readonly request: WireRequest;
  readonly hosted: HostedState;
}

/** Five minutes: DG23/authorization-endpoint. */
const CODE_MS = 5 * 60_000;
/** An hour: facts/cognito.md 3.5. */
export const BROWSER_SESSION_MS = 3_600_000;
const DEPARTURE_MS = 15 * 60_000;

/** Keeps something under a name that cannot be guessed, and lets go of what has expired. */
function keep<T extends { readonly expiresAtMs: number }>(
  all: Map<string, T>,
  nowMs: number,
  item: T,
): string {
  for (const [key, { expiresAtMs }] of all) {
    if (nowMs >= expiresAtMs) all.delete(key);
  }
  const key = randomToken(24);
  all.set(key, item);
  return key;
}

export function issueCode({ ctx, hosted }: Visit, grant: Omit<CodeGrant, "expiresAtMs">): string {
  const nowMs = ctx.deps.clock();
  return keep(hosted.codes, nowMs, { ...grant, expiresAtMs: nowMs + CODE_MS });
}

/** The grant of a code, which is spent by this, whatever comes of it. */
export function takeCode({ ctx, hosted }: Visit, code: string): CodeGrant | undefined {
  const grant = hosted.codes.get(code);
  hosted.codes.delete(code);
  return grant !== undefined && ctx.deps.clock() < grant.expiresAtMs ? grant : undefined;
}

export function openBrowserSession(visit: Visit, user: User, provider: string): string {
  const nowMs = visit.ctx.deps.clock();
  return keep(visit.hosted.browsers, nowMs, {
    pool: visit.pool,
    user,
    provider,
    authTimeMs: nowMs,
    expiresAtMs: nowMs + BROWSER_SESSION_MS,
    generation: user.generation,
  });
}

/** Who is signed in by this cookie; undefined once the user is gone, disabled or signed out everywhere. */
export function browserSession(visit: Visit, key: string | undefined): BrowserSession | undefined {
  const session = visit.hosted.browsers.get(key ?? "");
  if (session === undefined || session.pool !== visit.pool) return undefined;
  const { user, generation, expiresAtMs } = session;
  const good =
    visit.ctx.deps.clock() < expiresAtMs &&
    user.enabled &&
    user.generation === generation &&
    isPresent(visit.pool, user);
  return good ? session : undefined;
}

export function closeBrowserSession(visit: Visit, key: string | undefined): void {
  visit.hosted.browsers.delete(key ?? "");
}

export function depart(visit: Visit, departure: Omit<Departure, "expiresAtMs">): string {
  const nowMs = visit.ctx.deps.clock();
  return keep(visit.hosted.departures, nowMs, {
    ...departure,
    expiresAtMs: nowMs + DEPARTURE_MS,
  });
}

/** Where a browser that comes back had been sent; once. */
export function takeDeparture(visit: Visit, state: string): Departure | undefined {
  const departure = visit.hosted.departures.get(state);
  if (departure?.request.client.pool !== visit.pool) return undefined;
  visit.hosted.departures.delete(state);
  return visit.ctx.deps.clock() < departure.expiresAtMs ? departure : undefined;
}
