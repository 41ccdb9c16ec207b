import {
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  NotAuthorizedException,
  SignUpCommand,
  UpdateUserAttributesCommand,
  UserLambdaValidationException,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { generate } from "otplib";
import { describe, expect, it } from "vitest";
import { givenASubscriber } from "./steps/downstream.ts";
import { oldSub, signIn, verified } from "./steps/sign-in.ts";
import { aUser, givenAStage, PASSWORD, type TestStage } from "./steps/stage.ts";

const TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

const given = givenAStage({
  seed: {
    sources: {
      legacy: {
        users: [
          aUser("ada@example.com", { attributes: { given_name: "Ada", "custom:plan": "gold" } }),
          aUser("bob@example.com"),
          aUser("browser@example.com"),
          aUser("counted@example.com"),
          aUser("event@example.com"),
          aUser("disabled@example.com", { enabled: false }),
          aUser("totp@example.com", { totpSecret: TOTP_SECRET }),
          aUser("held@example.com"),
        ],
      },
    },
  },
});

describe("somebody of the old pool signs in to the new pool with the old password", () => {
  it("is in at once, keeps the old sub as user ID in both tokens, and the attributes", async () => {
    const test = given();

    const tokens = await signIn(test, "ada@example.com");

    const sub = await oldSub(test, "legacy", "ada@example.com");
    const id = await verified(test, tokens.IdToken);
    const access = await verified(test, tokens.AccessToken);
    expect(id).toMatchObject({
      user_id: sub,
      token_use: "id",
      email: "ada@example.com",
      email_verified: true,
      given_name: "Ada",
      "custom:plan": "gold",
      "custom:legacy_sub": sub,
      "custom:legacy_source": "legacy",
    });
    expect(access).toMatchObject({ user_id: sub, token_use: "access" });
    expect(id["sub"]).not.toBe(sub);
    const { UserStatus } = await test.clients.cognito.send(
      new AdminGetUserCommand({
        UserPoolId: test.target.userPoolId,
        Username: "ada@example.com",
      }),
    );
    expect(UserStatus).toBe("CONFIRMED");
  });

  it("asks the old pool the first time only, and leaves no session open there", async () => {
    const test = given();
    const before = await sourceCalls(test);

    await signIn(test, "counted@example.com");
    const first = difference(await sourceCalls(test), before);
    const after = await sourceCalls(test);
    await signIn(test, "counted@example.com");

    expect(first["AdminInitiateAuth"]).toBe(1);
    expect(first["RevokeToken"]).toBe(1);
    // Services may still read what they need of the old account; nobody signs in to it.
    const second = difference(await sourceCalls(test), after);
    expect(second).not.toHaveProperty("AdminInitiateAuth");
    expect(second).not.toHaveProperty("InitiateAuth");
  });

  it("tells a wrong password, a disabled user and a stranger the same", async () => {
    const test = given();
    const answers = await Promise.all(
      [
        signIn(test, "bob@example.com", { password: "Wrong-Password-1!" }),
        signIn(test, "disabled@example.com"),
        signIn(test, "nobody@example.com"),
      ].map((attempt) => attempt.catch((error: unknown) => error)),
    );

    for (const answer of answers) {
      expect(answer).toBeInstanceOf(NotAuthorizedException);
      expect(answer).toHaveProperty("message", "Incorrect username or password.");
    }
    await expect(signIn(test, "bob@example.com")).resolves.toHaveProperty("IdToken");
  });

  it("proves a second factor before crossing, by a code that the app passes on", async () => {
    const test = given();

    const without = await signIn(test, "totp@example.com").catch((error: unknown) => error);
    const tokens = await signIn(test, "totp@example.com", {
      metadata: { mfaCode: await generate({ secret: TOTP_SECRET }) },
    });

    expect(without).toBeInstanceOf(UserLambdaValidationException);
    expect(without).toHaveProperty(
      "message",
      expect.stringContaining("UserMigration failed with error MFA_CODE_REQUIRED"),
    );
    await expect(verified(test, tokens.IdToken)).resolves.toHaveProperty("user_id");
  });

  it("works with amazon-cognito-identity-js: by password first, by SRP from then on", async () => {
    const test = given();

    const first = await signInFromBrowser(test, "browser@example.com", "USER_PASSWORD_AUTH");
    const second = await signInFromBrowser(test, "browser@example.com", "USER_SRP_AUTH");

    const sub = await oldSub(test, "legacy", "browser@example.com");
    expect(first.getIdToken().payload).toHaveProperty("user_id", sub);
    expect(second.getAccessToken().payload).toHaveProperty("user_id", sub);
  });

  it("is told to a downstream team that has nothing but a rule and a queue", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-migrated", ["UserMigrated"]);

    await signIn(test, "event@example.com");

    const sub = await oldSub(test, "legacy", "event@example.com");
    const event = await subscriber.first(({ detail }) => detail.data["userId"] === sub);
    expect(event).toMatchObject({
      source: "carryover",
      "detail-type": "UserMigrated",
      detail: {
        metadata: { version: 1, stage: "local", region: test.target.region },
        data: {
          method: "password",
          mfa: "none",
          source: { id: "legacy", region: "us-east-1", sub },
          target: { poolId: test.target.userPoolId, region: test.target.region },
        },
      },
    });
    expect(JSON.stringify(event)).not.toContain("example.com");
  });

  it("cannot change the user ID with an own access token", async () => {
    const test = given();
    const { AccessToken } = await signIn(test, "bob@example.com");
    const change = (Name: string, Value: string) =>
      test.clients.cognito.send(
        new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name, Value }] }),
      );

    await expect(change("given_name", "Bobby")).resolves.toBeDefined();
    await expect(
      change("custom:user_id", "00000000-0000-4000-8000-000000000000"),
    ).rejects.toBeInstanceOf(NotAuthorizedException);
  });
});

describe("somebody whom no old pool knows", () => {
  it("signs up, and has a user ID from the first token on", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-signed-up", ["UserSignedUp"]);
    const user = { ClientId: test.target.clientId, Username: "new@example.com" };
    await test.clients.cognito.send(
      new SignUpCommand({
        ...user,
        Password: PASSWORD,
        UserAttributes: [{ Name: "email", Value: "new@example.com" }],
      }),
    );
    const mails = await fetch(`${test.stage.ready.mailbox}?to=new@example.com`);
    const [mail] = (await mails.json()) as { text: string }[];
    const ConfirmationCode = mail?.text.match(/\d{6}/)?.[0];
    await test.clients.cognito.send(new ConfirmSignUpCommand({ ...user, ConfirmationCode }));

    const tokens = await signIn(test, "new@example.com");

    const { user_id, sub } = await verified(test, tokens.IdToken);
    expect(user_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    await expect(verified(test, tokens.AccessToken)).resolves.toHaveProperty("user_id", user_id);
    const event = await subscriber.first(({ detail }) => detail.data["sub"] === sub);
    expect(event.detail.data["userId"]).toBe(user_id);
  });

  it("cannot sign up with a login that an old pool holds, whose owner still crosses", async () => {
    const test = given();

    const squatting = test.clients.cognito.send(
      new SignUpCommand({
        ClientId: test.target.clientId,
        Username: "held@example.com",
        Password: "Squatter-Password-1!",
        UserAttributes: [{ Name: "email", Value: "held@example.com" }],
      }),
    );

    await expect(squatting).rejects.toThrow("PreSignUp failed with error ACCOUNT_EXISTS");
    await expect(signIn(test, "held@example.com")).resolves.toHaveProperty("IdToken");
  });
});

/** Calls that reached the old pool so far, by operation. */
async function sourceCalls({ stage }: TestStage): Promise<Record<string, number>> {
  const response = await fetch(`${stage.ready.endpoint}/_local/requests`);
  const counts = (await response.json()) as {
    operation: string;
    userPoolId?: string;
    count: number;
  }[];
  const pool = stage.sources.get("legacy")?.userPoolId;
  return Object.fromEntries(
    counts.filter(({ userPoolId }) => userPoolId === pool).map((one) => [one.operation, one.count]),
  );
}

function difference(after: Record<string, number>, before: Record<string, number>) {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}

function signInFromBrowser(
  { stage, target }: TestStage,
  login: string,
  flow: "USER_PASSWORD_AUTH" | "USER_SRP_AUTH",
): Promise<CognitoUserSession> {
  const pool = new CognitoUserPool({
    UserPoolId: target.userPoolId,
    ClientId: target.clientId,
    endpoint: stage.ready.endpoint,
  });
  const user = new CognitoUser({ Username: login, Pool: pool });
  user.setAuthenticationFlowType(flow);
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: login, Password: PASSWORD }), {
      onSuccess: resolve,
      onFailure: reject,
    });
  });
}
