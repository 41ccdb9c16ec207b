import { randomBytes, randomInt } from "node:crypto";
import type { CognitoDeps } from "./deps.ts";
import { resourceNotFound } from "./errors.ts";
import type { ImportJob } from "./import/job.ts";
import type { ClientSettings } from "./pools/client-settings.ts";
import type { PoolDomain } from "./pools/domains.ts";
import type { KeptSettings } from "./pools/kept-settings.ts";
import type { PoolSettings } from "./pools/pool-settings.ts";
import type { ResourceServer } from "./pools/resource-servers.ts";
import type { AttributeRule } from "./pools/schema.ts";
import type { IdentityProvider } from "./providers/identity-providers.ts";
import type { WebAuthnConfiguration } from "./sign-in/relying-party.ts";
import type { Session } from "./sign-in/sessions.ts";
import type { SigningKeys } from "./tokens/signing-keys.ts";

export type UserStatus =
  | "UNCONFIRMED"
  | "CONFIRMED"
  | "RESET_REQUIRED"
  | "FORCE_CHANGE_PASSWORD"
  | "EXTERNAL_PROVIDER";

/** A password as it is kept: an SRP verifier, from which it cannot be read. */
export interface StoredPassword {
  readonly salt: Buffer;
  readonly verifier: Buffer;
}

export interface PendingCode {
  readonly code: string;
  readonly expiresAtMs: number;
  /** The new value that waits for its code, where the pool keeps the old one until then. */
  readonly value?: string;
}

interface Mfa {
  /** The TOTP secret, base32. */
  totpSecret?: string;
  /** A secret that was handed out and not yet proved. */
  offeredTotpSecret?: string;
  /** The 30-second step of the last code that was accepted: a code works once. */
  lastTotpStep: number;
  readonly enabled: Set<Factor>;
  preferred?: Factor;
  /** Whether SMS was switched on in the older way, which describes itself as `MFAOptions`. */
  byOptions?: boolean;
}

export type Factor = "SMS_MFA" | "SOFTWARE_TOKEN_MFA" | "EMAIL_OTP";

export interface User {
  readonly username: string;
  readonly sub: string;
  /** Grows with each user of the pool: the order of ListUsers. */
  readonly seq: number;
  readonly attributes: Map<string, string>;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  enabled: boolean;
  status: UserStatus;
  password?: StoredPassword;
  /** The last ones, this one first, as many as the pool's policy remembers. */
  formerPasswords: readonly StoredPassword[];
  /** When the temporary password stops working. */
  temporaryUntilMs?: number;
  /** The kinds are `sign-up`, `forgot-password` and `attribute:<name>`. */
  readonly codes: Map<string, PendingCode>;
  /** Recent tries by quota, as epoch milliseconds. */
  readonly tries: Map<string, number[]>;
  readonly failures: { count: number; lastAtMs: number; lockedUntilMs: number };
  readonly mfa: Mfa;
  readonly groups: Set<string>;
  /** By device key. */
  readonly devices: Map<string, Device>;
  /** By credential ID, oldest first. */
  readonly passkeys: Map<string, Passkey>;
  /** A registration that waits for its passkey. */
  passkeyOffer?: {
    readonly challenge: string;
    readonly clientId: string;
    readonly expiresAtMs: number;
  };
  /** Grows with every global sign-out: what an earlier generation signed in to is void. */
  generation: number;
  /** Access tokens without an origin that were issued before this are void. */
  signedOutAtMs: number;
}

/** A device that a user has signed in with, where the pool tracks them. */
export interface Device {
  readonly key: string;
  /** Stands for the pool's name in the device's own SRP. */
  readonly groupKey: string;
  name?: string;
  /** Set once the device was confirmed. */
  verifier?: StoredPassword;
  remembered: boolean;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  authenticatedAtMs: number;
}

export interface Passkey {
  readonly id: string;
  /** As COSE has it. */
  readonly publicKey: Buffer;
  /** How often it had signed when it was last shown; 0 for those that do not count. */
  counter: number;
  readonly transports: readonly string[];
  readonly attachment?: string;
  /** The relying party that it is for. */
  readonly party: string;
  readonly createdAtMs: number;
}

export interface Group {
  readonly name: string;
  description?: string;
  roleArn?: string;
  precedence?: number;
  readonly createdAtMs: number;
  modifiedAtMs: number;
}

export interface RefreshToken {
  /** SHA-256 of the token's secret part. */
  readonly secretHash: Buffer;
  /** Until when a token that was rotated out is good for another try. */
  graceUntilMs?: number;
}

/** All tokens that come from one sign-in. */
export interface TokenFamily {
  readonly originJti: string;
  readonly user: User;
  readonly clientId: string;
  readonly authTimeMs: number;
  readonly expiresAtMs: number;
  /** One, unless the client rotates them: then the last is the one to use. */
  readonly refreshTokens: RefreshToken[];
  /** Of the device, where the pool tracks them. */
  readonly deviceKey?: string;
  /** The user's, at the sign-in. */
  readonly generation: number;
  /** Of a sign-in by the pages: what the app may do with the tokens. */
  readonly scopes?: readonly string[];
  revoked: boolean;
}

/** One of the secrets of an app client: it may have two, so that it can be changed while both are used. */
export interface ClientSecret {
  readonly id: string;
  readonly value: string;
  readonly createdAtMs: number;
}

export interface Client {
  readonly id: string;
  readonly pool: Pool;
  /** Oldest first; none for a public client. */
  secrets: readonly ClientSecret[];
  readonly createdAtMs: number;
  modifiedAtMs: number;
  settings: ClientSettings;
}

export interface Pool {
  readonly id: string;
  readonly region: string;
  readonly account: string;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  readonly caseSensitive: boolean;
  /** Whether the pool was told so, and does not only have it by default. */
  readonly caseStated?: boolean;
  readonly usernameAttributes: readonly string[];
  readonly aliasAttributes: readonly string[];
  readonly schema: Map<string, AttributeRule>;
  settings: PoolSettings;
  /** What SetUserPoolMfaConfig switched on, beside `settings.MfaConfiguration`. */
  readonly factors: {
    sms?: object;
    software: boolean;
    email?: object;
    webAuthn?: WebAuthnConfiguration;
  };
  readonly clients: Map<string, Client>;
  /** By normalised username, oldest first. */
  readonly users: Map<string, User>;
  readonly bySub: Map<string, User>;
  /** By `seq`, with holes where users were deleted: the order of ListUsers, from any place on. */
  readonly bySeq: (User | undefined)[];
  /** By attribute, then by normalised value. Whether it is an active alias is decided on reading. */
  readonly byValue: Map<string, Map<string, Set<User>>>;
  readonly groups: Map<string, Group>;
  readonly providers: Map<string, IdentityProvider>;
  /** The `sub` of the user to whom an account with a provider was linked, by `linkKey`. */
  readonly links: Map<string, string>;
  readonly domains: Map<string, PoolDomain>;
  readonly resourceServers: Map<string, ResourceServer>;
  readonly importJobs: Map<string, ImportJob>;
  readonly kept: KeptSettings;
  readonly families: Map<string, TokenFamily>;
  /** Names of unknown users that a reset was pretended for, with the expiry in epoch milliseconds. */
  readonly pretendedResets: Map<string, number>;
  /** Makes pretended answers stable per name. */
  readonly secret: Buffer;
  nextSeq: number;
  keys?: SigningKeys;
  pendingKeys?: Promise<SigningKeys>;
}

/** One call's view of the service. */
export interface Ctx {
  readonly deps: CognitoDeps;
  readonly region: string;
  readonly signed: boolean;
  /** The account that sees only its own pools. Undefined: the stage itself, or a call that needs no account. */
  readonly account?: string | undefined;
  readonly pools: Map<string, Pool>;
  readonly clients: Map<string, Client>;
  readonly sessions: Map<string, Session>;
  /** Runs something after the call has been answered, and keeps what it changes. */
  readonly keep: <Result>(run: () => Result) => Result;
  /** Told who has signed in, in place of tokens: the sign-in pages give those to the app only later. */
  readonly onSignedIn?: (user: User) => void;
}

/** @throws AwsError ResourceNotFoundException also for a pool of another region or account */
export function poolOf(ctx: Ctx, poolId: string): Pool {
  const pool = ctx.pools.get(poolId);
  if (pool === undefined || pool.region !== ctx.region || !isMine(ctx, pool)) {
    throw resourceNotFound(`User pool ${poolId} does not exist.`);
  }
  return pool;
}

export function isMine({ account }: Ctx, pool: Pool): boolean {
  return account === undefined || account === pool.account;
}

/**
 * The app client that an app names. An unsigned call carries no region, so it is found wherever it is;
 * a signed call finds only those of its region.
 */
export function clientOf(ctx: Ctx, clientId: string): Client {
  const client = ctx.clients.get(clientId);
  if (client === undefined || (ctx.signed && client.pool.region !== ctx.region)) {
    throw resourceNotFound(`User pool client ${clientId} does not exist.`);
  }
  return client;
}

/** @throws AwsError ResourceNotFoundException where the client is not one of the pool's */
export function clientIn(pool: Pool, clientId: string): Client {
  const client = pool.clients.get(clientId);
  if (client === undefined) {
    throw resourceNotFound(`User pool client ${clientId} does not exist.`);
  }
  return client;
}

/** Epoch seconds with a fraction, the API's form of a timestamp. */
export function seconds(epochMs: number): number {
  return epochMs / 1000;
}

const ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** @param alphabet how many characters of a-z, 0-9, A-Z may occur: 36 leaves out the capitals */
export function randomText(length: number, alphabet = ALPHANUMERIC.length): string {
  return Array.from({ length }, () => ALPHANUMERIC[randomInt(alphabet)]).join("");
}

export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}
