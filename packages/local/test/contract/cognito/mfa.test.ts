import {
  AdminCreateUserCommand,
  AdminDeleteSoftwareTokenCommand,
  AdminDeleteUserAttributesCommand,
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  type AdminSetUserMFAPreferenceCommandInput,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  GetUserPoolMfaConfigCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  SetUserSettingsCommand,
  VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
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
type Config = Omit<SetUserPoolMfaConfigCommandInput, "UserPoolId">;

const SMS = {
  SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: "arn:aws:iam::1:role/sms" } },
};
const TOTP = { SoftwareTokenMfaConfiguration: { Enabled: true } };
const EMAIL = {
  EmailMfaConfiguration: { Message: "Your own code is {####}", Subject: "Your own" },
};

let phones = 100;

/** A pool with this MFA and one user "ann", who has an address and a phone, neither verified. */
async function mfaPool(config: Config) {
  const ids: Ids = await pool(served, {
    ...(config.EmailMfaConfiguration && { EmailConfiguration: OWN_SENDER }),
  });
  const { UserPoolId } = ids;
  const sdk = served.sdk();
  await sdk.send(new SetUserPoolMfaConfigCommand({ UserPoolId, ...config }));
  phones += 1;
  const phone = `+15555550${phones}`;
  await sdk.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: "ann",
      MessageAction: "SUPPRESS",
      UserAttributes: [
        { Name: "email", Value: `ann${phones}@example.com` },
        { Name: "phone_number", Value: phone },
      ],
    }),
  );
  await sdk.send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username: "ann",
      Password: PASSWORD,
      Permanent: true,
    }),
  );
  return { ...ids, phone, email: `ann${phones}@example.com` };
}

const totp = (secret = "") => generateSync({ secret, epoch: served.nowMs() / 1000 });

function signIn({ ClientId }: Ids) {
  return served.sdk().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ann", PASSWORD },
    }),
  );
}

function answer(
  { ClientId }: Ids,
  asked: Pick<InitiateAuthCommandOutput, "ChallengeName" | "Session">,
  responses: Record<string, string>,
) {
  return served.sdk().send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: asked.ChallengeName,
      Session: asked.Session,
      ChallengeResponses: { USERNAME: "ann", ...responses },
    }),
  );
}

function prefer(ids: Ids, preference: Partial<AdminSetUserMFAPreferenceCommandInput>) {
  return served.sdk().send(
    new AdminSetUserMFAPreferenceCommand({
      UserPoolId: ids.UserPoolId,
      Username: "ann",
      ...preference,
    }),
  );
}

const look = ({ UserPoolId }: Ids) =>
  served.sdk().send(new AdminGetUserCommand({ UserPoolId, Username: "ann" }));

/** Sets up a software token with an access token, and gives its secret. */
async function enrol(AccessToken = ""): Promise<string> {
  const sdk = served.sdk();
  const { SecretCode } = await sdk.send(new AssociateSoftwareTokenCommand({ AccessToken }));
  await sdk.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: totp(SecretCode) }));
  return SecretCode ?? "";
}

describe("MFA_SETUP", () => {
  it("goes from session to session, each good for one step", async () => {
    const ids = await mfaPool({ MfaConfiguration: "ON", ...TOTP });
    const sdk = served.sdk();
    const asked = await signIn(ids);
    // facts 3.2
    expect(asked).toMatchObject({
      ChallengeName: "MFA_SETUP",
      ChallengeParameters: {
        MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]',
        USER_ID_FOR_SRP: "ann",
      },
    });
    const associate = new AssociateSoftwareTokenCommand({ Session: asked.Session });
    const associated = await sdk.send(associate);
    expect(associated.SecretCode).toMatch(/^[A-Z2-7]{32}$/);
    const once =
      "NotAuthorizedException: Invalid session for the user, session can only be used once.";
    expect(await refusal(sdk.send(associate))).toBe(once);
    // Not yet proved: there are no tokens.
    const early = answer(ids, { ChallengeName: "MFA_SETUP", Session: associated.Session }, {});
    expect(await refusal(early)).toMatch(/^NotAuthorizedException: Invalid session/);
    const verify = (UserCode: string) =>
      sdk.send(new VerifySoftwareTokenCommand({ Session: associated.Session, UserCode }));
    const right = totp(associated.SecretCode);
    const wrong = right === "000000" ? "111111" : "000000";
    expect(await refusal(verify(wrong))).toBe(
      "EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA",
    );
    const verified = await verify(right);
    expect(verified.Status).toBe("SUCCESS");
    // getmoto/moto, test_user_authentication_flow_mfa_on, which was run on AWS: from now on, even if this sign-in ends here
    expect((await signIn(ids)).ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
    const done = await answer(ids, { ChallengeName: "MFA_SETUP", Session: verified.Session }, {});
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    expect(await look(ids)).toMatchObject({
      UserMFASettingList: ["SOFTWARE_TOKEN_MFA"],
      PreferredMfaSetting: "SOFTWARE_TOKEN_MFA",
    });
    expect((await signIn(ids)).ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
  });

  // aws-amplify/amplify-swift, EmailMFAOnlyTests, which run on AWS
  it("takes the address of who has none, and proves it by the code", async () => {
    const ids = await mfaPool({ MfaConfiguration: "ON", ...EMAIL });
    await served.sdk().send(
      new AdminDeleteUserAttributesCommand({
        UserPoolId: ids.UserPoolId,
        Username: "ann",
        UserAttributeNames: ["email"],
      }),
    );
    const asked = await signIn(ids);
    expect(asked).toMatchObject({
      ChallengeName: "MFA_SETUP",
      ChallengeParameters: { MFAS_CAN_SETUP: '["EMAIL_OTP"]' },
    });
    expect(await refusal(answer(ids, asked, { EMAIL: "nowhere" }))).toMatch(
      /^InvalidParameterException: /,
    );
    const address = `new-${ids.email}`;
    const sent = await answer(ids, asked, { EMAIL: address });
    expect(sent).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      ChallengeParameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: "EMAIL",
        CODE_DELIVERY_DESTINATION: "n***@e***",
      },
    });
    const code = served.lastCode(address);
    const wrong = code === "000000" ? "111111" : "000000";
    expect(await refusal(answer(ids, sent, { EMAIL_OTP_CODE: wrong }))).toMatch(
      /^CodeMismatchException: /,
    );
    expect((await look(ids)).UserAttributes).not.toContainEqual({ Name: "email", Value: address });
    const done = await answer(ids, sent, { EMAIL_OTP_CODE: code });
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    expect((await look(ids)).UserAttributes).toEqual(
      expect.arrayContaining([
        { Name: "email", Value: address },
        { Name: "email_verified", Value: "true" },
      ]),
    );
    expect((await signIn(ids)).ChallengeName).toBe("EMAIL_OTP");
  });

  it("takes no address where the pool mails no codes", async () => {
    const ids = await mfaPool({ MfaConfiguration: "ON", ...TOTP });
    expect(await refusal(answer(ids, await signIn(ids), { EMAIL: "a@example.com" }))).toMatch(
      /^InvalidParameterException: /,
    );
  });

  it("comes again once the software token is switched off or taken away", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...TOTP });
    const sdk = served.sdk();
    const { UserPoolId } = ids;
    await enrol((await signIn(ids)).AuthenticationResult?.AccessToken);
    const on = { SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } };
    await prefer(ids, on);
    await sdk.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: "ON", ...TOTP }),
    );
    expect((await signIn(ids)).ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
    await prefer(ids, { SoftwareTokenMfaSettings: { Enabled: false } });
    expect((await signIn(ids)).ChallengeName).toBe("MFA_SETUP");
    await prefer(ids, on);
    expect((await signIn(ids)).ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
    const remove = new AdminDeleteSoftwareTokenCommand({ UserPoolId, Username: "ann" });
    // facts 7
    await sdk.send(remove);
    expect((await signIn(ids)).ChallengeName).toBe("MFA_SETUP");
    expect(await refusal(sdk.send(remove))).toMatch(/^SoftwareTokenMFANotFoundException: /);
  });
});

describe("a software token", () => {
  it("is asked for once it is proved and switched on, and not before", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...TOTP });
    const on = { SoftwareTokenMfaSettings: { Enabled: true } };
    expect(await refusal(prefer(ids, on))).toBe(
      "InvalidParameterException: User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
    );
    const secret = await enrol((await signIn(ids)).AuthenticationResult?.AccessToken);
    expect((await signIn(ids)).AuthenticationResult).toBeDefined();
    await prefer(ids, on);
    const asked = await signIn(ids);
    expect(asked.ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
    served.pass(MINUTE);
    const code = totp(secret);
    const wrong = code === "000000" ? "111111" : "000000";
    const reply = (SOFTWARE_TOKEN_MFA_CODE: string) =>
      answer(ids, asked, { SOFTWARE_TOKEN_MFA_CODE });
    expect(await refusal(reply(wrong))).toBe(
      "CodeMismatchException: Invalid code received for user",
    );
    expect((await reply(code)).AuthenticationResult).toBeDefined();
    const again = await signIn(ids);
    expect(await refusal(answer(ids, again, { SOFTWARE_TOKEN_MFA_CODE: code }))).toBe(
      "ExpiredCodeException: Your software token has already been used once.",
    );
    served.pass(MINUTE);
    const next = { SOFTWARE_TOKEN_MFA_CODE: totp(secret) };
    expect((await answer(ids, again, next)).AuthenticationResult).toBeDefined();
  });

  it("does not take the code again by which it was proved", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...TOTP });
    const { AccessToken } = (await signIn(ids)).AuthenticationResult ?? {};
    const sdk = served.sdk();
    const { SecretCode } = await sdk.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    const code = totp(SecretCode);
    await sdk.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: code }));
    await prefer(ids, { SoftwareTokenMfaSettings: { Enabled: true } });
    const asked = await signIn(ids);
    // aws-amplify/amplify-swift, AuthIntegrationTests/MFATests, which run on AWS
    expect(await refusal(answer(ids, asked, { SOFTWARE_TOKEN_MFA_CODE: code }))).toBe(
      "ExpiredCodeException: Your software token has already been used once.",
    );
    served.pass(MINUTE);
    const next = { SOFTWARE_TOKEN_MFA_CODE: totp(SecretCode) };
    expect((await answer(ids, asked, next)).AuthenticationResult).toBeDefined();
  });

  it("cannot be set up where the pool has none", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...SMS });
    const { AccessToken } = (await signIn(ids)).AuthenticationResult ?? {};
    const attempt = served.sdk().send(new AssociateSoftwareTokenCommand({ AccessToken }));
    expect(await refusal(attempt)).toBe(
      "SoftwareTokenMFANotFoundException: Software Token MFA has not been enabled by the userPool",
    );
  });
});

describe("a code as the second factor", () => {
  it("goes by SMS to whoever has a phone where everyone must have a factor", async () => {
    const ids = await mfaPool({ MfaConfiguration: "ON", ...SMS });
    const asked = await signIn(ids);
    expect(asked.ChallengeName).toBe("SMS_MFA");
    const code = served.lastCode(ids.phone);
    const wrong = code === "000000" ? "111111" : "000000";
    expect(await refusal(answer(ids, asked, { SMS_MFA_CODE: wrong }))).toBe(
      "CodeMismatchException: Invalid code or auth state for the user.",
    );
    const done = await answer(ids, asked, { SMS_MFA_CODE: code });
    expect(done.AuthenticationResult).toBeDefined();
    // Whoever has the code has the phone.
    expect((await look(ids)).UserAttributes).toContainEqual({
      Name: "phone_number_verified",
      Value: "true",
    });
  });

  it("goes by mail in the pool's own words", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...EMAIL });
    await prefer(ids, { EmailMfaSettings: { Enabled: true, PreferredMfa: true } });
    const asked = await signIn(ids);
    expect(asked).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: "EMAIL" },
    });
    const mail = served.outbox.at(-1);
    expect(mail).toMatchObject({ to: ids.email, subject: "Your own" });
    const EMAIL_OTP_CODE = /\d{6}/.exec(mail?.text ?? "")?.[0] ?? "";
    expect((await answer(ids, asked, { EMAIL_OTP_CODE })).AuthenticationResult).toBeDefined();
  });
});

describe("several second factors", () => {
  it("are to choose from, unless one is preferred", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...SMS, ...EMAIL, ...TOTP });
    await prefer(ids, { SMSMfaSettings: { Enabled: true }, EmailMfaSettings: { Enabled: true } });
    const choice = await signIn(ids);
    expect(choice).toMatchObject({
      ChallengeName: "SELECT_MFA_TYPE",
      ChallengeParameters: { MFAS_CAN_CHOOSE: '["SMS_MFA","EMAIL_OTP"]' },
    });
    expect(await refusal(answer(ids, choice, { ANSWER: "SOFTWARE_TOKEN_MFA" }))).toMatch(
      /^InvalidParameterException: /,
    );
    const asked = await answer(ids, choice, { ANSWER: "EMAIL_OTP" });
    expect(asked.ChallengeName).toBe("EMAIL_OTP");
    await prefer(ids, { SMSMfaSettings: { PreferredMfa: true } });
    expect((await signIn(ids)).ChallengeName).toBe("SMS_MFA");
    const both = prefer(ids, {
      SMSMfaSettings: { Enabled: true, PreferredMfa: true },
      EmailMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    expect(await refusal(both)).toMatch(/^InvalidParameterException: /);
  });

  it("take a choice in the older and in the newer word for a code by mail", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...SMS, ...EMAIL });
    await prefer(ids, { SMSMfaSettings: { Enabled: true }, EmailMfaSettings: { Enabled: true } });
    for (const ANSWER of ["EMAIL_OTP", "EMAIL_MFA"]) {
      // facts 3.2
      const asked = await answer(ids, await signIn(ids), { ANSWER });
      expect(asked.ChallengeName).toBe("EMAIL_OTP");
    }
  });
});

describe("preferences", () => {
  it("need what the factor needs, and are the user's own to set", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...SMS });
    const sdk = served.sdk();
    const { UserPoolId } = ids;
    await sdk.send(
      new AdminCreateUserCommand({ UserPoolId, Username: "bob", MessageAction: "SUPPRESS" }),
    );
    const on = { Enabled: true };
    for (const [factor, settings] of [
      ["SMS_MFA", { SMSMfaSettings: on }],
      // aws/aws-sdk-js-v3#4645
      ["SOFTWARE_TOKEN_MFA", { SoftwareTokenMfaSettings: on }],
    ] as const) {
      const prefer = { UserPoolId, Username: "bob", ...settings };
      expect(await refusal(sdk.send(new AdminSetUserMFAPreferenceCommand(prefer)))).toBe(
        `InvalidParameterException: User does not have delivery config set to turn on ${factor}`,
      );
    }
    const { AccessToken } = (await signIn(ids)).AuthenticationResult ?? {};
    await sdk.send(
      new SetUserMFAPreferenceCommand({ AccessToken, SMSMfaSettings: { Enabled: true } }),
    );
    const { UserMFASettingList, PreferredMfaSetting } = await look(ids);
    expect(UserMFASettingList).toEqual(["SMS_MFA"]);
    expect(PreferredMfaSetting).toBeUndefined();
  });

  it("can be set in the older way too", async () => {
    const ids = await mfaPool({ MfaConfiguration: "OPTIONAL", ...SMS });
    const sdk = served.sdk();
    const { AccessToken } = (await signIn(ids)).AuthenticationResult ?? {};
    const option = { DeliveryMedium: "SMS" as const, AttributeName: "phone_number" };
    await sdk.send(new SetUserSettingsCommand({ AccessToken, MFAOptions: [option] }));
    expect((await look(ids)).MFAOptions).toEqual([option]);
    expect((await signIn(ids)).ChallengeName).toBe("SMS_MFA");
    await sdk.send(new SetUserSettingsCommand({ AccessToken, MFAOptions: [] }));
    expect((await look(ids)).MFAOptions).toBeUndefined();
    expect((await signIn(ids)).AuthenticationResult).toBeDefined();
  });
});

describe("the MFA configuration of a pool", () => {
  it("is what was set last, as a whole", async () => {
    const { UserPoolId } = await mfaPool({ MfaConfiguration: "OPTIONAL", ...SMS, ...TOTP });
    const sdk = served.sdk();
    const get = async () => {
      const { $metadata: _, ...config } = await sdk.send(
        new GetUserPoolMfaConfigCommand({ UserPoolId }),
      );
      return config;
    };
    expect(await get()).toEqual({ MfaConfiguration: "OPTIONAL", ...SMS, ...TOTP });
    await sdk.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: "OFF" }));
    expect(await get()).not.toHaveProperty("SmsMfaConfiguration");
    expect(await get()).toMatchObject({ MfaConfiguration: "OFF" });
  });

  it("has the text that the pool's own settings give its messages", async () => {
    const { UserPoolId } = await pool(served, {
      MfaConfiguration: "OPTIONAL",
      SmsAuthenticationMessage: "Here: {####}",
      ...SMS.SmsMfaConfiguration,
    });
    const config = await served.sdk().send(new GetUserPoolMfaConfigCommand({ UserPoolId }));
    expect(config.SmsMfaConfiguration?.SmsAuthenticationMessage).toBe("Here: {####}");
  });

  it("has no mailed codes where Cognito sends the mails", async () => {
    const { UserPoolId } = await pool(served);
    const config = { UserPoolId, MfaConfiguration: "OPTIONAL", ...EMAIL } as const;
    // cdk-preflight, pf-cognito-mfa-email-otp-requires-developer: the text of the live service
    expect(await refusal(served.sdk().send(new SetUserPoolMfaConfigCommand(config)))).toBe(
      "InvalidParameterException: Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT. Update the value of EmailSendingAccount.",
    );
  });

  it("cannot be on without a factor, nor off with one", async () => {
    const { UserPoolId } = await pool(served);
    const set = (config: Config) =>
      refusal(served.sdk().send(new SetUserPoolMfaConfigCommand({ UserPoolId, ...config })));
    expect(await set({ MfaConfiguration: "ON" })).toMatch(/^InvalidParameterException: /);
    expect(await set({ MfaConfiguration: "OFF", ...TOTP })).toBe(
      "InvalidParameterException: Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    );
  });
});
