import type { Social } from "@carryover/core/config/deploy-schema";
import type { Target } from "@carryover/core/config/schema";
import {
  SOCIAL_FLOWS,
  SOCIAL_PROVIDERS,
  SOCIAL_SCOPES,
  socialDomain,
} from "@carryover/core/config/social-sign-in";
import type { Place } from "./places.ts";
import type { Secrets } from "./secrets.ts";

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
    { domain: socialDomain(social, $app.stage, region), userPoolId: pool.id },
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
      allowedOauthFlows: [...SOCIAL_FLOWS],
      allowedOauthScopes: [...SOCIAL_SCOPES],
      callbackUrls: [...social.callbackUrls],
      logoutUrls: [...social.logoutUrls],
    },
  };
}

function clientsOf({ providers }: Social, secrets: Secrets) {
  return namesOf(SOCIAL_PROVIDERS).flatMap((name) => {
    const client = providers[name];
    const clientSecret = client && secrets.findValue(client.clientSecret.secret);
    return client && clientSecret
      ? [{ ...SOCIAL_PROVIDERS[name], clientId: client.clientId, clientSecret }]
      : [];
  });
}

/** Secrets that have to be set before people can sign in by a provider: what a deployment says at its end. */
export function missingSocialSecrets({ social }: Target, secrets: Secrets): string[] {
  return namesOf(SOCIAL_PROVIDERS).flatMap((name) => {
    const secret = social?.providers[name]?.clientSecret.secret;
    return secret === undefined || secrets.findValue(secret) ? [] : [secret];
  });
}

function namesOf<Name extends string>(of: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(of) as Name[];
}
