import type { Client, Ctx, User } from "../state.ts";
import { eventAttributes, isObject, runTrigger, triggerArn, unrecognizable } from "./triggers.ts";

export type TokenSource =
  | "TokenGeneration_Authentication"
  | "TokenGeneration_AuthenticateDevice"
  | "TokenGeneration_RefreshTokens"
  | "TokenGeneration_HostedAuth"
  | "TokenGeneration_NewPasswordChallenge";

interface Claims {
  readonly id: Record<string, unknown>;
  readonly access: Record<string, unknown>;
}

interface Subject {
  readonly client: Client;
  readonly user: User;
  readonly source: TokenSource;
  readonly clientMetadata?: Record<string, string> | undefined;
}

const LOCKED_IN_BOTH = [
  "acr",
  "amr",
  "at_hash",
  "auth_time",
  "azp",
  "exp",
  "iat",
  "iss",
  "jti",
  "nbf",
  "nonce",
  "origin_jti",
  "sub",
  "token_use",
];
// DG23/user-pool-lambda-pre-token-generation. Groups are changed by groupOverrideDetails only.
const LOCKED_ID = new Set([...LOCKED_IN_BOTH, "aud", "cognito:username", "identities"]);
// The guide has no certain list for access tokens: these are what the token's own format needs.
const LOCKED_ACCESS = new Set([
  ...LOCKED_IN_BOTH,
  "client_id",
  "username",
  "version",
  "scope",
  "event_id",
  "device_key",
]);

/** Lets the pre-token trigger change the claims. Locked claims that it names are left as they are. */
export async function customiseClaims(ctx: Ctx, subject: Subject, plain: Claims): Promise<Claims> {
  const { client, user, source } = subject;
  const { pool } = client;
  if (triggerArn(pool, "PreTokenGeneration") === undefined) return plain;
  const version = pool.settings.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? "V1_0";
  const rich = version !== "V1_0";
  const response = await runTrigger(ctx, pool, {
    name: "PreTokenGeneration",
    source,
    userName: user.username,
    clientId: client.id,
    version: { V1_0: "1", V2_0: "2", V3_0: "3" }[version],
    request: {
      userAttributes: eventAttributes(user),
      groupConfiguration: {
        groupsToOverride: plain.id["cognito:groups"] ?? [],
        iamRolesToOverride: plain.id["cognito:roles"] ?? [],
        preferredRole: plain.id["cognito:preferred_role"] ?? null,
      },
      ...(rich && { scopes: String(plain.access.scope).split(" ") }),
      clientMetadata: subject.clientMetadata ?? {},
    },
    response: rich ? { claimsAndScopeOverrideDetails: null } : { claimsOverrideDetails: null },
  });
  const details = record(
    rich ? response?.claimsAndScopeOverrideDetails : response?.claimsOverrideDetails,
  );
  const grouped = overrideGroups(plain, details);
  if (!rich) return { ...grouped, id: overrideClaims(grouped.id, details, LOCKED_ID, true) };
  const access = record(details.accessTokenGeneration);
  return {
    id: overrideClaims(grouped.id, record(details.idTokenGeneration), LOCKED_ID, false),
    access: overrideScopes(overrideClaims(grouped.access, access, LOCKED_ACCESS, false), access),
  };
}

/** Lets the trigger's third form change the token of an app that acts for nobody: facts/cognito.md 2.4. */
export async function customiseClientClaims(
  ctx: Ctx,
  client: Client,
  claims: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { pool } = client;
  if (pool.settings.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion !== "V3_0") return claims;
  const response = await runTrigger(ctx, pool, {
    name: "PreTokenGeneration",
    source: "TokenGeneration_ClientCredentials",
    userName: client.id,
    clientId: client.id,
    version: "3",
    request: {
      userAttributes: {},
      groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
      scopes: String(claims.scope).split(" "),
      clientMetadata: {},
    },
    response: { claimsAndScopeOverrideDetails: null },
  });
  const details = record(response?.claimsAndScopeOverrideDetails);
  const access = record(details.accessTokenGeneration);
  return overrideScopes(overrideClaims(claims, access, LOCKED_ACCESS, false), access);
}

/** An object where one is expected; null and absent mean none. */
function record(value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw unrecognizable();
  return value;
}

function names(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unrecognizable();
  return value.map((name: unknown) => {
    if (typeof name !== "string") throw unrecognizable();
    return name;
  });
}

function overrideClaims(
  claims: Record<string, unknown>,
  details: Record<string, unknown>,
  locked: ReadonlySet<string>,
  stringsOnly: boolean,
): Record<string, unknown> {
  const result = { ...claims };
  for (const [name, value] of Object.entries(record(details.claimsToAddOrOverride))) {
    if (stringsOnly && typeof value !== "string") throw unrecognizable();
    if (!locked.has(name) && !GROUP_CLAIMS.includes(name)) result[name] = value;
  }
  // Last, because a claim that is both added and suppressed is suppressed.
  for (const name of names(details.claimsToSuppress)) {
    if (!locked.has(name)) delete result[name];
  }
  return result;
}

const GROUP_CLAIMS = ["cognito:groups", "cognito:roles", "cognito:preferred_role"];

/** Groups are kept where the answer does not speak of them, and removed where it leaves them empty or null. */
function overrideGroups(plain: Claims, details: Record<string, unknown>): Claims {
  if (!("groupOverrideDetails" in details)) return plain;
  const override = record(details.groupOverrideDetails);
  const groups = names(override.groupsToOverride);
  const roles = names(override.iamRolesToOverride);
  const preferred = override.preferredRole;
  const id = { ...plain.id };
  const access = { ...plain.access };
  for (const claim of GROUP_CLAIMS) {
    delete id[claim];
    delete access[claim];
  }
  if (groups.length > 0) {
    id["cognito:groups"] = groups;
    access["cognito:groups"] = groups;
  }
  if (roles.length > 0) id["cognito:roles"] = roles;
  if (typeof preferred === "string") id["cognito:preferred_role"] = preferred;
  return { id, access };
}

function overrideScopes(
  claims: Record<string, unknown>,
  details: Record<string, unknown>,
): Record<string, unknown> {
  const suppressed = new Set(names(details.scopesToSuppress));
  const scopes = new Set([...String(claims.scope).split(" "), ...names(details.scopesToAdd)]);
  const kept = [...scopes].filter((scope) => !suppressed.has(scope));
  return { ...claims, scope: kept.join(" ") };
}
