import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateGroupCommand,
  InitiateAuthCommand,
  type LambdaConfigType,
} from "@aws-sdk/client-cognito-identity-provider";
import { JwtRsaVerifier } from "aws-jwt-verify";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, pool, refusal, type Served, serve, type TriggerEvent } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

async function signedIn(
  name: string,
  LambdaConfig: LambdaConfigType = {},
  client: Parameters<typeof pool>[2] = {},
) {
  const ids = await pool(
    served,
    {
      LambdaConfig,
      Schema: [{ Name: "plan", AttributeDataType: "String" }],
    },
    client,
  );
  const { UserPoolId } = ids;
  const sdk = served.sdk();
  await sdk.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: name,
      MessageAction: "SUPPRESS",
      UserAttributes: [
        { Name: "email", Value: `${name}@example.com` },
        { Name: "email_verified", Value: "true" },
        { Name: "custom:plan", Value: "7" },
      ],
    }),
  );
  await sdk.send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username: name,
      Password: PASSWORD,
      Permanent: true,
    }),
  );
  for (const [GroupName, Precedence] of [
    ["readers", 5],
    ["admins", 1],
  ] as const) {
    await sdk.send(new CreateGroupCommand({ UserPoolId, GroupName, Precedence }));
    await sdk.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName, Username: name }));
  }
  const signIn = () =>
    sdk.send(
      new InitiateAuthCommand({
        ClientId: ids.ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: name, PASSWORD },
      }),
    );
  const tokens = async () => {
    const { AuthenticationResult: result } = await signIn();
    return {
      idToken: result?.IdToken ?? "",
      accessToken: result?.AccessToken ?? "",
      refreshToken: result?.RefreshToken ?? "",
    };
  };
  return { ...ids, signIn, tokens, issuer: `${served.endpoint}/${UserPoolId}` };
}

describe("the tokens of a pool", () => {
  it("carry the claims of the guide", async () => {
    const { tokens, issuer, ClientId } = await signedIn("ann");
    const { idToken, accessToken } = await tokens();
    const id = decodeJwt(idToken);
    const access = decodeJwt(accessToken);
    // facts 3.5
    expect(id).toMatchObject({
      iss: issuer,
      aud: ClientId,
      token_use: "id",
      "cognito:username": "ann",
      "cognito:groups": ["admins", "readers"],
      email: "ann@example.com",
      email_verified: true,
      "custom:plan": "7",
      sub: access.sub,
      origin_jti: access.origin_jti,
      exp: (id.iat ?? 0) + 3600,
    });
    expect(access).toMatchObject({
      iss: issuer,
      client_id: ClientId,
      token_use: "access",
      username: "ann",
      scope: "aws.cognito.signin.user.admin",
      "cognito:groups": ["admins", "readers"],
    });
    // Source: radkawar/stackd, testdata/aws/cognito/login_workflows.json
    expect(access).not.toHaveProperty("version");
    expect(access).not.toHaveProperty("aud");
    expect(access).not.toHaveProperty("email");
    expect(id.jti).not.toBe(access.jti);
  });

  it("verify against the pool's JWKS, each kind by its own key", async () => {
    const { tokens, issuer, ClientId } = await signedIn("bob");
    const { idToken, accessToken } = await tokens();
    const jwks = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
    for (const token of [idToken, accessToken]) {
      const { protectedHeader } = await jwtVerify(token, jwks, { issuer });
      expect(protectedHeader.alg).toBe("RS256");
    }
    // facts 3.5
    expect(decodeProtectedHeader(idToken).kid).not.toBe(decodeProtectedHeader(accessToken).kid);
    const verifier = JwtRsaVerifier.create({
      issuer,
      audience: ClientId,
      jwksUri: `${issuer}/.well-known/jwks.json`,
    });
    const response = await fetch(`${issuer}/.well-known/jwks.json`);
    verifier.cacheJwks((await response.json()) as never);
    expect(verifier.verifySync(idToken)["cognito:username"]).toBe("bob");
  });

  it("are described by an OpenID configuration, which has the issuer of the tokens", async () => {
    const { issuer } = await signedIn("cat");
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
    });
    expect((await fetch(`${served.endpoint}/us-east-1_no/.well-known/jwks.json`)).status).toBe(404);
  });

  it("have the same keys before the first sign-in and after", async () => {
    const { issuer, tokens } = await signedIn("dan");
    const before = await (await fetch(`${issuer}/.well-known/jwks.json`)).text();
    const { idToken } = await tokens();
    expect(before).toContain(decodeProtectedHeader(idToken).kid);
    expect(await (await fetch(`${issuer}/.well-known/jwks.json`)).text()).toBe(before);
  });

  it("keep auth_time and origin over a refresh", async () => {
    const { tokens, ClientId } = await signedIn("eve");
    const { idToken, refreshToken } = await tokens();
    served.pass(600_000);
    const renewed = await served.sdk().send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN: refreshToken },
      }),
    );
    const first = decodeJwt(idToken);
    const second = decodeJwt(renewed.AuthenticationResult?.IdToken ?? "");
    // facts 3.5
    expect(second.auth_time).toBe(first.auth_time);
    expect(second.origin_jti).toBe(first.origin_jti);
    expect(second.iat).toBeGreaterThanOrEqual((first.iat ?? 0) + 600);
  });

  it("show in the ID token what the client may read, and live as long as it says", async () => {
    const { tokens } = await signedIn(
      "fay",
      {},
      {
        ReadAttributes: ["email"],
        IdTokenValidity: 10,
        AccessTokenValidity: 5,
        TokenValidityUnits: { IdToken: "minutes", AccessToken: "minutes" },
        EnableTokenRevocation: false,
      },
    );
    const { idToken, accessToken } = await tokens();
    const id = decodeJwt(idToken);
    // facts 3.5
    expect(id.email).toBe("fay@example.com");
    expect(id).not.toHaveProperty("custom:plan");
    expect(id).not.toHaveProperty("origin_jti");
    expect((id.exp ?? 0) - (id.iat ?? 0)).toBe(600);
    const access = decodeJwt(accessToken);
    expect((access.exp ?? 0) - (access.iat ?? 0)).toBe(300);
  });
});

describe("the pre-token trigger", () => {
  const answering = (response: object) =>
    served.fn(`pre-token-${Math.random()}`, (event) => ({ ...event, response }));

  it("adds and suppresses claims of the ID token in its first form, but no locked one", async () => {
    const PreTokenGeneration = answering({
      claimsOverrideDetails: {
        claimsToAddOrOverride: {
          user_id: "u1",
          sub: "evil",
          "cognito:username": "evil",
          both: "x",
        },
        claimsToSuppress: ["email", "both", "aud"],
      },
    });
    const { tokens, ClientId } = await signedIn("gil", { PreTokenGeneration });
    const { idToken, accessToken } = await tokens();
    const id = decodeJwt(idToken);
    // facts 2.4
    expect(id).toMatchObject({ user_id: "u1", "cognito:username": "gil", aud: ClientId });
    expect(id.sub).toBe(decodeJwt(accessToken).sub);
    expect(id).not.toHaveProperty("email");
    expect(id).not.toHaveProperty("both");
    expect(decodeJwt(accessToken)).not.toHaveProperty("user_id");
    expect(id["cognito:groups"]).toEqual(["admins", "readers"]);
  });

  it("removes groups by an empty override, and sets them in both tokens", async () => {
    const override = { groupsToOverride: ["x"], iamRolesToOverride: [], preferredRole: "" };
    const set = await signedIn("hal", {
      PreTokenGeneration: answering({ claimsOverrideDetails: { groupOverrideDetails: override } }),
    });
    const { idToken, accessToken } = await set.tokens();
    expect(decodeJwt(idToken)["cognito:groups"]).toEqual(["x"]);
    expect(decodeJwt(accessToken)["cognito:groups"]).toEqual(["x"]);
    const emptied = await signedIn("hed", {
      PreTokenGeneration: answering({ claimsOverrideDetails: { groupOverrideDetails: null } }),
    });
    // facts 2.4
    expect(decodeJwt((await emptied.tokens()).idToken)).not.toHaveProperty("cognito:groups");
  });

  it.each(["V2_0", "V3_0"] as const)("changes the access token too in form %s", async (version) => {
    const arn = answering({
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: { claimsToAddOrOverride: { user_id: "u2", list: ["a"] } },
        accessTokenGeneration: {
          claimsToAddOrOverride: { user_id: "u2", client_id: "evil" },
          scopesToAdd: ["orders"],
          scopesToSuppress: ["aws.cognito.signin.user.admin"],
        },
      },
    });
    const { tokens, ClientId } = await signedIn("ida", {
      PreTokenGenerationConfig: { LambdaVersion: version, LambdaArn: arn },
    });
    const { idToken, accessToken } = await tokens();
    // facts 2.4
    expect(decodeJwt(idToken)).toMatchObject({ user_id: "u2", list: ["a"] });
    expect(decodeJwt(accessToken)).toMatchObject({
      user_id: "u2",
      client_id: ClientId,
      scope: "orders",
    });
    const { event } = served.invocations.at(-1) ?? {};
    expect(event?.version).toBe(version.charAt(1));
    expect(event?.request.scopes).toEqual(["aws.cognito.signin.user.admin"]);
  });

  it("must give strings in its first form", async () => {
    const PreTokenGeneration = answering({
      claimsOverrideDetails: { claimsToAddOrOverride: { list: ["a"] } },
    });
    const { signIn } = await signedIn("joe", { PreTokenGeneration });
    // facts 2.4
    expect(await refusal(signIn())).toBe(
      "InvalidLambdaResponseException: Unrecognizable lambda output",
    );
  });

  it("sees the attributes as strings, and runs alone at a refresh", async () => {
    const PreTokenGeneration = served.fn("echo", (event: TriggerEvent) => event);
    const PreAuthentication = served.fn("echo-too", (event: TriggerEvent) => event);
    const { tokens, ClientId } = await signedIn("kim", { PreTokenGeneration, PreAuthentication });
    const { refreshToken } = await tokens();
    const from = served.invocations.length;
    await served.sdk().send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN: refreshToken },
      }),
    );
    const after = served.invocations.slice(from);
    // facts 2.1, 2.2
    expect(after.map(({ event }) => event.triggerSource)).toEqual([
      "TokenGeneration_RefreshTokens",
    ]);
    expect(after[0]?.event.request.userAttributes).toMatchObject({
      email_verified: "true",
      "cognito:user_status": "CONFIRMED",
    });
    expect(after[0]?.event.request.groupConfiguration).toMatchObject({
      groupsToOverride: ["admins", "readers"],
    });
  });
});
