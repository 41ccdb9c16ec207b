import {
  CreateIdentityProviderCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolDomainCommand,
  type CreateUserPoolDomainCommandInput,
  DeleteIdentityProviderCommand,
  DeleteResourceServerCommand,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeIdentityProviderCommand,
  DescribeResourceServerCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  DescribeUserPoolDomainCommand,
  GetIdentityProviderByIdentifierCommand,
  ListIdentityProvidersCommand,
  ListResourceServersCommand,
  UpdateIdentityProviderCommand,
  type UpdateIdentityProviderCommandInput,
  UpdateResourceServerCommand,
  UpdateUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { only } from "../only-stage.ts";
import { pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const GOOGLE = { client_id: "g", client_secret: "s", authorize_scopes: "openid email profile" };

/** Makes a Google provider, with anything changed. */
function google(UserPoolId: string, more: object = {}) {
  return served.sdk().send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: "Google",
      ProviderType: "Google",
      ProviderDetails: GOOGLE,
      AttributeMapping: { email: "email" },
      IdpIdentifiers: ["example.com"],
      ...more,
    }),
  );
}

describe("identity providers", () => {
  // floci-io/floci, pull request 2858 (verified on AWS): not in the order of the API model.
  it("are of the types that AWS lists", async () => {
    const { UserPoolId } = await pool(served);
    expect(await refusal(google(UserPoolId, { ProviderType: "Other" }))).toBe(
      "InvalidParameterException: 1 validation error detected: Value 'Other' at 'providerType' failed to satisfy constraint: Member must satisfy enum value set: [Facebook, SAML, SignInWithApple, LoginWithAmazon, OIDC, Google]",
    );
  });

  it("are made, shown with what AWS adds, changed, listed, found and deleted", async () => {
    const { UserPoolId } = await pool(served);
    const sdk = served.sdk();
    const Google = { UserPoolId, ProviderName: "Google" };
    const { IdentityProvider: made } = await google(UserPoolId);
    // API model, CreateIdentityProvider: the describe response for Google.
    expect(made).toMatchObject({
      ...Google,
      ProviderType: "Google",
      ProviderDetails: {
        ...GOOGLE,
        oidc_issuer: "https://accounts.google.com",
        token_request_method: "POST",
      },
      AttributeMapping: { email: "email", username: "sub" },
      IdpIdentifiers: ["example.com"],
      CreationDate: expect.any(Date),
    });
    const AttributeMapping = { name: "name", username: "email" };
    await sdk.send(new UpdateIdentityProviderCommand({ ...Google, AttributeMapping }));
    const { IdentityProvider: shown } = await sdk.send(new DescribeIdentityProviderCommand(Google));
    expect(shown?.AttributeMapping).toEqual(AttributeMapping);
    expect(shown?.ProviderDetails?.["client_id"]).toBe("g");
    const { IdentityProvider: found } = await sdk.send(
      new GetIdentityProviderByIdentifierCommand({ UserPoolId, IdpIdentifier: "example.com" }),
    );
    expect(found?.ProviderName).toBe("Google");
    const { Providers } = await sdk.send(new ListIdentityProvidersCommand({ UserPoolId }));
    expect(Providers?.map(({ ProviderName }) => ProviderName)).toEqual(["Google"]);
    await sdk.send(new DeleteIdentityProviderCommand(Google));
    // Texts here and in the next tests: floci's tests, measured against the live service
    expect(await refusal(sdk.send(new DescribeIdentityProviderCommand(Google)))).toBe(
      `ResourceNotFoundException: Identity provider Google for tenantId ${UserPoolId} does not exist.`,
    );
    expect(await refusal(sdk.send(new UpdateIdentityProviderCommand(Google)))).toBe(
      `ResourceNotFoundException: Identity provider Google in User Pool ${UserPoolId} does not exist.`,
    );
  });

  it("keep what an update leaves out, and lose what it gives as nothing", async () => {
    const { UserPoolId } = await pool(served);
    const sdk = served.sdk();
    const Google = { UserPoolId, ProviderName: "Google" };
    const { IdentityProvider: made } = await google(UserPoolId, { IdpIdentifiers: undefined });
    expect(made).not.toHaveProperty("IdpIdentifiers");
    const shown = async () => {
      const { IdentityProvider } = await sdk.send(new DescribeIdentityProviderCommand(Google));
      const { AttributeMapping, IdpIdentifiers } = IdentityProvider ?? {};
      return { AttributeMapping, IdpIdentifiers };
    };
    const update = async (change: Partial<UpdateIdentityProviderCommandInput>) => {
      const command = new UpdateIdentityProviderCommand({ ...Google, ...change });
      return (await sdk.send(command)).IdentityProvider;
    };
    const AttributeMapping = { email: "email", username: "sub" };
    expect(await shown()).toEqual({ AttributeMapping, IdpIdentifiers: [] });
    const IdpIdentifiers = ["example.com"];
    expect(await update({ IdpIdentifiers })).toMatchObject({ AttributeMapping, IdpIdentifiers });
    expect(await update({ ProviderDetails: GOOGLE })).not.toHaveProperty("IdpIdentifiers");
    expect(await shown()).toEqual({ AttributeMapping, IdpIdentifiers });
    await update({ AttributeMapping: {}, IdpIdentifiers: [] });
    expect(await shown()).toEqual({ AttributeMapping: {}, IdpIdentifiers: [] });
  });

  const OIDC = {
    client_id: "c",
    authorize_scopes: "openid",
    oidc_issuer: "https://idp.example.com",
    attributes_request_method: "GET",
  };
  // cdk-preflight, pf-cognito-idp-*: texts of the live service.
  it.each([
    [{ ProviderName: "Mine" }, "Provider Mine cannot be of type Google."],
    [
      { ProviderDetails: { client_id: "g" } },
      "clientId, clientSecret and authorizeScopes are all required idp details.",
    ],
    [
      { ProviderName: "Corporate", ProviderType: "OIDC", ProviderDetails: { client_id: "c" } },
      "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
    ],
    [
      {
        ProviderName: "LinkedIn",
        ProviderType: "OIDC",
        ProviderDetails: { ...OIDC, oidc_issuer: "http://idp.example.com" },
      },
      "OIDC endpoint must start with https://",
    ],
    [
      {
        ProviderName: "SignInWithApple",
        ProviderType: "SignInWithApple",
        ProviderDetails: { client_id: "a" },
      },
      "clientId, privateKey, teamId, and keyId are all required idp details.",
    ],
    [
      { ProviderName: "Corp", ProviderType: "SAML", ProviderDetails: { IDPSignout: "true" } },
      "At least one of the MetadataURL or MetadataFile should be provided.",
    ],
  ])("refuses %o", async (more, message) => {
    const { UserPoolId } = await pool(served);
    expect(await refusal(google(UserPoolId, more))).toBe(`InvalidParameterException: ${message}`);
  });

  it("refuses a second one of a name, and knows the pools apart", async () => {
    const [one, two] = [await pool(served), await pool(served)];
    await google(one.UserPoolId);
    expect(await refusal(google(one.UserPoolId))).toBe(
      `DuplicateProviderException: Google already exists for tenant ${one.UserPoolId}.`,
    );
    expect((await google(two.UserPoolId)).IdentityProvider?.UserPoolId).toBe(two.UserPoolId);
  });
});

describe("domains", () => {
  it("are given to one pool, are shown with it, and must go before it goes", async () => {
    const { UserPoolId } = await pool(served);
    const other = await pool(served);
    const sdk = served.sdk();
    const Domain = "people-one";
    await sdk.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
    const taken = new CreateUserPoolDomainCommand({ UserPoolId: other.UserPoolId, Domain });
    expect(await refusal(sdk.send(taken))).toBe(
      "InvalidParameterException: Domain already associated with another user pool.",
    );
    const { DomainDescription } = await sdk.send(new DescribeUserPoolDomainCommand({ Domain }));
    expect(DomainDescription).toMatchObject({ UserPoolId, Domain, Status: "ACTIVE" });
    const { UserPool } = await sdk.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool?.Domain).toBe(Domain);
    expect(await refusal(sdk.send(new DeleteUserPoolCommand({ UserPoolId })))).toMatch(
      /^InvalidParameterException: User pool cannot be deleted/,
    );
    await sdk.send(new DeleteUserPoolDomainCommand({ UserPoolId, Domain }));
    // An unknown domain is described as nothing.
    const gone = await sdk.send(new DescribeUserPoolDomainCommand({ Domain }));
    expect(gone.DomainDescription).toEqual({});
    await sdk.send(new DeleteUserPoolCommand({ UserPoolId }));
  });

  it("may be a whole one with a certificate, which gets a distribution", async () => {
    if (!served.onStage) only("certificates that nobody has asked for")();
    const { UserPoolId } = await pool(served);
    const sdk = served.sdk();
    const certificate = (id: string) => `arn:aws:acm:us-east-1:000000000000:certificate/${id}`;
    const Domain = "auth.example.com";
    const made = await sdk.send(
      new CreateUserPoolDomainCommand({
        UserPoolId,
        Domain,
        CustomDomainConfig: { CertificateArn: certificate("one") },
      }),
    );
    expect(made.CloudFrontDomain).toMatch(/\.cloudfront\.net$/);
    const changed = await sdk.send(
      new UpdateUserPoolDomainCommand({
        UserPoolId,
        Domain,
        CustomDomainConfig: { CertificateArn: certificate("two") },
      }),
    );
    expect(changed.CloudFrontDomain).toBe(made.CloudFrontDomain);
    const CertificateArn = certificate("three").replace("us-east-1", "eu-central-1");
    const elsewhere = new UpdateUserPoolDomainCommand({
      UserPoolId,
      Domain,
      CustomDomainConfig: { CertificateArn },
    });
    // cdk-preflight, pf-cognito-custom-domain-cert-region: the text of the live service
    expect(await refusal(sdk.send(elsewhere))).toBe(
      "InvalidParameterException: The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
    );
    const { DomainDescription } = await sdk.send(new DescribeUserPoolDomainCommand({ Domain }));
    expect(DomainDescription?.CustomDomainConfig?.CertificateArn).toBe(certificate("two"));
  });

  // Texts: cdk-preflight, pf-cognito-custom-domain-fqdn and -managed-login-version-tier, of the live service
  it("is no whole one right under a top-level domain, nor has new pages without the tier", async () => {
    const { UserPoolId } = await pool(served, { UserPoolTier: "LITE" });
    const create = (more: Omit<CreateUserPoolDomainCommandInput, "UserPoolId">) =>
      refusal(served.sdk().send(new CreateUserPoolDomainCommand({ UserPoolId, ...more })));
    const CustomDomainConfig = {
      CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one",
    };
    expect(await create({ Domain: "example.com", CustomDomainConfig })).toBe(
      "InvalidParameterException: Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent domain or domain parent is a top-level domain.",
    );
    expect(await create({ Domain: "people-lite", ManagedLoginVersion: 2 })).toBe(
      "FeatureUnavailableInTierException: The following feature is not available for the LITE pricing tier configured: Managed Login Version 2",
    );
  });

  it.each([
    ["Upper", /contains an invalid character/],
    ["my-cognito-login", /Domain cannot contain reserved word: cognito/],
    ["a".repeat(64), /less than or equal to 63/],
  ])("cannot be called %s", async (Domain, message) => {
    const { UserPoolId } = await pool(served);
    const call = served.sdk().send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
    expect(await refusal(call)).toMatch(message);
  });
});

describe("resource servers", () => {
  it("are made, shown, replaced as a whole, listed by page and deleted", async () => {
    const { UserPoolId } = await pool(served);
    const sdk = served.sdk();
    const Scopes = [{ ScopeName: "read", ScopeDescription: "Read photos" }];
    for (const Identifier of ["photos", "https://api.example.com"]) {
      await sdk.send(
        new CreateResourceServerCommand({ UserPoolId, Identifier, Name: "Photos", Scopes }),
      );
    }
    const Identifier = "photos";
    const again = new CreateResourceServerCommand({ UserPoolId, Identifier, Name: "Again" });
    expect(await refusal(sdk.send(again))).toBe(
      `InvalidParameterException: photos already exists in user pool ${UserPoolId}.`,
    );
    const first = await sdk.send(new ListResourceServersCommand({ UserPoolId, MaxResults: 1 }));
    expect(first.ResourceServers).toEqual([{ UserPoolId, Identifier, Name: "Photos", Scopes }]);
    const second = await sdk.send(
      new ListResourceServersCommand({ UserPoolId, MaxResults: 1, NextToken: first.NextToken }),
    );
    expect(second.ResourceServers?.[0]?.Identifier).toBe("https://api.example.com");
    const { ResourceServer } = await sdk.send(
      new UpdateResourceServerCommand({ UserPoolId, Identifier, Name: "Pictures" }),
    );
    expect(ResourceServer).toEqual({ UserPoolId, Identifier, Name: "Pictures" });
    await sdk.send(new DeleteResourceServerCommand({ UserPoolId, Identifier }));
    const gone = new DescribeResourceServerCommand({ UserPoolId, Identifier });
    expect(await refusal(sdk.send(gone))).toMatch(/^ResourceNotFoundException/);
  });
});

describe("an app client's OAuth settings", () => {
  const OAUTH = {
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email"],
    CallbackURLs: ["http://localhost:3000/callback"],
    SupportedIdentityProviders: ["COGNITO"],
  } satisfies Partial<CreateUserPoolClientCommandInput>;

  async function client(more: Partial<CreateUserPoolClientCommandInput>) {
    const { UserPoolId } = await pool(served);
    const input = { UserPoolId, ClientName: "web", ...OAUTH, ...more };
    return served.sdk().send(new CreateUserPoolClientCommand(input));
  }

  it("are shown as they were given", async () => {
    const more = {
      CallbackURLs: ["http://localhost:3000/callback", "myapp://signed-in"],
      LogoutURLs: ["https://example.com/bye"],
      DefaultRedirectURI: "myapp://signed-in",
    };
    const { UserPoolClient: made } = await client(more);
    const { UserPoolClient: shown } = await served.sdk().send(
      new DescribeUserPoolClientCommand({
        UserPoolId: made?.UserPoolId,
        ClientId: made?.ClientId,
      }),
    );
    expect(shown).toMatchObject({ ...OAUTH, ...more });
  });

  // cdk-preflight, pf-cognito-*: texts of the live service. Classes: the API model.
  it.each<[string, Partial<CreateUserPoolClientCommandInput>]>([
    [
      "InvalidParameterException: AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
      { AllowedOAuthScopes: [] },
    ],
    [
      "InvalidOAuthFlowException: CallbackUrls can not be empty when code flow or implicit flow is selected",
      { CallbackURLs: [] },
    ],
    [
      "InvalidOAuthFlowException: client_credentials flow can not be selected along with code flow or implicit flow.",
      { AllowedOAuthFlows: ["code", "client_credentials"], GenerateSecret: true },
    ],
    [
      "InvalidOAuthFlowException: client_credentials flow can not be selected if client does not have a client secret.",
      { AllowedOAuthFlows: ["client_credentials"] },
    ],
    [
      "ScopeDoesNotExistException: Invalid scope requested: photos/read",
      { AllowedOAuthScopes: ["openid", "photos/read"] },
    ],
    [
      "InvalidParameterException: http://example.com/ cannot use the HTTP protocol.",
      { LogoutURLs: ["http://example.com/"] },
    ],
    [
      "InvalidParameterException: https://example.com/#in cannot use fragment",
      { CallbackURLs: ["https://example.com/#in"] },
    ],
    [
      "InvalidParameterException: The default redirect URI https://example.com/ is not in the callback URIs list.",
      { DefaultRedirectURI: "https://example.com/" },
    ],
  ])("%s", async (message, more) => {
    expect(await refusal(client(more))).toBe(message);
  });

  it("name only providers that the pool has", async () => {
    const call = client({ SupportedIdentityProviders: ["COGNITO", "Google"] });
    expect(await refusal(call)).toMatch(
      /^InvalidParameterException: The provider Google does not exist for User Pool us-east-1_\w+\.$/,
    );
  });
});
