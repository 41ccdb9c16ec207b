import {
  AdminConfirmSignUpCommand,
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  CompleteWebAuthnRegistrationCommand,
  CreateUserPoolDomainCommand,
  DeleteWebAuthnCredentialCommand,
  GetUserAuthFactorsCommand,
  GetUserPoolMfaConfigCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  ListWebAuthnCredentialsCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  StartWebAuthnRegistrationCommand,
  VerifySoftwareTokenCommand,
  type WebAuthnConfigurationType,
} from "@aws-sdk/client-cognito-identity-provider";
import { generateSync } from "otplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authenticator, type RequestOptions } from "./authenticator.ts";
import { app, MINUTE, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const PARTY = "example.com";
const ORIGIN = "https://app.example.com";
const FLOWS = {
  ExplicitAuthFlows: [
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
  ] satisfies ("ALLOW_USER_AUTH" | "ALLOW_USER_PASSWORD_AUTH" | "ALLOW_REFRESH_TOKEN_AUTH")[],
};

/** A pool with passkeys for `example.com`, unless it is said otherwise. */
async function passkeyPool(
  webAuthn: WebAuthnConfigurationType | "none" = {},
  factors: ("PASSWORD" | "WEB_AUTHN")[] = ["PASSWORD", "WEB_AUTHN"],
) {
  const ids = await pool(
    served,
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: factors } } },
    FLOWS,
  );
  if (webAuthn !== "none") {
    await served.sdk().send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: ids.UserPoolId,
        WebAuthnConfiguration: { RelyingPartyId: PARTY, ...webAuthn },
      }),
    );
  }
  return ids;
}
type Ids = Awaited<ReturnType<typeof passkeyPool>>;

/** Somebody new. */
async function member(ids: Ids, Username = "ann"): Promise<string> {
  const { UserPoolId, ClientId } = ids;
  const sdk = served.sdk();
  await sdk.send(new SignUpCommand({ ClientId, Username, Password: PASSWORD }));
  await sdk.send(new AdminConfirmSignUpCommand({ UserPoolId, Username }));
  return tokenOf(ids, Username);
}

/** The access token of a sign-in by password. */
async function tokenOf({ ClientId }: Ids, USERNAME = "ann"): Promise<string> {
  const { AuthenticationResult } = await served.sdk().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME, PASSWORD },
    }),
  );
  return AuthenticationResult?.AccessToken ?? "";
}

interface CreationOptions {
  challenge: string;
  rp: { id: string };
}

async function startRegistration(AccessToken: string): Promise<CreationOptions> {
  const command = new StartWebAuthnRegistrationCommand({ AccessToken });
  const { CredentialCreationOptions } = await served.sdk().send(command);
  return CredentialCreationOptions as unknown as CreationOptions;
}

function complete(AccessToken: string, Credential: object) {
  const input = { AccessToken, Credential: Credential as never };
  return served.sdk().send(new CompleteWebAuthnRegistrationCommand(input));
}

/** Registers an authenticator for who has the token. */
async function register(AccessToken: string, passkey = authenticator(ORIGIN)) {
  await complete(AccessToken, passkey.create(await startRegistration(AccessToken)));
  return passkey;
}

function begin({ ClientId }: Ids, more: Record<string, string> = {}) {
  return served.sdk().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters: { USERNAME: "ann", ...more },
    }),
  );
}
const ask = (ids: Ids) => begin(ids, { PREFERRED_CHALLENGE: "WEB_AUTHN" });

type Asked = Pick<InitiateAuthCommandOutput, "ChallengeName" | "ChallengeParameters" | "Session">;

const optionsOf = ({ ChallengeParameters }: Asked): RequestOptions & Record<string, unknown> =>
  JSON.parse(ChallengeParameters?.["CREDENTIAL_REQUEST_OPTIONS"] ?? "{}");

function answer({ ClientId }: Ids, asked: Asked, responses: Record<string, string>) {
  return served.sdk().send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: asked.ChallengeName,
      Session: asked.Session,
      ChallengeResponses: { USERNAME: "ann", ...responses },
    }),
  );
}

const list = (AccessToken: string, MaxResults?: number, NextToken?: string) =>
  served.sdk().send(new ListWebAuthnCredentialsCommand({ AccessToken, MaxResults, NextToken }));

describe("a passkey", () => {
  it.each(["ES256", "RS256"] as const)("with %s is registered, and signs in", async (algorithm) => {
    const ids = await passkeyPool();
    const token = await member(ids);
    const options = await startRegistration(token);
    // API reference, StartWebAuthnRegistration
    expect(options).toMatchObject({
      rp: { id: PARTY },
      user: { name: "ann", displayName: "ann" },
      pubKeyCredParams: [
        { type: "public-key", alg: -7 },
        { type: "public-key", alg: -257 },
      ],
      timeout: 60_000,
      excludeCredentials: [],
      authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
    });
    const passkey = authenticator(ORIGIN, { algorithm });
    await complete(token, passkey.create(options));
    const { Credentials, NextToken } = await list(token);
    expect(Credentials).toEqual([
      {
        CredentialId: passkey.id,
        FriendlyCredentialName: expect.any(String),
        RelyingPartyId: PARTY,
        AuthenticatorAttachment: "platform",
        AuthenticatorTransports: ["internal", "hybrid"],
        CreatedAt: expect.any(Date),
      },
    ]);
    expect(NextToken).toBeUndefined();
    expect(await startRegistration(token)).toMatchObject({
      excludeCredentials: [{ type: "public-key", id: passkey.id }],
    });
    const asked = await ask(ids);
    expect(asked.ChallengeName).toBe("WEB_AUTHN");
    expect(optionsOf(asked)).toMatchObject({
      rpId: PARTY,
      allowCredentials: [
        { type: "public-key", id: passkey.id, transports: ["internal", "hybrid"] },
      ],
      userVerification: "preferred",
    });
    const CREDENTIAL = passkey.get(optionsOf(asked));
    const { AuthenticationResult } = await answer(ids, asked, { CREDENTIAL });
    expect(AuthenticationResult?.RefreshToken).toBeTruthy();
    expect(await refusal(answer(ids, asked, { CREDENTIAL }))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
  });

  it("is a factor to choose, and one that is told of", async () => {
    const ids = await passkeyPool();
    const AccessToken = await member(ids);
    expect((await begin(ids)).AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD"]);
    // Nobody is asked for a passkey that they do not have.
    expect((await ask(ids)).ChallengeName).toBe("SELECT_CHALLENGE");
    const passkey = await register(AccessToken);
    const choice = await begin(ids);
    expect(choice.AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]);
    const asked = await answer(ids, choice, { ANSWER: "WEB_AUTHN" });
    const CREDENTIAL = passkey.get(optionsOf(asked));
    const { AuthenticationResult } = await answer(ids, asked, { CREDENTIAL });
    expect(AuthenticationResult?.AccessToken).toBeTruthy();
    const factors = await served.sdk().send(new GetUserAuthFactorsCommand({ AccessToken }));
    // floci's tests
    expect(factors.ConfiguredUserAuthFactors).toEqual(["PASSWORD", "WEB_AUTHN"]);
  });

  it("is refused where another key, another challenge or another page has signed", async () => {
    const ids = await passkeyPool();
    const passkey = await register(await member(ids));
    const stranger = authenticator(ORIGIN);
    const wrong: ((options: RequestOptions) => string)[] = [
      (options) => stranger.get(options),
      (options) => stranger.get(options).replaceAll(stranger.id, passkey.id),
      (options) => passkey.get({ ...options, challenge: "AAAA" }),
      (options) => passkey.get({ ...options, rpId: "example.org" }),
      (options) => passkey.get(options, "https://example.org"),
    ];
    for (const sign of wrong) {
      const asked = await ask(ids);
      const CREDENTIAL = sign(optionsOf(asked));
      expect(await refusal(answer(ids, asked, { CREDENTIAL }))).toMatch(/^NotAuthorizedException/);
    }
    const CREDENTIAL = "no credential";
    expect(await refusal(answer(ids, await ask(ids), { CREDENTIAL }))).toMatch(
      /^InvalidParameterException/,
    );
  });

  it("is refused once a copy of it has signed more often", async () => {
    const ids = await passkeyPool();
    const passkey = await register(await member(ids));
    const signIn = async () => {
      const asked = await ask(ids);
      return answer(ids, asked, { CREDENTIAL: passkey.get(optionsOf(asked)) });
    };
    passkey.counter = 7;
    await signIn();
    passkey.counter = 5;
    expect(await refusal(signIn())).toMatch(/^NotAuthorizedException/);
    passkey.counter = 8;
    expect((await signIn()).AuthenticationResult).toBeDefined();
  });

  it("has to know its owner where the pool requires it", async () => {
    const ids = await passkeyPool({ UserVerification: "required" });
    const token = await member(ids);
    const careless = authenticator(ORIGIN, { verifiesUser: false });
    expect(await refusal(register(token, careless))).toMatch(
      /^WebAuthnCredentialNotSupportedException: /,
    );
    await register(token);
    expect(optionsOf(await ask(ids))["userVerification"]).toBe("required");
  });

  it("stands for two factors only where the pool says so", async () => {
    const ids = await passkeyPool();
    const sdk = served.sdk();
    const AccessToken = await member(ids);
    const passkey = await register(AccessToken);
    const configure = (FactorConfiguration: WebAuthnConfigurationType["FactorConfiguration"]) =>
      sdk.send(
        new SetUserPoolMfaConfigCommand({
          UserPoolId: ids.UserPoolId,
          MfaConfiguration: "OPTIONAL",
          SoftwareTokenMfaConfiguration: { Enabled: true },
          WebAuthnConfiguration: { RelyingPartyId: PARTY, FactorConfiguration },
        }),
      );
    await configure("SINGLE_FACTOR");
    const { SecretCode: secret = "" } = await sdk.send(
      new AssociateSoftwareTokenCommand({ AccessToken }),
    );
    const UserCode = generateSync({ secret, epoch: served.nowMs() / 1000 });
    await sdk.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode }));
    await sdk.send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId: ids.UserPoolId,
        Username: "ann",
        SoftwareTokenMfaSettings: { Enabled: true },
      }),
    );
    expect((await begin(ids)).AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD"]);
    await configure("MULTI_FACTOR_WITH_USER_VERIFICATION");
    const asked = await ask(ids);
    expect(optionsOf(asked)["userVerification"]).toBe("required");
    const CREDENTIAL = passkey.get(optionsOf(asked));
    const { AuthenticationResult } = await answer(ids, asked, { CREDENTIAL });
    expect(AuthenticationResult?.AccessToken).toBeTruthy();
  });

  it("is deleted by its owner, once", async () => {
    const ids = await passkeyPool();
    const token = await member(ids);
    const { id: CredentialId } = await register(token);
    const remove = (AccessToken: string) =>
      served.sdk().send(new DeleteWebAuthnCredentialCommand({ AccessToken, CredentialId }));
    const other = await member(ids, "bob");
    expect(await refusal(remove(other))).toMatch(/^ResourceNotFoundException/);
    await remove(token);
    expect(await refusal(remove(token))).toMatch(/^ResourceNotFoundException/);
    expect((await begin(ids)).AvailableChallenges).not.toContain("WEB_AUTHN");
  });

  it("is one of twenty at most, listed by page", async () => {
    const token = await member(await passkeyPool());
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push((await register(token)).id);
    // facts 6
    expect(await refusal(startRegistration(token))).toMatch(/^LimitExceededException/);
    const first = await list(token, 15);
    const second = await list(token, 15, first.NextToken);
    const listed = [...(first.Credentials ?? []), ...(second.Credentials ?? [])];
    expect(listed.map(({ CredentialId }) => CredentialId)).toEqual(ids);
    expect(second.NextToken).toBeUndefined();
  });
});

// Classes: the API model, StartWebAuthnRegistration and CompleteWebAuthnRegistration
describe("a registration", () => {
  it("needs a pool that allows passkeys, and somebody whom they are for", async () => {
    const closed = await member(await passkeyPool({}, ["PASSWORD"]));
    expect(await refusal(startRegistration(closed))).toMatch(/^WebAuthnNotEnabledException/);
    const nobody = await passkeyPool("none");
    const token = await member(nobody);
    expect(await refusal(startRegistration(token))).toMatch(
      /^WebAuthnConfigurationMissingException/,
    );
    const { UserPoolId } = nobody;
    const Domain = `passkeys-${Date.now()}`;
    await served.sdk().send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
    const party = `${Domain}.auth.us-east-1.amazoncognito.com`;
    expect((await startRegistration(token)).rp.id).toBe(party);
    await register(token, authenticator(`https://${party}`));
    expect((await list(token)).Credentials?.[0]?.RelyingPartyId).toBe(party);
  });

  it("is finished once, in time, and by the app that began it", async () => {
    const ids = await passkeyPool();
    const token = await member(ids);
    const gone = /^WebAuthnChallengeNotFoundException/;
    const passkey = authenticator(ORIGIN);
    const credential = passkey.create(await startRegistration(token));
    const otherApp = await tokenOf({ ...ids, ...(await app(served, ids.UserPoolId, FLOWS)) });
    expect(await refusal(complete(otherApp, credential))).toMatch(
      /^WebAuthnClientMismatchException/,
    );
    await complete(token, credential);
    expect(await refusal(complete(token, credential))).toMatch(gone);
    await startRegistration(token);
    expect(await refusal(complete(token, credential))).toMatch(gone);
    const late = authenticator(ORIGIN).create(await startRegistration(token));
    served.pass(4 * MINUTE);
    expect(await refusal(complete(token, late))).toMatch(gone);
  });

  it("is refused from pages and for parties that are not the pool's", async () => {
    const token = await member(await passkeyPool());
    const from = async (origin: string, id = PARTY) => {
      const options = { ...(await startRegistration(token)), rp: { id } };
      return refusal(complete(token, authenticator(origin).create(options)));
    };
    for (const origin of [
      "https://example.org",
      "http://app.example.com",
      "https://notexample.com",
      "https://app.example.com/",
    ]) {
      expect(await from(origin)).toMatch(/^WebAuthnOriginNotAllowedException: /);
    }
    expect(await from(ORIGIN, "app.example.com")).toMatch(
      /^WebAuthnRelyingPartyMismatchException: /,
    );
    expect((await list(token)).Credentials).toEqual([]);
  });

  it("takes a page of this computer where that is the relying party", async () => {
    const token = await member(await passkeyPool({ RelyingPartyId: "localhost" }));
    const { id } = await register(token, authenticator("http://localhost:3000"));
    expect((await list(token)).Credentials?.[0]?.CredentialId).toBe(id);
  });

  it("is refused of a passkey that signs in another way", async () => {
    const token = await member(await passkeyPool());
    expect(await refusal(register(token, authenticator(ORIGIN, { algorithm: "EdDSA" })))).toMatch(
      /^WebAuthnCredentialNotSupportedException: /,
    );
    await startRegistration(token);
    expect(await refusal(complete(token, { id: "a", type: "public-key" }))).toMatch(
      /^InvalidParameterException: /,
    );
  });
});

describe("the passkey settings of a pool", () => {
  it("are kept with no second factor on, and given back", async () => {
    const { UserPoolId } = await passkeyPool({ RelyingPartyId: "example.org" });
    const get = async () =>
      (await served.sdk().send(new GetUserPoolMfaConfigCommand({ UserPoolId })))
        .WebAuthnConfiguration;
    expect(await get()).toEqual({ RelyingPartyId: "example.org", UserVerification: "preferred" });
    const set = (WebAuthnConfiguration: WebAuthnConfigurationType) =>
      served.sdk().send(new SetUserPoolMfaConfigCommand({ UserPoolId, WebAuthnConfiguration }));
    const whole = {
      RelyingPartyId: PARTY,
      UserVerification: "required",
      FactorConfiguration: "SINGLE_FACTOR",
    } as const;
    await set(whole);
    expect(await get()).toEqual(whole);
    expect(await refusal(set({ UserVerification: "discouraged" as never }))).toMatch(
      /^InvalidParameterException/,
    );
  });
});
