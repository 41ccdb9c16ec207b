import { createHmac } from "node:crypto";
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { app, DAY, HOUR, MINUTE, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

let plain: Promise<Ids> | undefined;
/** One pool without settings for the whole file: making the keys of each is slow. */
function plainPool(): Promise<Ids> {
  plain ??= pool(served);
  return plain;
}

interface Ids {
  UserPoolId: string;
  ClientId: string;
}

async function user({ UserPoolId }: Ids, Username: string, Password = PASSWORD): Promise<void> {
  const sdk = served.sdk();
  await sdk.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: "SUPPRESS",
      UserAttributes: [
        { Name: "email", Value: `${Username}@example.com` },
        { Name: "email_verified", Value: "true" },
      ],
    }),
  );
  await sdk.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }),
  );
}

function signIn({ ClientId }: Ids, USERNAME: string, PASSWORD_: string, SECRET_HASH?: string) {
  const AuthParameters = {
    USERNAME,
    PASSWORD: PASSWORD_,
    ...(SECRET_HASH !== undefined && { SECRET_HASH }),
  };
  return served
    .sdk()
    .send(new InitiateAuthCommand({ ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters }));
}

describe("a password sign-in", () => {
  it("gives three tokens for the right password", async () => {
    const ids = await plainPool();
    await user(ids, "ann");
    const { AuthenticationResult: result, ChallengeName } = await signIn(ids, "ann", PASSWORD);
    expect(ChallengeName).toBeUndefined();
    // facts 3.2
    expect(result).toMatchObject({ TokenType: "Bearer", ExpiresIn: 3600 });
    expect(result?.AccessToken?.split(".")).toHaveLength(3);
    expect(result?.IdToken?.split(".")).toHaveLength(3);
    expect(result?.RefreshToken).toBeTruthy();
  });

  it.each([
    ["LEGACY", "UserNotFoundException: User does not exist."],
    [undefined, "UserNotFoundException: User does not exist."],
    ["ENABLED", "NotAuthorizedException: Incorrect username or password."],
  ] as const)("answers an unknown user under %s", async (PreventUserExistenceErrors, expected) => {
    const ids = await pool(served, {}, { PreventUserExistenceErrors });
    // facts 3.4
    expect(await refusal(signIn(ids, "nobody", PASSWORD))).toBe(expected);
  });

  it("refuses a wrong password and a disabled user with the live texts", async () => {
    const ids = await plainPool();
    await user(ids, "bea");
    // facts 3.4
    expect(await refusal(signIn(ids, "bea", "Wrong-Horse-9"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    await served
      .sdk()
      .send(new AdminDisableUserCommand({ UserPoolId: ids.UserPoolId, Username: "bea" }));
    expect(await refusal(signIn(ids, "bea", PASSWORD))).toBe(
      "NotAuthorizedException: User is disabled.",
    );
  });

  it("locks out from the fifth failure on, one second at first and doubling", async () => {
    const ids = await plainPool();
    await user(ids, "cy");
    const wrong = "NotAuthorizedException: Incorrect username or password.";
    const locked = "NotAuthorizedException: Password attempts exceeded";
    for (let n = 1; n <= 5; n += 1) expect(await refusal(signIn(ids, "cy", "x"))).toBe(wrong);
    // facts 3.4, lockout: even the right password waits, and a try while locked does not extend it
    expect(await refusal(signIn(ids, "cy", PASSWORD))).toBe(locked);
    served.pass(1000);
    expect(await refusal(signIn(ids, "cy", "x"))).toBe(wrong);
    served.pass(1000);
    expect(await refusal(signIn(ids, "cy", PASSWORD))).toBe(locked);
    served.pass(1000);
    expect((await signIn(ids, "cy", PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("forgets failures after 15 minutes without one", async () => {
    const ids = await plainPool();
    await user(ids, "di");
    for (let n = 1; n <= 4; n += 1) await refusal(signIn(ids, "di", "x"));
    served.pass(15 * MINUTE);
    // facts 3.4: the fifth in a row would lock
    await refusal(signIn(ids, "di", "x"));
    expect((await signIn(ids, "di", PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("needs the flow to be allowed on the client", async () => {
    const ids = await pool(served, {}, { ExplicitAuthFlows: undefined });
    await user(ids, "ed");
    // facts 1.1: default flows leave password sign-in out
    expect(await refusal(signIn(ids, "ed", PASSWORD))).toBe(
      "InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client",
    );
    const admin = served.sdk().send(
      new AdminInitiateAuthCommand({
        ...{ UserPoolId: ids.UserPoolId, ClientId: ids.ClientId },
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "ed", PASSWORD },
      }),
    );
    expect(await refusal(admin)).toBe(
      "InvalidParameterException: Auth flow not enabled for this client",
    );
  });

  it("checks the secret hash of a client with a secret", async () => {
    const ids = await pool(served, {}, { GenerateSecret: true });
    await user(ids, "flo");
    const hash = createHmac("sha256", ids.ClientSecret ?? "")
      .update(`flo${ids.ClientId}`)
      .digest("base64");
    // facts 3.3
    expect(await refusal(signIn(ids, "flo", PASSWORD))).toBe(
      `NotAuthorizedException: Client ${ids.ClientId} is configured with secret but SECRET_HASH was not received`,
    );
    expect(await refusal(signIn(ids, "flo", PASSWORD, "bm8="))).toBe(
      `NotAuthorizedException: Unable to verify secret hash for client ${ids.ClientId}`,
    );
    expect((await signIn(ids, "flo", PASSWORD, hash)).AuthenticationResult).toBeDefined();
  });

  it("is possible for an administrator under both names of the flow", async () => {
    const ids = await plainPool();
    await user(ids, "gus");
    for (const AuthFlow of ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] as const) {
      const result = await served.sdk().send(
        new AdminInitiateAuthCommand({
          UserPoolId: ids.UserPoolId,
          ClientId: ids.ClientId,
          AuthFlow,
          AuthParameters: { USERNAME: "gus", PASSWORD },
        }),
      );
      // facts 1.1, 3.2
      expect(result.AuthenticationResult).toBeDefined();
    }
    const asUser = served.sdk().send(
      new InitiateAuthCommand({
        ClientId: ids.ClientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "gus", PASSWORD },
      }),
    );
    // awsdocs/aws-doc-sdk-examples#5289, getmoto/moto#4836: each operation has password flows of its own.
    const unsupported = "InvalidParameterException: Initiate Auth method not supported.";
    expect(await refusal(asUser)).toBe(unsupported);
    const asAdministrator = served.sdk().send(
      new AdminInitiateAuthCommand({
        ...{ UserPoolId: ids.UserPoolId, ClientId: ids.ClientId },
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "gus", PASSWORD },
      }),
    );
    expect(await refusal(asAdministrator)).toBe(unsupported);
  });
});

describe("a temporary password", () => {
  async function invited(ids: Ids, Username: string) {
    await served.sdk().send(
      new AdminCreateUserCommand({
        UserPoolId: ids.UserPoolId,
        Username,
        TemporaryPassword: "Temp-Horse-1",
        MessageAction: "SUPPRESS",
        UserAttributes: [{ Name: "email", Value: `${Username}@example.com` }],
      }),
    );
  }

  function replace(ids: Ids, Username: string, Session: string, more: Record<string, string>) {
    return served.sdk().send(
      new RespondToAuthChallengeCommand({
        ClientId: ids.ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session,
        ChallengeResponses: { USERNAME: Username, ...more },
      }),
    );
  }

  it("has to be replaced before there are tokens, and the session works once", async () => {
    const ids = await pool(served, { Schema: [{ Name: "name", Required: true }] });
    await invited(ids, "hal");
    const first = await signIn(ids, "hal", "Temp-Horse-1");
    expect(first.AuthenticationResult).toBeUndefined();
    expect(first.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    // facts 3.2: requiredAttributes is a JSON string
    expect(JSON.parse(first.ChallengeParameters?.requiredAttributes ?? "")).toEqual([
      "userAttributes.name",
    ]);
    const Session = first.Session ?? "";
    expect(await refusal(replace(ids, "hal", Session, { NEW_PASSWORD: "short" }))).toBe(
      "InvalidPasswordException: Password does not conform to policy: Password not long enough",
    );
    const answer = { NEW_PASSWORD: PASSWORD, "userAttributes.name": "Hal" };
    const done = await replace(ids, "hal", Session, answer);
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    // facts 3.4, session
    expect(await refusal(replace(ids, "hal", Session, answer))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
    expect((await signIn(ids, "hal", PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("cannot be replaced in a session that is over, or by another user or client", async () => {
    const ids = await plainPool();
    await invited(ids, "ida");
    await invited(ids, "jan");
    const { Session = "" } = await signIn(ids, "ida", "Temp-Horse-1");
    const answer = { NEW_PASSWORD: PASSWORD };
    expect(await refusal(replace(ids, "jan", Session, answer))).toMatch(
      /^NotAuthorizedException: Invalid session/,
    );
    const other = { ...ids, ...(await app(served, ids.UserPoolId)) };
    expect(await refusal(replace(other, "ida", Session, answer))).toMatch(
      /^NotAuthorizedException: Invalid session/,
    );
    served.pass(3 * MINUTE);
    // facts 3.2: AuthSessionValidity is 3 minutes by default
    expect(await refusal(replace(ids, "ida", Session, answer))).toBe(
      "NotAuthorizedException: Invalid session for the user, session is expired.",
    );
  });

  it("expires after seven days", async () => {
    const ids = await plainPool();
    await invited(ids, "kim");
    served.pass(7 * DAY);
    // facts 3.4, 4.2
    expect(await refusal(signIn(ids, "kim", "Temp-Horse-1"))).toBe(
      "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.",
    );
    expect(await refusal(signIn(ids, "kim", "Wrong-Horse-1"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("can be replaced by an administrator's answer", async () => {
    const ids = await plainPool();
    await invited(ids, "lea");
    const { Session } = await signIn(ids, "lea", "Temp-Horse-1");
    const done = await served.sdk().send(
      new AdminRespondToAuthChallengeCommand({
        UserPoolId: ids.UserPoolId,
        ClientId: ids.ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session,
        ChallengeResponses: { USERNAME: "lea", NEW_PASSWORD: PASSWORD },
      }),
    );
    expect(done.AuthenticationResult).toBeDefined();
  });
});

describe("tokens after sign-in", () => {
  function refresh({ ClientId }: Ids, REFRESH_TOKEN: string) {
    return served.sdk().send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN },
      }),
    );
  }
  const whoAmI = (AccessToken: string) => served.sdk().send(new GetUserCommand({ AccessToken }));

  async function signedIn(name: string) {
    const ids = await plainPool();
    await user(ids, name);
    const { AuthenticationResult: result } = await signIn(ids, name, PASSWORD);
    return { ids, access: result?.AccessToken ?? "", refreshToken: result?.RefreshToken ?? "" };
  }

  it("are renewed by the refresh token, which stays the same", async () => {
    const { ids, refreshToken } = await signedIn("mia");
    const renewed = await refresh(ids, refreshToken);
    // facts 3.2: without rotation refresh returns no new refresh token
    expect(renewed.AuthenticationResult?.RefreshToken).toBeUndefined();
    const again = await whoAmI(renewed.AuthenticationResult?.AccessToken ?? "");
    expect(again.Username).toBe("mia");
  });

  it("come with a refresh token that looks like Cognito's", async () => {
    const { refreshToken } = await signedIn("nan");
    expect(refreshToken).toMatch(
      /^eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ(\.[\w-]+){4}$/,
    );
  });

  it("cannot be renewed by a wrong, expired or foreign refresh token", async () => {
    const { ids, refreshToken } = await signedIn("ned");
    // facts 3.4, refresh
    expect(await refusal(refresh(ids, "nonsense"))).toBe(
      "NotAuthorizedException: Invalid Refresh Token",
    );
    const tampered = refreshToken.split(".").with(3, "c2VjcmV0").join(".");
    expect(await refusal(refresh(ids, tampered))).toBe(
      "NotAuthorizedException: Invalid Refresh Token",
    );
    const other = { ...ids, ...(await app(served, ids.UserPoolId)) };
    expect(await refusal(refresh(other, refreshToken))).toBe(
      "NotAuthorizedException: Refresh Token has different Client",
    );
    served.pass(30 * DAY);
    expect(await refusal(refresh(ids, refreshToken))).toBe(
      "NotAuthorizedException: Refresh Token has expired",
    );
  });

  it("are void once the refresh token is revoked", async () => {
    const { ids, access, refreshToken } = await signedIn("oda");
    expect((await whoAmI(access)).Username).toBe("oda");
    const sdk = served.sdk();
    await sdk.send(new RevokeTokenCommand({ ClientId: ids.ClientId, Token: refreshToken }));
    expect(await refusal(refresh(ids, refreshToken))).toBe(
      "NotAuthorizedException: Refresh Token has been revoked",
    );
    expect(await refusal(whoAmI(access))).toMatch(/^NotAuthorizedException/);
  });

  it.each(["user", "administrator"])("are void after a global sign-out by the %s", async (who) => {
    const { ids, access, refreshToken } = await signedIn(`pia-${who}`);
    const sdk = served.sdk();
    if (who === "user") await sdk.send(new GlobalSignOutCommand({ AccessToken: access }));
    else {
      await sdk.send(
        new AdminUserGlobalSignOutCommand({ UserPoolId: ids.UserPoolId, Username: `pia-${who}` }),
      );
    }
    expect(await refusal(whoAmI(access))).toMatch(/^NotAuthorizedException: Access Token/);
    expect(await refusal(refresh(ids, refreshToken))).toMatch(/^NotAuthorizedException/);
    // a later sign-in in the same second is untouched
    const next = await signIn(ids, `pia-${who}`, PASSWORD);
    expect((await whoAmI(next.AuthenticationResult?.AccessToken ?? "")).Username).toBe(
      `pia-${who}`,
    );
  });

  it("expire on the stage's clock", async () => {
    const { access } = await signedIn("quin");
    expect((await whoAmI(access)).Username).toBe("quin");
    served.pass(HOUR);
    expect(await refusal(whoAmI(access))).toBe("NotAuthorizedException: Access Token has expired");
    expect(await refusal(whoAmI("not.a.token"))).toBe(
      "NotAuthorizedException: Invalid Access Token",
    );
  });
});
