import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { SignJWT } from "jose";
import { AwsError } from "../../service.ts";
import { notAuthorized } from "../errors.ts";
import { lifetimes, rotation } from "../pools/client-settings.ts";
import { identityClaims } from "../providers/identities.ts";
import {
  type Client,
  type Ctx,
  type Pool,
  type RefreshToken,
  randomToken,
  type TokenFamily,
  type User,
} from "../state.ts";
import { customiseClaims, type TokenSource } from "../triggers/pre-token.ts";
import { readableAttributes } from "../users/attributes.ts";
import { isPresent } from "../users/user-index.ts";
import { signingKeys } from "./signing-keys.ts";

const UUID_LENGTH = 36;
/** What a sign-in by the API is good for, and what the API itself asks for. */
export const SIGN_IN_SCOPE = "aws.cognito.signin.user.admin";

export function issuer(ctx: Pick<Ctx, "deps">, pool: Pool): string {
  return `${ctx.deps.endpoint()}/${pool.id}`;
}

interface Grant {
  readonly client: Client;
  readonly user: User;
  readonly source: TokenSource;
  readonly clientMetadata?: Record<string, string> | undefined;
  readonly deviceKey?: string | undefined;
  /** Of a sign-in by the pages. */
  readonly hosted?: {
    readonly scopes: readonly string[];
    readonly nonce: string | undefined;
    readonly authTimeMs: number;
  };
}

/** `AuthenticationResult` of the API. */
export interface Tokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly ExpiresIn: number;
  readonly RefreshToken?: string;
  readonly TokenType: "Bearer";
}

/** The tokens of a new sign-in. */
export async function issueTokens(ctx: Ctx, grant: Grant): Promise<Tokens> {
  const { client, user } = grant;
  const nowMs = ctx.deps.clock();
  const family: TokenFamily = {
    originJti: randomUUID(),
    user,
    clientId: client.id,
    authTimeMs: grant.hosted?.authTimeMs ?? nowMs,
    expiresAtMs: nowMs + lifetimes(client.settings).refreshSeconds * 1000,
    refreshTokens: [],
    generation: user.generation,
    revoked: false,
    ...(grant.deviceKey !== undefined && { deviceKey: grant.deviceKey }),
    ...(grant.hosted !== undefined && { scopes: grant.hosted.scopes }),
  };
  const tokens = await signPair(ctx, grant, family);
  client.pool.families.set(family.originJti, family);
  return { ...tokens, RefreshToken: newRefreshToken(family), TokenType: "Bearer" };
}

/** What every refresh token of Cognito's begins with, so that a search for leaked tokens finds these too. */
const REFRESH_HEADER = Buffer.from(
  JSON.stringify({ cty: "JWT", enc: "A256GCM", alg: "RSA-OAEP" }),
).toString("base64url");

/** Has the five parts of a JWE, but nothing is encrypted: the fourth names the sign-in and proves it. */
function newRefreshToken(family: TokenFamily): string {
  const secret = randomBytes(48);
  family.refreshTokens.push({ secretHash: hash(secret) });
  const proof = Buffer.concat([Buffer.from(family.originJti), secret]).toString("base64url");
  return [REFRESH_HEADER, randomToken(256), randomToken(12), proof, randomToken(16)].join(".");
}

/** A sign-in, and the refresh token of it that is presented. */
interface Held {
  readonly family: TokenFamily;
  readonly token: RefreshToken;
}

/** New tokens for a refresh token, which itself stays. */
export async function refreshTokens(ctx: Ctx, client: Client, held: Held): Promise<Tokens> {
  const { user } = held.family;
  const source = "TokenGeneration_RefreshTokens";
  const tokens = await signPair(ctx, { client, user, source }, held.family);
  return { ...tokens, TokenType: "Bearer" };
}

/**
 * New tokens as GetTokensFromRefreshToken gives them: a new refresh token among them where the client
 * rotates, with what is left of the lifetime of the first. @throws AwsError NotAuthorizedException
 */
export async function rotateTokens(
  ctx: Ctx,
  client: Client,
  { family, token }: Held,
  clientMetadata: Record<string, string> | undefined,
): Promise<Tokens> {
  const { user } = family;
  const nowMs = ctx.deps.clock();
  const rotates = rotation(client.settings);
  const before = token.graceUntilMs;
  // At once, so that of two requests with one token only those in its grace period pass.
  if (rotates !== undefined) token.graceUntilMs ??= nowMs + rotates.graceSeconds * 1000;
  try {
    const source = "TokenGeneration_Authentication";
    const tokens = await signPair(ctx, { client, user, source, clientMetadata }, family);
    if (rotates === undefined) return { ...tokens, TokenType: "Bearer" };
    // A token can be tried again only until the one after it is used, and that puts an end to what it gave before.
    for (const other of family.refreshTokens) if (other !== token) other.graceUntilMs = 0;
    return { ...tokens, RefreshToken: newRefreshToken(family), TokenType: "Bearer" };
  } catch (error) {
    // The client got no other token, so this one has to stay good.
    if (before === undefined) delete token.graceUntilMs;
    throw error;
  }
}

/**
 * The sign-in that a refresh token belongs to. @throws AwsError NotAuthorizedException; RefreshTokenReuseException
 * for one that was rotated out. Source: radkawar/stackd, testdata/aws/cognito, login_workflows and refresh_rotation_workflows.
 */
export function readRefreshToken(ctx: Ctx, client: Client, text: string): Held {
  const held = heldOf(client, text);
  if (held === undefined) throw notAuthorized("Invalid Refresh Token");
  const { family, token } = held;
  if (family.clientId !== client.id) throw notAuthorized("Refresh Token has different Client");
  if (!isPresent(client.pool, family.user)) {
    throw notAuthorized("The user has been deleted for the associated refresh token");
  }
  if (!family.user.enabled) throw notAuthorized("User is disabled.");
  if (isVoid(family)) throw notAuthorized("Refresh Token has been revoked");
  const nowMs = ctx.deps.clock();
  if (nowMs >= family.expiresAtMs) throw notAuthorized("Refresh Token has expired");
  if (nowMs >= (token.graceUntilMs ?? Infinity)) {
    throw rotation(client.settings) === undefined
      ? notAuthorized("Refresh Token has been revoked")
      : new AwsError("RefreshTokenReuseException", "Refresh token reuse detected");
  }
  return held;
}

/** The sign-in of one of the client's refresh tokens, whether or not that still is good for anything. */
export function familyOf(client: Client, text: string): TokenFamily | undefined {
  const family = heldOf(client, text)?.family;
  return family?.clientId === client.id ? family : undefined;
}

function heldOf(client: Client, text: string): Held | undefined {
  const proof = Buffer.from(text.split(".")[3] ?? "", "base64url");
  const family = client.pool.families.get(proof.subarray(0, UUID_LENGTH).toString());
  if (family === undefined) return undefined;
  const secretHash = hash(proof.subarray(UUID_LENGTH));
  const token = family.refreshTokens.find((one) => timingSafeEqual(one.secretHash, secretHash));
  return token === undefined ? undefined : { family, token };
}

function hash(secret: Buffer): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Ends every sign-in of the user: refresh tokens and, at Cognito's own API, access tokens. */
export function signOutEverywhere(ctx: Ctx, user: User): void {
  user.generation += 1;
  user.signedOutAtMs = ctx.deps.clock();
}

export function isVoid(family: TokenFamily): boolean {
  return family.revoked || family.generation !== family.user.generation;
}

type SignedPair = Pick<Tokens, "AccessToken" | "IdToken" | "ExpiresIn">;

async function signPair(ctx: Ctx, grant: Grant, family: TokenFamily): Promise<SignedPair> {
  const { client, user } = grant;
  const { pool } = client;
  const { accessSeconds, idSeconds } = lifetimes(client.settings);
  const iat = Math.floor(ctx.deps.clock() / 1000);
  const revocable = client.settings.EnableTokenRevocation !== false;
  const shared = {
    sub: user.sub,
    iss: issuer(ctx, pool),
    ...(revocable && { origin_jti: family.originJti }),
    event_id: randomUUID(),
    auth_time: Math.floor(family.authTimeMs / 1000),
    iat,
  };
  const groups = groupClaims(pool, user);
  const plain = {
    id: {
      ...Object.fromEntries(
        scopedAttributes(readableAttributes(client, user), family.scopes).map(([name, value]) => [
          name,
          claimValue(name, value),
        ]),
      ),
      ...groups,
      ...shared,
      ...(grant.hosted?.nonce !== undefined && { nonce: grant.hosted.nonce }),
      "cognito:username": user.username,
      aud: client.id,
      token_use: "id",
      exp: iat + idSeconds,
      ...(revocable && { jti: randomUUID() }),
    },
    access: {
      ...(groups["cognito:groups"] !== undefined && { "cognito:groups": groups["cognito:groups"] }),
      ...shared,
      ...(family.deviceKey !== undefined && { device_key: family.deviceKey }),
      client_id: client.id,
      username: user.username,
      token_use: "access",
      scope: family.scopes?.join(" ") ?? SIGN_IN_SCOPE,
      ...(family.scopes !== undefined && { version: 2 }),
      exp: iat + accessSeconds,
      ...(revocable && { jti: randomUUID() }),
    },
  };
  const { source, clientMetadata } = grant;
  const claims = await customiseClaims(ctx, { client, user, source, clientMetadata }, plain);
  const keys = await signingKeys(pool);
  const AccessToken = await sign(claims.access, keys.access);
  const at_hash = family.scopes === undefined ? {} : { at_hash: accessTokenHash(AccessToken) };
  const IdToken = await sign({ ...at_hash, ...claims.id }, keys.id);
  return { AccessToken, IdToken, ExpiresIn: accessSeconds };
}

/** OpenID Connect Core, section 3.1.3.6: half of the hash. */
function accessTokenHash(token: string): string {
  return createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");
}

export async function signAccessToken(
  pool: Pool,
  claims: Record<string, unknown>,
): Promise<string> {
  const { access } = await signingKeys(pool);
  return sign(claims, access);
}

/**
 * What the scopes of a sign-in show of the attributes: an address each by its own scope, all by `profile`, and
 * all too where none of the three was asked for. Undefined: a sign-in by the API. Source: DG23/authorization-endpoint,
 * cognito-user-pools-app-idp-settings.
 */
export function scopedAttributes(
  attributes: readonly [string, string][],
  scopes: readonly string[] | undefined,
): readonly [string, string][] {
  if (scopes === undefined || scopes.includes("profile")) return attributes;
  const names = ["sub", "identities"];
  if (scopes.includes("email")) names.push("email", "email_verified");
  if (scopes.includes("phone")) names.push("phone_number", "phone_number_verified");
  if (!scopes.includes("email") && !scopes.includes("phone")) return attributes;
  return attributes.filter(([name]) => names.includes(name));
}

function sign(
  claims: Record<string, unknown>,
  key: { kid: string; privateKey: Parameters<SignJWT["sign"]>[0] },
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: key.kid })
    .sign(key.privateKey);
}

function claimValue(name: string, value: string): unknown {
  if (name === "email_verified" || name === "phone_number_verified") return value === "true";
  if (name === "identities") return identityClaims(value);
  return name === "address" ? { formatted: value } : value;
}

/** Groups by precedence, and the roles that they bring: facts/cognito.md 4.7. */
function groupClaims(pool: Pool, user: User): Record<string, unknown> {
  const groups = [...user.groups]
    .flatMap((name) => pool.groups.get(name) ?? [])
    .sort((a, b) => (a.precedence ?? Infinity) - (b.precedence ?? Infinity) || 0);
  if (groups.length === 0) return {};
  const roles = groups.flatMap(({ roleArn }) => roleArn ?? []);
  const first = groups[0];
  const rivals = groups.filter(({ precedence }) => precedence === first?.precedence);
  const preferred = new Set(rivals.flatMap(({ roleArn }) => roleArn ?? []));
  return {
    "cognito:groups": groups.map(({ name }) => name),
    ...(roles.length > 0 && { "cognito:roles": roles }),
    ...(preferred.size === 1 && { "cognito:preferred_role": [...preferred][0] }),
  };
}
