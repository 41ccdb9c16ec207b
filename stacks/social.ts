import type { Target } from "@carryover/core/config/schema";
import type { Place } from "./places.ts";
import type { Secrets } from "./secrets.ts";

/** What Cognito calls the providers, what it asks them for, and where they keep it. */
const PROVIDERS = {
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

/** The providers that the configuration names, and the domain that they send people back to. */
export function createProviders(
  { social }: Target,
  pool: aws.cognito.UserPool,
  secrets: Secrets,
  { region, suffix, provider }: Place,
): readonly aws.cognito.IdentityProvider[] {
  if (!social) return [];
  new aws.cognito.UserPoolDomain(
    `Domain${suffix}`,
    // One name is taken once for all regions, and for all stages.
    { domain: domainOf(social.domainPrefix, region), userPoolId: pool.id },
    { provider },
  );
  return Object.entries(PROVIDERS).flatMap(([name, { type, scopes, attributes }]) => {
    const client = social.providers[name as keyof typeof PROVIDERS];
    if (!client) return [];
    return new aws.cognito.IdentityProvider(
      `${type}${suffix}`,
      {
        userPoolId: pool.id,
        providerName: type,
        providerType: type,
        providerDetails: {
          client_id: client.clientId,
          client_secret: secrets.valueOf(client.clientSecret.secret),
          authorize_scopes: scopes,
        },
        attributeMapping: attributes,
      },
      // Cognito fills in the providers' addresses by itself.
      {
        provider,
        ignoreChanges: ["providerDetails.attributes_url", "providerDetails.oidc_issuer"],
      },
    );
  });
}

function domainOf(prefix: string, region: string): string {
  return $app.stage === "production" ? `${prefix}-${region}` : `${prefix}-${$app.stage}-${region}`;
}
