import { createHash, createHmac, hkdfSync } from "node:crypto";
import {
  AdminCreateUserCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  type CreateUserPoolCommandInput,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { generateSync } from "otplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MINUTE, OWN_SENDER, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

interface Ids {
  UserPoolId: string;
  ClientId: string;
}

/** A user of the unmodified browser library. */
function browserUser({ UserPoolId, ClientId }: Ids, Username: string): CognitoUser {
  const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: served.endpoint });
  return new CognitoUser({ Username, Pool });
}

type Outcome =
  | { kind: "session"; session: CognitoUserSession }
  | { kind: "new-password"; required: string[] }
  | { kind: "totp" }
  | { kind: "mfa-setup" }
  | { kind: "sms" };

/** Runs one step of the library to its next callback. */
function step(
  run: (callbacks: Parameters<CognitoUser["authenticateUser"]>[1]) => void,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    run({
      onSuccess: (session) => resolve({ kind: "session", session }),
      onFailure: reject,
      newPasswordRequired: (_, required: string[]) => resolve({ kind: "new-password", required }),
      totpRequired: () => resolve({ kind: "totp" }),
      mfaRequired: () => resolve({ kind: "sms" }),
      mfaSetup: () => resolve({ kind: "mfa-setup" }),
    });
  });
}

function authenticate(user: CognitoUser, Username: string, Password: string): Promise<Outcome> {
  return step((callbacks) =>
    user.authenticateUser(new AuthenticationDetails({ Username, Password }), callbacks),
  );
}

async function create(ids: Ids, Username: string, permanent = true): Promise<void> {
  const { UserPoolId } = ids;
  const attributes = Username.includes("@")
    ? []
    : [{ Name: "email", Value: `${Username}@example.com` }];
  await served.sdk().send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: "SUPPRESS",
      TemporaryPassword: "Temp-Horse-1",
      UserAttributes: attributes,
    }),
  );
  if (!permanent) return;
  await served.sdk().send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username,
      Password: PASSWORD,
      Permanent: true,
    }),
  );
}

function padded(hex: string): Buffer {
  const whole = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Buffer.from(/^[89a-f]/.test(whole) ? `00${whole}` : whole, "hex");
}

describe("sign-in by SRP with amazon-cognito-identity-js", () => {
  it.each<[string, string, Partial<CreateUserPoolCommandInput>]>([
    ["a plain pool", "ann", {}],
    ["a pool with e-mail as username", "ann@example.com", { UsernameAttributes: ["email"] }],
  ])("works in %s", async (_, name, settings) => {
    const ids = await pool(served, settings);
    await create(ids, name);
    // facts 3.3; repeated, since a padding mistake fails about once in 256 times
    for (let n = 0; n < 3; n += 1) {
      const outcome = await authenticate(browserUser(ids, name), name, PASSWORD);
      expect(outcome.kind).toBe("session");
    }
  });

  it("refuses a wrong password", async () => {
    const ids = await pool(served);
    await create(ids, "bob");
    expect(await refusal(authenticate(browserUser(ids, "bob"), "bob", "Wrong-Horse-9"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("asks for a new password and then signs in", async () => {
    const ids = await pool(served, { Schema: [{ Name: "name", Required: true }] });
    await create(ids, "cat", false);
    const user = browserUser(ids, "cat");
    // facts 3.2
    expect(await authenticate(user, "cat", "Temp-Horse-1")).toEqual({
      kind: "new-password",
      required: ["name"],
    });
    const done = await step((callbacks) =>
      user.completeNewPasswordChallenge(PASSWORD, { name: "Cat" }, callbacks),
    );
    expect(done.kind).toBe("session");
  });

  it.each([
    ["LEGACY", "UserNotFoundException: User does not exist."],
    ["ENABLED", "NotAuthorizedException: Incorrect username or password."],
  ] as const)("answers an unknown user under %s", async (errors, expected) => {
    const ids = await pool(served, {}, { PreventUserExistenceErrors: errors });
    // facts 3.4
    expect(await refusal(authenticate(browserUser(ids, "no"), "no", PASSWORD))).toBe(expected);
  });

  it("gives an unknown user the same salt each time under ENABLED", async () => {
    const ids = await pool(served, {}, { PreventUserExistenceErrors: "ENABLED" });
    const start = async (USERNAME: string) => {
      const { ChallengeParameters } = await served.sdk().send(
        new InitiateAuthCommand({
          ClientId: ids.ClientId,
          AuthFlow: "USER_SRP_AUTH",
          AuthParameters: { USERNAME, SRP_A: "ab12" },
        }),
      );
      return ChallengeParameters?.SALT;
    };
    // facts 3.4
    expect(await start("ghost")).toBe(await start("ghost"));
    expect(await start("ghost")).not.toBe(await start("phantom"));
  });

  it("challenges an SRP_A of zero, and refuses its proof", async () => {
    const ids = await pool(served);
    await create(ids, "dan");
    const sdk = served.sdk();
    const { ClientId } = ids;
    const start = new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: "dan", SRP_A: "0" },
    });
    // Source: radkawar/stackd, testdata/aws/cognito/login_workflows.json
    const { ChallengeName, ChallengeParameters: given = {} } = await sdk.send(start);
    expect(ChallengeName).toBe("PASSWORD_VERIFIER");
    const block = given.SECRET_BLOCK ?? "";
    const timestamp = "Mon Nov 23 10:00:00 UTC 2026";
    // What somebody without the password knows: the secret that zero would lead to.
    const scrambler = createHash("sha256")
      .update(padded("00"))
      .update(padded(given.SRP_B ?? ""));
    const key = hkdfSync(
      "sha256",
      "\0",
      padded(scrambler.digest("hex")),
      "Caldera Derived Key",
      16,
    );
    const signature = createHmac("sha256", Buffer.from(key))
      .update(`${ids.UserPoolId.split("_")[1]}dan`)
      .update(Buffer.from(block, "base64"))
      .update(timestamp);
    const proof = new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName,
      ChallengeResponses: {
        USERNAME: "dan",
        PASSWORD_CLAIM_SECRET_BLOCK: block,
        PASSWORD_CLAIM_SIGNATURE: signature.digest("base64"),
        TIMESTAMP: timestamp,
      },
    });
    expect(await refusal(sdk.send(proof))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("migrates by the password flow of the library", async () => {
    const migrate = served.fn("migrate", (event) => ({
      ...event,
      response: {
        userAttributes: { email: "eli@example.com", email_verified: "true" },
        finalUserStatus: "CONFIRMED",
        messageAction: "SUPPRESS",
      },
    }));
    const ids = await pool(served, {
      UsernameAttributes: ["email"],
      LambdaConfig: { UserMigration: migrate },
    });
    const user = browserUser(ids, "eli@example.com");
    user.setAuthenticationFlowType("USER_PASSWORD_AUTH");
    expect((await authenticate(user, "eli@example.com", PASSWORD)).kind).toBe("session");
    // facts 1.3: the password that was typed is now the pool's, so SRP works as well
    const later = browserUser(ids, "eli@example.com");
    expect((await authenticate(later, "eli@example.com", PASSWORD)).kind).toBe("session");
  });
});

describe("a second factor", () => {
  async function mfaPool(MfaConfiguration: "ON" | "OPTIONAL"): Promise<Ids> {
    const ids = await pool(served, { EmailConfiguration: OWN_SENDER });
    await served.sdk().send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: ids.UserPoolId,
        MfaConfiguration,
        SoftwareTokenMfaConfiguration: { Enabled: true },
        SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: "arn:aws:iam::1:role/sms" } },
        EmailMfaConfiguration: { Message: "Your authentication code is {####}." },
      }),
    );
    return ids;
  }

  const totp = (secret: string) => generateSync({ secret, epoch: served.nowMs() / 1000 });
  const wrongTotp = (secret: string) => {
    const right = Number(totp(secret));
    return String((right + 1) % 1_000_000).padStart(6, "0");
  };

  function associate(user: CognitoUser): Promise<string> {
    return new Promise((resolve, reject) => {
      user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
    });
  }

  it("is set up at the first sign-in where everyone must have one", async () => {
    const ids = await pool(served, { EmailConfiguration: OWN_SENDER });
    await served.sdk().send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: ids.UserPoolId,
        MfaConfiguration: "ON",
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
    await create(ids, "fay");
    const user = browserUser(ids, "fay");
    // facts 3.2, MFA_SETUP
    expect((await authenticate(user, "fay", PASSWORD)).kind).toBe("mfa-setup");
    const secret = await associate(user);
    const session = await new Promise<CognitoUserSession>((resolve, reject) => {
      user.verifySoftwareToken(totp(secret), "phone", { onSuccess: resolve, onFailure: reject });
    });
    expect(session.isValid()).toBe(true);

    served.pass(MINUTE);
    const again = browserUser(ids, "fay");
    expect((await authenticate(again, "fay", PASSWORD)).kind).toBe("totp");
    const answer = (code: string) =>
      step((callbacks) => again.sendMFACode(code, callbacks, "SOFTWARE_TOKEN_MFA"));
    // facts 3.4: a wrong code can be corrected in the same session
    expect(await refusal(answer(wrongTotp(secret)))).toBe(
      "CodeMismatchException: Invalid code received for user",
    );
    expect((await answer(totp(secret))).kind).toBe("session");
  });

  it("accepts a software token's code once", async () => {
    const ids = await mfaPool("OPTIONAL");
    await create(ids, "gil");
    const user = browserUser(ids, "gil");
    await authenticate(user, "gil", PASSWORD);
    const secret = await associate(user);
    await new Promise((resolve, reject) => {
      user.verifySoftwareToken(totp(secret), "phone", { onSuccess: resolve, onFailure: reject });
    });
    await served.sdk().send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId: ids.UserPoolId,
        Username: "gil",
        SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
      }),
    );
    served.pass(MINUTE);
    const code = totp(secret);
    const tryCode = async () => {
      const next = browserUser(ids, "gil");
      expect((await authenticate(next, "gil", PASSWORD)).kind).toBe("totp");
      return step((callbacks) => next.sendMFACode(code, callbacks, "SOFTWARE_TOKEN_MFA"));
    };
    expect((await tryCode()).kind).toBe("session");
    expect(await refusal(tryCode())).toMatch(/^ExpiredCodeException/);
  });

  it.each([
    {
      medium: "EMAIL",
      attribute: "email",
      challenge: "EMAIL_OTP",
      parameter: "EMAIL_OTP_CODE",
      preference: { EmailMfaSettings: { Enabled: true, PreferredMfa: true } },
      name: "hed",
      to: "hed@example.com",
      masked: "h***@e***",
    },
    {
      medium: "SMS",
      attribute: "phone_number",
      challenge: "SMS_MFA",
      parameter: "SMS_MFA_CODE",
      preference: { SMSMfaSettings: { Enabled: true, PreferredMfa: true } },
      name: "ida",
      to: "+15550143",
      masked: "+****0143",
    },
  ] as const)("can be a code by $medium, in a session that works once", async (factor) => {
    const { challenge, name, to } = factor;
    const ids = await mfaPool("OPTIONAL");
    await create(ids, name);
    const sdk = served.sdk();
    await sdk.send(
      new AdminUpdateUserAttributesCommand({
        UserPoolId: ids.UserPoolId,
        Username: name,
        UserAttributes: [{ Name: factor.attribute, Value: to }],
      }),
    );
    await sdk.send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId: ids.UserPoolId,
        Username: name,
        ...factor.preference,
      }),
    );
    const first = await sdk.send(
      new InitiateAuthCommand({
        ClientId: ids.ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: name, PASSWORD },
      }),
    );
    // facts 3.2
    expect(first.ChallengeName).toBe(challenge);
    expect(first.AuthenticationResult).toBeUndefined();
    expect(first.ChallengeParameters).toMatchObject({
      CODE_DELIVERY_DESTINATION: factor.masked,
      CODE_DELIVERY_DELIVERY_MEDIUM: factor.medium,
    });
    const answer = (code: string) =>
      sdk.send(
        new RespondToAuthChallengeCommand({
          ClientId: ids.ClientId,
          ChallengeName: challenge,
          Session: first.Session,
          ChallengeResponses: { USERNAME: name, [factor.parameter]: code },
        }),
      );
    const code = served.lastCode(to);
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    // A wrong code can be corrected in the same session; the text is in amplify-js issue 3066.
    expect(await refusal(answer(wrong))).toBe(
      "CodeMismatchException: Invalid code or auth state for the user.",
    );
    expect((await answer(code)).AuthenticationResult?.AccessToken).toBeTruthy();
    expect(await refusal(answer(code))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
  });
});
