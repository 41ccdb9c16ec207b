import type { Social } from "./deploy-schema.ts";

/** What Cognito calls the providers, what it asks them for, and where it keeps what they say. */
export const SOCIAL_PROVIDERS = {
  google: {
    type: "Google",
    scopes: "openid email profile",
    attributes: {
      username: "sub",
      email: "email",
      email_verified: "email_verified",
      given_name: "given_name",
      family_name: "family_name",
    },
  },
  facebook: {
    type: "Facebook",
    scopes: "public_profile,email",
    attributes: {
      username: "id",
      email: "email",
      given_name: "first_name",
      family_name: "last_name",
    },
  },
  amazon: {
    type: "LoginWithAmazon",
    scopes: "profile",
    attributes: { username: "user_id", email: "email", name: "name" },
  },
} as const;

/** What the app client may ask the sign-in pages for. */
export const SOCIAL_FLOWS = ["code"] as const;
export const SOCIAL_SCOPES = ["openid", "email", "profile"] as const;

/** The name of the sign-in pages: one is taken once for all regions, and for all stages. */
export function socialDomain({ domainPrefix }: Social, stage: string, region: string): string {
  return stage === "production"
    ? `${domainPrefix}-${region}`
    : `${domainPrefix}-${stage}-${region}`;
}
