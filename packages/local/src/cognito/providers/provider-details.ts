import { isLoopback } from "../../http.ts";
import { invalidParameter } from "../errors.ts";
import type { ProviderType } from "./identity-providers.ts";

// Texts: the live answers that the rule set of the public CDK pre-flight check (pf-cognito-idp-*) quotes.
const REQUIRED: Record<ProviderType, { keys: readonly string[]; refusal: string }> = {
  Google: social(),
  Facebook: social(),
  LoginWithAmazon: social(),
  SignInWithApple: {
    keys: ["client_id", "private_key", "team_id", "key_id"],
    refusal: "clientId, privateKey, teamId, and keyId are all required idp details.",
  },
  OIDC: {
    keys: ["client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"],
    refusal:
      "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
  },
  SAML: { keys: [], refusal: "" },
};

function social() {
  return {
    keys: ["client_id", "client_secret", "authorize_scopes"],
    refusal: "clientId, clientSecret and authorizeScopes are all required idp details.",
  };
}

/** What AWS fills in for each kind; `{version}` is Facebook's `api_version`. Source: the API model, ProviderDetails. */
const DEFAULTS: Record<ProviderType, Record<string, string>> = {
  Google: {
    attributes_url: "https://people.googleapis.com/v1/people/me?personFields=",
    attributes_url_add_attributes: "true",
    authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
    oidc_issuer: "https://accounts.google.com",
    token_request_method: "POST",
    token_url: "https://www.googleapis.com/oauth2/v4/token",
  },
  Facebook: {
    attributes_url: "https://graph.facebook.com/{version}/me?fields=",
    attributes_url_add_attributes: "true",
    authorize_url: "https://www.facebook.com/{version}/dialog/oauth",
    token_request_method: "GET",
    token_url: "https://graph.facebook.com/{version}/oauth/access_token",
  },
  LoginWithAmazon: {
    attributes_url: "https://api.amazon.com/user/profile",
    attributes_url_add_attributes: "false",
    authorize_url: "https://www.amazon.com/ap/oa",
    token_request_method: "POST",
    token_url: "https://api.amazon.com/auth/o2/token",
  },
  SignInWithApple: {
    attributes_url_add_attributes: "false",
    authorize_url: "https://appleid.apple.com/auth/authorize",
    oidc_issuer: "https://appleid.apple.com",
    token_request_method: "POST",
    token_url: "https://appleid.apple.com/auth/token",
  },
  OIDC: { attributes_url_add_attributes: "false" },
  SAML: {},
};

/** The kinds of which a pool can have one, under the kind's own name. */
export function isSocial(type: string): boolean {
  return type !== "OIDC" && type !== "SAML";
}

/** The claim by which a provider of this kind says who the user is. Source: the API model, AdminLinkProviderForUser. */
export function subjectClaim(type: ProviderType): string {
  if (type === "Facebook") return "id";
  return type === "LoginWithAmazon" ? "user_id" : "sub";
}

/** @throws AwsError InvalidParameterException */
export function checkDetails(type: ProviderType, details: Record<string, string>): void {
  const { keys, refusal } = REQUIRED[type];
  if (keys.some((key) => !details[key])) throw invalidParameter(refusal);
  if (type === "SAML") checkSaml(details);
  if (type === "OIDC") checkOidc(details);
}

function checkSaml({ MetadataURL, MetadataFile }: Record<string, string>): void {
  if (!MetadataURL && !MetadataFile) {
    throw invalidParameter("At least one of the MetadataURL or MetadataFile should be provided.");
  }
  if (MetadataURL && MetadataFile) {
    throw invalidParameter("Only one of the MetadataURL or MetadataFile should be provided.");
  }
}

const OIDC_URLS = ["oidc_issuer", "authorize_url", "token_url", "attributes_url", "jwks_uri"];

function checkOidc(details: Record<string, string>): void {
  if (!["GET", "POST"].includes(details.attributes_request_method ?? "")) {
    throw invalidParameter(
      "1 validation error detected: Value at 'attributesRequestMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET]",
    );
  }
  for (const key of OIDC_URLS) {
    const url = details[key];
    if (url === undefined || url.startsWith("https://") || isOnThisComputer(url)) continue;
    throw invalidParameter("OIDC endpoint must start with https://");
  }
}

/** AWS takes no plain HTTP at all; here a provider of one's own can be brought along. */
export function isOnThisComputer(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).host);
}

/** The details with what AWS adds when it shows them; a private key is never shown. */
export function describedDetails(
  type: ProviderType,
  given: Record<string, string>,
): Record<string, string> {
  const { private_key: _, ...shown } = given;
  const version = given.api_version ?? "v17.0";
  const defaults = Object.entries(DEFAULTS[type]).map(([key, value]) => [
    key,
    value.replace("{version}", version),
  ]);
  return { ...Object.fromEntries(defaults), ...shown };
}
