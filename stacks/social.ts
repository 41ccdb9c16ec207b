import type { Social } from "@carryover/core/config/deploy-schema";
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

interface SocialSignIn {
  readonly providers: readonly aws.cognito.IdentityProvider[];
  /** What the app client has to allow; absent where nobody can sign in by a provider. */
  readonly oauth?: Pick<
    aws.cognito.UserPoolClientArgs,
    | "allowedOauthFlowsUserPoolClient"
    | "allowedOauthFlows"
    | "allowedOauthScopes"
    | "callbackUrls"
    | "logoutUrls"
  >;
}

/**
 * The providers that the configuration names and whose secrets are set, and the domain that they send
 * people back to. Without any of them there is no domain either.
 */
export function createSocialSignIn(
  { social }: Target,
  pool: aws.cognito.UserPool,
  secrets: Secrets,
  { region, suffix, provider }: Place,
): SocialSignIn {
  const clients = social ? clientsOf(social, secrets) : [];
  if (!social || clients.length === 0) return { providers: [] };
  new aws.cognito.UserPoolDomain(
    `Domain${suffix}`,
    // One name is taken once for all regions, and for all stages.
    { domain: domainOf(social.domainPrefix, region), userPoolId: pool.id },
    { provider },
  );
  const providers = clients.map(
    ({ type, scopes, attributes, clientId, clientSecret }) =>
      new aws.cognito.IdentityProvider(
        `${type}${suffix}`,
        {
          userPoolId: pool.id,
          providerName: type,
          providerType: type,
          providerDetails: {
            client_id: clientId,
            client_secret: clientSecret,
            authorize_scopes: scopes,
          },
          attributeMapping: attributes,
        },
        // Cognito fills in the providers' addresses by itself.
        {
          provider,
          ignoreChanges: ["providerDetails.attributes_url", "providerDetails.oidc_issuer"],
        },
      ),
  );
  return {
    providers,
    oauth: {
      allowedOauthFlowsUserPoolClient: true,
      allowedOauthFlows: ["code"],
      allowedOauthScopes: ["openid", "email", "profile"],
      callbackUrls: [...social.callbackUrls],
      logoutUrls: [...social.logoutUrls],
    },
  };
}

function clientsOf({ providers }: Social, secrets: Secrets) {
  return namesOf(PROVIDERS).flatMap((name) => {
    const client = providers[name];
    const clientSecret = client && secrets.findValue(client.clientSecret.secret);
    return client && clientSecret
      ? [{ ...PROVIDERS[name], clientId: client.clientId, clientSecret }]
      : [];
  });
}

/** Secrets that have to be set before people can sign in by a provider: what a deployment says at its end. */
export function missingSocialSecrets({ social }: Target, secrets: Secrets): string[] {
  return namesOf(PROVIDERS).flatMap((name) => {
    const secret = social?.providers[name]?.clientSecret.secret;
    return secret === undefined || secrets.findValue(secret) ? [] : [secret];
  });
}

function namesOf<Name extends string>(of: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(of) as Name[];
}

function domainOf(prefix: string, region: string): string {
  return $app.stage === "production" ? `${prefix}-${region}` : `${prefix}-${$app.stage}-${region}`;
}
