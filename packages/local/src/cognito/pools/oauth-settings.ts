import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter } from "../errors.ts";
import type { Pool } from "../state.ts";
import { customScopes } from "./resource-servers.ts";

const Urls = z.optional(z.array(z.string()));

/** What an app client may do at the sign-in pages. */
export const OAUTH_SETTINGS = {
  AllowedOAuthFlowsUserPoolClient: z.optional(z.boolean()),
  AllowedOAuthFlows: z.optional(z.array(z.enum(["code", "implicit", "client_credentials"]))),
  AllowedOAuthScopes: z.optional(z.array(z.string())),
  CallbackURLs: Urls,
  LogoutURLs: Urls,
  DefaultRedirectURI: z.optional(z.string()),
  SupportedIdentityProviders: z.optional(z.array(z.string())),
};
const OAuthSettings = z.object(OAUTH_SETTINGS);
type OAuthSettings = z.infer<typeof OAuthSettings>;

export const STANDARD_SCOPES = [
  "openid",
  "email",
  "phone",
  "profile",
  "aws.cognito.signin.user.admin",
];

// Texts: the live answers that the rule set of the public CDK pre-flight check (pf-cognito-*) quotes.

/** @throws AwsError InvalidParameterException, InvalidOAuthFlowException, ScopeDoesNotExistException */
export function checkOAuth(pool: Pool, settings: OAuthSettings, hasSecret: boolean): void {
  const flows = settings.AllowedOAuthFlows ?? [];
  const scopes = settings.AllowedOAuthScopes ?? [];
  if (settings.AllowedOAuthFlowsUserPoolClient === true && !(flows.length && scopes.length)) {
    throw invalidParameter(
      "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    );
  }
  checkFlows(settings, hasSecret);
  const known = [...STANDARD_SCOPES, ...customScopes(pool)];
  const unknown = scopes.find((scope) => !known.includes(scope));
  if (unknown !== undefined) {
    throw new AwsError("ScopeDoesNotExistException", `Invalid scope requested: ${unknown}`);
  }
  checkUrls(settings);
  for (const name of settings.SupportedIdentityProviders ?? []) {
    if (name !== "COGNITO" && !pool.providers.has(name)) {
      throw invalidParameter(`The provider ${name} does not exist for User Pool ${pool.id}.`);
    }
  }
}

function checkFlows({ AllowedOAuthFlows, CallbackURLs }: OAuthSettings, hasSecret: boolean): void {
  const flows = AllowedOAuthFlows ?? [];
  const interactive = flows.some((flow) => flow !== "client_credentials");
  if (flows.includes("client_credentials")) {
    if (interactive) {
      throw badFlow(
        "client_credentials flow can not be selected along with code flow or implicit flow.",
      );
    }
    if (!hasSecret) {
      throw badFlow(
        "client_credentials flow can not be selected if client does not have a client secret.",
      );
    }
  }
  if (interactive && !CallbackURLs?.length) {
    throw badFlow("CallbackUrls can not be empty when code flow or implicit flow is selected");
  }
}

function badFlow(message: string): AwsError {
  return new AwsError("InvalidOAuthFlowException", message);
}

const LOCAL = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?]|$)/;

function checkUrls({ CallbackURLs, LogoutURLs, DefaultRedirectURI }: OAuthSettings): void {
  for (const url of [...(CallbackURLs ?? []), ...(LogoutURLs ?? [])]) {
    if (url.includes("#")) throw invalidParameter(`${url} cannot use fragment`);
    if (!URL.canParse(url)) throw invalidParameter(`${url} is not a valid URL.`);
    if (url.startsWith("http://") && !LOCAL.test(url)) {
      throw invalidParameter(`${url} cannot use the HTTP protocol.`);
    }
  }
  if (DefaultRedirectURI !== undefined && !CallbackURLs?.includes(DefaultRedirectURI)) {
    throw invalidParameter(
      `The default redirect URI ${DefaultRedirectURI} is not in the callback URIs list.`,
    );
  }
}
