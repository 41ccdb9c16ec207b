import {
  CreateIdentityProviderCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Social } from "@carryover/core/config/deploy-schema";
import type { Target } from "@carryover/core/config/schema";
import {
  SOCIAL_FLOWS,
  SOCIAL_PROVIDERS,
  SOCIAL_SCOPES,
  socialDomain,
} from "@carryover/core/config/social-sign-in";
import type { Clients } from "../clients.ts";
import { STAGE } from "./names.ts";

/** Nobody asks for it: the stage plays the providers itself. */
const CLIENT_SECRET = "local";

/**
 * The providers that the configuration names, and the domain that they send people back to: none without providers.
 * What the app client has to allow for it.
 */
export async function wireSocialSignIn(
  cognito: Clients["cognito"],
  userPoolId: string,
  { social }: Target,
  region: string,
): Promise<Partial<CreateUserPoolClientCommandInput>> {
  const clients = social ? clientsOf(social) : [];
  const SupportedIdentityProviders = ["COGNITO", ...clients.map(({ type }) => type)];
  if (!social || clients.length === 0) return { SupportedIdentityProviders };
  await cognito.send(
    new CreateUserPoolDomainCommand({
      UserPoolId: userPoolId,
      Domain: socialDomain(social, STAGE, region),
    }),
  );
  for (const { type, scopes, attributes, clientId } of clients) {
    await cognito.send(
      new CreateIdentityProviderCommand({
        UserPoolId: userPoolId,
        ProviderName: type,
        ProviderType: type,
        ProviderDetails: {
          client_id: clientId,
          client_secret: CLIENT_SECRET,
          authorize_scopes: scopes,
        },
        AttributeMapping: attributes,
      }),
    );
  }
  return {
    SupportedIdentityProviders,
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: [...SOCIAL_FLOWS],
    AllowedOAuthScopes: [...SOCIAL_SCOPES],
    CallbackURLs: [...social.callbackUrls],
    LogoutURLs: [...social.logoutUrls],
  };
}

function clientsOf({ providers }: Social) {
  const names = Object.keys(SOCIAL_PROVIDERS) as (keyof typeof SOCIAL_PROVIDERS)[];
  return names.flatMap((name) => {
    const client = providers[name];
    return client ? [{ ...SOCIAL_PROVIDERS[name], clientId: client.clientId }] : [];
  });
}
