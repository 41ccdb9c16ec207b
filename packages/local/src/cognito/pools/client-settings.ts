import * as z from "zod/mini";
import { invalidParameter } from "../errors.ts";
import { OAUTH_SETTINGS } from "./oauth-settings.ts";

const Unit = z.optional(z.enum(["seconds", "minutes", "hours", "days"]));
const Names = z.optional(z.array(z.string()));

export const AuthFlowName = z.enum([
  "ADMIN_NO_SRP_AUTH",
  "CUSTOM_AUTH_FLOW_ONLY",
  "USER_PASSWORD_AUTH",
  "ALLOW_ADMIN_USER_PASSWORD_AUTH",
  "ALLOW_CUSTOM_AUTH",
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_REFRESH_TOKEN_AUTH",
  "ALLOW_USER_AUTH",
]);
export type AuthFlowName = z.infer<typeof AuthFlowName>;

/** What UpdateUserPoolClient replaces as a whole. */
export const ClientSettings = z.looseObject({
  ClientName: z.optional(z.string()),
  ExplicitAuthFlows: z.optional(z.array(AuthFlowName)),
  ReadAttributes: Names,
  WriteAttributes: Names,
  PreventUserExistenceErrors: z.optional(z.enum(["LEGACY", "ENABLED"])),
  RefreshTokenValidity: z.optional(z.int()),
  AccessTokenValidity: z.optional(z.int()),
  IdTokenValidity: z.optional(z.int()),
  TokenValidityUnits: z.optional(
    z.object({ AccessToken: Unit, IdToken: Unit, RefreshToken: Unit }),
  ),
  AuthSessionValidity: z.optional(z.int()),
  EnableTokenRevocation: z.optional(z.boolean()),
  EnablePropagateAdditionalUserContextData: z.optional(z.boolean()),
  RefreshTokenRotation: z.optional(
    z.object({
      Feature: z.enum(["ENABLED", "DISABLED"]),
      RetryGracePeriodSeconds: z.optional(z.int()),
    }),
  ),
  ...OAUTH_SETTINGS,
});
export type ClientSettings = z.infer<typeof ClientSettings>;

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

/** How long the tokens of a client live, in seconds. Cognito's defaults: an hour, an hour and 30 days. */
export function lifetimes(settings: ClientSettings) {
  const units = settings.TokenValidityUnits;
  const access = settings.AccessTokenValidity;
  const id = settings.IdTokenValidity;
  // 0 means the default here, as the API model says.
  const refresh = settings.RefreshTokenValidity || undefined;
  return {
    accessSeconds: access === undefined ? 3600 : access * SECONDS[units?.AccessToken ?? "hours"],
    idSeconds: id === undefined ? 3600 : id * SECONDS[units?.IdToken ?? "hours"],
    refreshSeconds:
      (refresh ?? 30) * SECONDS[refresh === undefined ? "days" : (units?.RefreshToken ?? "days")],
  };
}

const SHORTEST_SECONDS = 300;
const LONGEST_SECONDS = SECONDS.days;
const SHORTEST_REFRESH_SECONDS = SECONDS.hours;
const LONGEST_REFRESH_SECONDS = 3650 * SECONDS.days;

/**
 * Bounds: the API model, CreateUserPoolClientRequest. Texts: cdk-preflight, pf-cognito-*.
 * @throws AwsError InvalidParameterException
 */
export function checkLifetimes(settings: ClientSettings): void {
  const { accessSeconds, idSeconds, refreshSeconds } = lifetimes(settings);
  const isOut = [accessSeconds, idSeconds].some((s) => s < SHORTEST_SECONDS || s > LONGEST_SECONDS);
  if (
    isOut ||
    refreshSeconds < SHORTEST_REFRESH_SECONDS ||
    refreshSeconds > LONGEST_REFRESH_SECONDS
  ) {
    throw invalidParameter("Invalid range for token validity.");
  }
  if (Math.max(accessSeconds, idSeconds) > refreshSeconds) {
    throw invalidParameter(
      "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
    );
  }
}

/** How long a challenge waits for its answer, in milliseconds: AuthSessionValidity, 3 minutes unless set. */
export function sessionLifetimeMs(settings: ClientSettings): number {
  return (settings.AuthSessionValidity ?? 3) * 60_000;
}

/** Whether unknown users are hidden. The API's default is LEGACY; the console's is ENABLED. */
export function hidesUsers(settings: ClientSettings): boolean {
  return settings.PreventUserExistenceErrors === "ENABLED";
}

/** How refresh tokens are rotated; undefined where they are not. */
export function rotation(settings: ClientSettings): { graceSeconds: number } | undefined {
  const given = settings.RefreshTokenRotation;
  if (given?.Feature !== "ENABLED") return undefined;
  return { graceSeconds: given.RetryGracePeriodSeconds ?? 0 };
}
