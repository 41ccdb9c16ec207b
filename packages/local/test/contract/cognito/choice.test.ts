import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  ConfirmSignUpCommand,
  type CreateUserPoolClientCommandInput,
  type CreateUserPoolCommandInput,
  GetUserAuthFactorsCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MINUTE, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

interface Ids {
  UserPoolId: string;
  ClientId: string;
}
type Factor = "PASSWORD" | "EMAIL_OTP" | "SMS_OTP";

function choicePool(
  factors: Factor[] = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"],
  client: Partial<CreateUserPoolClientCommandInput> = {},
  settings: Partial<CreateUserPoolCommandInput> = {},
): Promise<Ids> {
  return pool(
    served,
    {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: factors } },
      AutoVerifiedAttributes: ["email"],
      ...settings,
    },
    { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], ...client },
  );
}

interface Person {
  email?: "verified" | "unverified";
  phone?: "verified" | "unverified";
  password?: "permanent" | "temporary" | "none";
}

async function user({ UserPoolId }: Ids, Username: string, person: Person = {}): Promise<void> {
  const { email = "verified", phone, password = "permanent" } = person;
  const sdk = served.sdk();
  await sdk.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: "SUPPRESS",
      ...(password !== "none" && { TemporaryPassword: "Temp-Horse-1" }),
      UserAttributes: [
        { Name: "email", Value: `${Username}@example.com` },
        { Name: "email_verified", Value: String(email === "verified") },
        ...(phone === undefined
          ? []
          : [
              { Name: "phone_number", Value: "+15555550100" },
              { Name: "phone_number_verified", Value: String(phone === "verified") },
            ]),
      ],
    }),
  );
  if (password !== "permanent") return;
  await sdk.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
  );
}

function start({ ClientId }: Ids, USERNAME: string, more: Record<string, string> = {}) {
  return served.sdk().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters: { USERNAME, ...more },
    }),
  );
}

function reply(
  { ClientId }: Ids,
  asked: Pick<InitiateAuthCommandOutput, "Session" | "ChallengeName">,
  USERNAME: string,
  answers: Record<string, string>,
) {
  return served.sdk().send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: asked.ChallengeName,
      Session: asked.Session,
      ChallengeResponses: { USERNAME, ...answers },
    }),
  );
}

describe("USER_AUTH", () => {
  it("offers what the pool allows and the user has", async () => {
    const ids = await choicePool();
    await user(ids, "ann", { phone: "verified" });
    await user(ids, "bea", { email: "unverified", phone: "unverified" });
    await user(ids, "cy", { password: "none" });
    const offered = async (name: string) => {
      const { ChallengeName, AvailableChallenges, Session } = await start(ids, name);
      expect(ChallengeName).toBe("SELECT_CHALLENGE");
      expect(Session?.length).toBeGreaterThan(20);
      return AvailableChallenges;
    };
    // facts 3.2
    expect(await offered("ann")).toEqual(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    expect(await offered("bea")).toEqual(["PASSWORD_SRP", "PASSWORD"]);
    expect(await offered("cy")).toEqual(["EMAIL_OTP"]);
  });

  it("offers no code to an invited user", async () => {
    const ids = await choicePool();
    await user(ids, "di", { password: "temporary" });
    // facts 3.2, seen live
    expect(await start(ids, "di", { PREFERRED_CHALLENGE: "EMAIL_OTP" })).toMatchObject({
      ChallengeName: "SELECT_CHALLENGE",
      AvailableChallenges: ["PASSWORD_SRP", "PASSWORD"],
    });
  });

  it("sends the code at once where it is preferred, and signs in by it", async () => {
    const ids = await choicePool();
    await user(ids, "ed", { password: "none" });
    const asked = await start(ids, "ed", { PREFERRED_CHALLENGE: "EMAIL_OTP" });
    // facts 3.2, seen live
    expect(asked).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      AvailableChallenges: ["EMAIL_OTP"],
      ChallengeParameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: "EMAIL",
        CODE_DELIVERY_DESTINATION: "e***@e***",
      },
    });
    const code = served.lastCode("ed@example.com");
    expect(code).toMatch(/^\d{8}$/);
    const wrong = code === "00000000" ? "11111111" : "00000000";
    for (let n = 1; n <= 6; n += 1) {
      expect(await refusal(reply(ids, asked, "ed", { EMAIL_OTP_CODE: wrong }))).toBe(
        "CodeMismatchException: Invalid verification code provided, please try again.",
      );
    }
    const done = await reply(ids, asked, "ed", { EMAIL_OTP_CODE: code });
    expect(done.AuthenticationResult).toMatchObject({ ExpiresIn: 3600 });
    expect(await refusal(reply(ids, asked, "ed", { EMAIL_OTP_CODE: code }))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
  });

  it("forgets the code after three minutes", async () => {
    const ids = await choicePool();
    await user(ids, "flo");
    const asked = await start(ids, "flo", { PREFERRED_CHALLENGE: "EMAIL_OTP" });
    served.pass(3 * MINUTE);
    const EMAIL_OTP_CODE = served.lastCode("flo@example.com");
    expect(await refusal(reply(ids, asked, "flo", { EMAIL_OTP_CODE }))).toBe(
      "NotAuthorizedException: Invalid session for the user, session is expired.",
    );
  });

  it("takes a choice, by SMS too", async () => {
    const ids = await choicePool();
    await user(ids, "gus", { phone: "verified" });
    const choice = await start(ids, "gus");
    expect(await refusal(reply(ids, choice, "gus", { ANSWER: "WEB_AUTHN" }))).toMatch(
      /^InvalidParameterException: /,
    );
    const asked = await reply(ids, choice, "gus", { ANSWER: "SMS_OTP" });
    expect(asked).toMatchObject({
      ChallengeName: "SMS_OTP",
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: "+*******0100" },
    });
    // The API model: only the answers of the other three operations have it.
    expect(asked).not.toHaveProperty("AvailableChallenges");
    const SMS_OTP_CODE = served.lastCode("+15555550100");
    expect((await reply(ids, asked, "gus", { SMS_OTP_CODE })).AuthenticationResult).toBeDefined();
  });

  it("takes the password with the choice, with the preference, or after either", async () => {
    const ids = await choicePool();
    await user(ids, "hal");
    const tokens = (answer: Pick<InitiateAuthCommandOutput, "AuthenticationResult">) =>
      expect(answer.AuthenticationResult?.AccessToken).toBeTruthy();
    tokens(await start(ids, "hal", { PREFERRED_CHALLENGE: "PASSWORD", PASSWORD }));
    const preferred = await start(ids, "hal", { PREFERRED_CHALLENGE: "PASSWORD" });
    expect(preferred.ChallengeName).toBe("PASSWORD");
    tokens(await reply(ids, preferred, "hal", { PASSWORD }));
    tokens(await reply(ids, await start(ids, "hal"), "hal", { ANSWER: "PASSWORD", PASSWORD }));
    const asked = await reply(ids, await start(ids, "hal"), "hal", { ANSWER: "PASSWORD" });
    expect(await refusal(reply(ids, asked, "hal", { PASSWORD: "Wrong-Horse-9" }))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("goes on to PASSWORD_VERIFIER by SRP, as a choice or a preference", async () => {
    const ids = await choicePool();
    await user(ids, "ida");
    const SRP_A = "abcdef0123456789";
    const chosen = { ANSWER: "PASSWORD_SRP", SRP_A };
    for (const asked of [
      await start(ids, "ida", { PREFERRED_CHALLENGE: "PASSWORD_SRP", SRP_A }),
      await reply(ids, await start(ids, "ida"), "ida", chosen),
      await reply(ids, await start(ids, "ida", { PREFERRED_CHALLENGE: "PASSWORD_SRP" }), "ida", {
        SRP_A,
      }),
    ]) {
      expect(asked).toMatchObject({
        ChallengeName: "PASSWORD_VERIFIER",
        ChallengeParameters: { USER_ID_FOR_SRP: "ida" },
      });
    }
  });

  it("signs in by code a user whose password is reset", async () => {
    const ids = await choicePool();
    await user(ids, "jo");
    await served
      .sdk()
      .send(new AdminResetUserPasswordCommand({ UserPoolId: ids.UserPoolId, Username: "jo" }));
    const asked = await start(ids, "jo", { PREFERRED_CHALLENGE: "EMAIL_OTP" });
    const EMAIL_OTP_CODE = served.lastCode("jo@example.com");
    // facts 4.8: no reset is needed for it
    expect((await reply(ids, asked, "jo", { EMAIL_OTP_CODE })).AuthenticationResult).toBeDefined();
  });

  it("offers no code to a user with a second factor", async () => {
    const ids = await choicePool();
    await user(ids, "kim", { phone: "verified" });
    const sdk = served.sdk();
    await sdk.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: ids.UserPoolId,
        MfaConfiguration: "OPTIONAL",
        SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: "arn:aws:iam::1:role/sns" } },
      }),
    );
    expect((await start(ids, "kim")).AvailableChallenges).toContain("EMAIL_OTP");
    await sdk.send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId: ids.UserPoolId,
        Username: "kim",
        SMSMfaSettings: { Enabled: true },
      }),
    );
    expect((await start(ids, "kim")).AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD"]);
  });

  it("needs ALLOW_USER_AUTH, and is there for administrators", async () => {
    const ids = await choicePool();
    await user(ids, "lea");
    const closed = await choicePool(["PASSWORD"], { ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] });
    expect(await refusal(start(closed, "lea"))).toMatch(/^InvalidParameterException: /);
    const asked = await served.sdk().send(
      new AdminInitiateAuthCommand({
        ...ids,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "lea" },
      }),
    );
    expect(asked.ChallengeName).toBe("SELECT_CHALLENGE");
  });

  it("pretends for a name that nobody has under ENABLED only", async () => {
    const legacy = await choicePool();
    expect(await refusal(start(legacy, "nobody"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    const ids = await choicePool(["PASSWORD", "EMAIL_OTP"], {
      PreventUserExistenceErrors: "ENABLED",
    });
    const before = served.outbox.length;
    // facts 3.2, seen live
    const asked = await start(ids, "me@example.com", { PREFERRED_CHALLENGE: "EMAIL_OTP" });
    expect(asked).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: "m***@e***" },
    });
    expect(served.outbox).toHaveLength(before);
    expect(await refusal(reply(ids, asked, "me@example.com", { EMAIL_OTP_CODE: "12345678" }))).toBe(
      "CodeMismatchException: Invalid verification code provided, please try again.",
    );
    const choice = await start(ids, "nobody");
    expect(choice.AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]);
    expect(await refusal(reply(ids, choice, "nobody", { ANSWER: "PASSWORD", PASSWORD }))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });
});

describe("a user without a password", () => {
  it("signs up, confirms and is signed in by that one code", async () => {
    const ids = await choicePool(["PASSWORD", "EMAIL_OTP"]);
    const sdk = served.sdk();
    const { ClientId } = ids;
    const Username = "max";
    const UserAttributes = [{ Name: "email", Value: "max@example.com" }];
    const signedUp = await sdk.send(new SignUpCommand({ ClientId, Username, UserAttributes }));
    expect(signedUp.Session).toBeTruthy();
    const confirmed = await sdk.send(
      new ConfirmSignUpCommand({
        ClientId,
        Username,
        ConfirmationCode: served.lastCode("max@example.com"),
        Session: signedUp.Session,
      }),
    );
    const signIn = new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters: { USERNAME: Username },
      Session: confirmed.Session,
    });
    // facts 3.2
    const done = await sdk.send(signIn);
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    expect(await refusal(sdk.send(signIn))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
    const { AccessToken } = done.AuthenticationResult ?? {};
    const factors = await sdk.send(new GetUserAuthFactorsCommand({ AccessToken }));
    expect(factors).toMatchObject({ Username, ConfiguredUserAuthFactors: ["EMAIL_OTP"] });
    // Who has no password gives none to choose the first; from then on it has to be given.
    const change = (ProposedPassword: string) =>
      sdk.send(new ChangePasswordCommand({ AccessToken, ProposedPassword }));
    await change(PASSWORD);
    expect(await refusal(change("Other-Horse-9"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    const byPassword = { PREFERRED_CHALLENGE: "PASSWORD", PASSWORD };
    expect((await start(ids, Username, byPassword)).AuthenticationResult).toBeDefined();
  });

  // aws-amplify's way, which is told to work: amplify-js#14138
  it("is signed in by the code without the session of the sign-up too", async () => {
    const confirmed = async (ids: Ids, Session?: string) => {
      const { ClientId } = ids;
      const Username = "moe";
      const UserAttributes = [{ Name: "email", Value: "moe@example.com" }];
      const sdk = served.sdk();
      await sdk.send(new SignUpCommand({ ClientId, Username, Password: PASSWORD, UserAttributes }));
      const ConfirmationCode = served.lastCode("moe@example.com");
      return sdk.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode, Session }));
    };
    const ids = await choicePool();
    const { Session } = await confirmed(ids);
    const { AuthenticationResult } = await served.sdk().send(
      new InitiateAuthCommand({
        ClientId: ids.ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "moe" },
        Session,
      }),
    );
    expect(AuthenticationResult?.AccessToken).toBeTruthy();
    const foreign = "s".repeat(40);
    expect(await confirmed(await choicePool(), foreign)).not.toHaveProperty("Session");
    const passwordsOnly = { ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH" as const] };
    expect(await confirmed(await choicePool(["PASSWORD"], passwordsOnly))).not.toHaveProperty(
      "Session",
    );
  });

  it("cannot sign up without one where no code could reach them", async () => {
    const UserAttributes = [{ Name: "email", Value: "nia@example.com" }];
    const attempt = async (ids: Ids, attributes = UserAttributes) =>
      refusal(
        served.sdk().send(
          new SignUpCommand({
            ClientId: ids.ClientId,
            Username: "nia",
            UserAttributes: attributes,
          }),
        ),
      );
    const invalid = /^InvalidParameterException: /;
    // DG26/signing-up-users-in-your-app, "Passwords at sign-up": every condition is needed
    expect(await attempt(await choicePool(["PASSWORD"]))).toMatch(invalid);
    expect(await attempt(await choicePool(["PASSWORD", "EMAIL_OTP"]), [])).toMatch(invalid);
    const flows = { ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH" as const] };
    expect(await attempt(await choicePool(["PASSWORD", "EMAIL_OTP"], flows))).toMatch(invalid);
    const unverified = { AutoVerifiedAttributes: [] };
    expect(await attempt(await choicePool(["PASSWORD", "EMAIL_OTP"], {}, unverified))).toMatch(
      invalid,
    );
  });

  it("is confirmed from the start where an administrator creates them", async () => {
    const ids = await choicePool();
    await user(ids, "oda", { password: "none" });
    await user(ids, "pam", { password: "temporary" });
    const status = async (Username: string) =>
      (await served.sdk().send(new AdminGetUserCommand({ UserPoolId: ids.UserPoolId, Username })))
        .UserStatus;
    // facts 4.1
    expect(await status("oda")).toBe("CONFIRMED");
    expect(await status("pam")).toBe("FORCE_CHANGE_PASSWORD");
  });
});
