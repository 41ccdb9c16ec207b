import {
  type AccountRecoverySettingType,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminResetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  type SignUpCommandInput,
  UpdateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  DAY,
  HOUR,
  OWN_SENDER,
  PASSWORD,
  pool,
  refusal,
  type Served,
  serve,
  type TriggerEvent,
} from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

interface Ids {
  UserPoolId: string;
  ClientId: string;
}
const VERIFIES_EMAIL = { AutoVerifiedAttributes: ["email" as const] };

function signUp({ ClientId }: Ids, Username: string, more: Partial<SignUpCommandInput> = {}) {
  return served.sdk().send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: PASSWORD,
      UserAttributes: [{ Name: "email", Value: `${Username}@example.com` }],
      ...more,
    }),
  );
}
function confirm({ ClientId }: Ids, Username: string, ConfirmationCode: string) {
  return served.sdk().send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
}
function signIn({ ClientId }: Ids, USERNAME: string, password = PASSWORD) {
  return served.sdk().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME, PASSWORD: password },
    }),
  );
}
function stored({ UserPoolId }: Ids, Username: string) {
  return served.sdk().send(new AdminGetUserCommand({ UserPoolId, Username }));
}
const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

const MISMATCH = "CodeMismatchException: Invalid verification code provided, please try again.";
const EXPIRED = "ExpiredCodeException: Invalid code provided, please request a code again.";

describe("sign-up", () => {
  it("is confirmed by the code that was mailed", async () => {
    const ids = await pool(served, VERIFIES_EMAIL);
    const made = await signUp(ids, "ann");
    expect(made).toMatchObject({
      UserConfirmed: false,
      // facts 3.4, masks
      CodeDeliveryDetails: {
        Destination: "a***@e***",
        DeliveryMedium: "EMAIL",
        AttributeName: "email",
      },
    });
    // facts 3.4
    expect(await refusal(signIn(ids, "ann"))).toBe(
      "UserNotConfirmedException: User is not confirmed.",
    );
    const code = served.lastCode("ann@example.com");
    expect(code).toMatch(/^\d{6}$/);
    expect(await refusal(confirm(ids, "ann", other(code)))).toBe(MISMATCH);
    await confirm(ids, "ann", code);
    expect((await stored(ids, "ann")).UserAttributes).toContainEqual({
      Name: "email_verified",
      Value: "true",
    });
    expect((await signIn(ids, "ann")).AuthenticationResult).toBeDefined();
    expect(await refusal(confirm(ids, "ann", code))).toMatch(/Current status is CONFIRMED/);
  });

  it("has codes that last 24 hours and can be sent again", async () => {
    const ids = await pool(served, VERIFIES_EMAIL);
    await signUp(ids, "bob");
    served.pass(DAY);
    // facts 3.4, 6
    expect(await refusal(confirm(ids, "bob", served.lastCode("bob@example.com")))).toBe(EXPIRED);
    await served
      .sdk()
      .send(new ResendConfirmationCodeCommand({ ClientId: ids.ClientId, Username: "bob" }));
    await confirm(ids, "bob", served.lastCode("bob@example.com"));
    expect((await stored(ids, "bob")).UserStatus).toBe("CONFIRMED");
  });

  it("allows fifteen tries an hour", async () => {
    const ids = await pool(served, VERIFIES_EMAIL);
    await signUp(ids, "cat");
    const wrong = other(served.lastCode("cat@example.com"));
    for (let n = 0; n < 15; n += 1)
      expect(await refusal(confirm(ids, "cat", wrong))).toBe(MISMATCH);
    // facts 3.4, 6
    expect(await refusal(confirm(ids, "cat", wrong))).toBe(
      "LimitExceededException: Attempt limit exceeded, please try after some time.",
    );
    served.pass(HOUR);
    expect(await refusal(confirm(ids, "cat", wrong))).toBe(MISMATCH);
  });

  it("refuses taken names, weak passwords and unknown attributes", async () => {
    const ids = await pool(served);
    await signUp(ids, "dan");
    // facts 3.4
    expect(await refusal(signUp(ids, "dan"))).toBe("UsernameExistsException: User already exists");
    expect(await refusal(signUp(ids, "eve", { Password: "nodigits-A" }))).toBe(
      "InvalidPasswordException: Password did not conform with policy: Password must have numeric characters",
    );
    const UserAttributes = [{ Name: "custom:nope", Value: "1" }];
    expect(await refusal(signUp(ids, "eve", { UserAttributes }))).toMatch(
      /^InvalidParameterException: Attributes did not conform to the schema: /,
    );
    const Password = "has space-A1";
    expect(await refusal(signUp(ids, "eve", { Password }))).toMatch(/^InvalidParameterException/);
  });

  it("needs what the schema does, and leaves addresses unverified", async () => {
    const ids = await pool(served, {
      Schema: [
        { Name: "given_name", Required: true },
        { Name: "family_name", Required: true },
      ],
    });
    // Source: radkawar/stackd, testdata/aws/cognito/profile_workflows.json
    expect(await refusal(signUp(ids, "flo"))).toBe(
      "InvalidParameterException: Attributes did not conform to the schema: name.givenName: The attribute name.givenName is required, name.familyName: The attribute name.familyName is required",
    );
    const attributes = (more: Record<string, string>) =>
      Object.entries({
        given_name: "Flo",
        family_name: "F",
        email: "flo@example.com",
        ...more,
      }).map(([Name, Value]) => ({ Name, Value }));
    for (const Name of ["email_verified", "sub"]) {
      const UserAttributes = attributes({ [Name]: "true" });
      expect(await refusal(signUp(ids, "flo", { UserAttributes }))).toBe(
        `InvalidParameterException: Cannot modify the non-mutable attribute ${Name}`,
      );
    }
    await signUp(ids, "flo", { UserAttributes: attributes({}) });
    expect((await stored(ids, "flo")).UserAttributes).toContainEqual({
      Name: "email_verified",
      Value: "false",
    });
  });

  it("lets a client write only its own attributes", async () => {
    const ids = await pool(
      served,
      { Schema: [{ Name: "plan", AttributeDataType: "String", Mutable: true }] },
      { WriteAttributes: ["email"] },
    );
    const UserAttributes = [{ Name: "custom:plan", Value: "gold" }];
    expect(await refusal(signUp(ids, "fay", { UserAttributes }))).toBe(
      "NotAuthorizedException: A client attempted to write unauthorized attribute",
    );
  });

  it("is closed where only administrators create users", async () => {
    const ids = await pool(served, { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
    expect(await refusal(signUp(ids, "gil"))).toBe(
      "NotAuthorizedException: SignUp is not permitted for this user pool",
    );
  });

  it("takes an e-mail address as username where the pool says so, whatever its case", async () => {
    const ids = await pool(served, {
      ...VERIFIES_EMAIL,
      UsernameAttributes: ["email"],
      UsernameConfiguration: { CaseSensitive: false },
    });
    const { UserSub } = await signUp(ids, "Hal@Example.com", { UserAttributes: [] });
    // facts 1.3
    expect((await stored(ids, "hal@example.com")).Username).toBe(UserSub);
    expect(await refusal(signUp(ids, "HAL@example.com", { UserAttributes: [] }))).toMatch(
      /^UsernameExistsException/,
    );
    expect(await refusal(signUp(ids, "hal", { UserAttributes: [] }))).toBe(
      "InvalidParameterException: Username should be an email.",
    );
  });

  it("runs pre sign-up and post confirmation, also for a user confirmed at once", async () => {
    const PreSignUp = served.fn("pre", (event: TriggerEvent) => ({
      ...event,
      response: { autoConfirmUser: event.userName === "ida", autoVerifyEmail: true },
    }));
    const PostConfirmation = served.fn("post", (event) => event);
    const ids = await pool(served, {
      ...VERIFIES_EMAIL,
      LambdaConfig: { PreSignUp, PostConfirmation },
    });
    const from = served.invocations.length;
    expect((await signUp(ids, "ida", { ClientMetadata: { a: "1" } })).UserConfirmed).toBe(true);
    await signUp(ids, "joe");
    await served
      .sdk()
      .send(new AdminConfirmSignUpCommand({ UserPoolId: ids.UserPoolId, Username: "joe" }));
    // facts 2.1
    expect(
      served.invocations.slice(from).map(({ event }) => [event.triggerSource, event.userName]),
    ).toEqual([
      ["PreSignUp_SignUp", "ida"],
      ["PostConfirmation_ConfirmSignUp", "ida"],
      ["PreSignUp_SignUp", "joe"],
      ["PostConfirmation_ConfirmSignUp", "joe"],
    ]);
    expect(served.invocations[from]?.event.request.clientMetadata).toEqual({ a: "1" });
  });

  it("fails when pre sign-up throws, and leaves no user", async () => {
    const PreSignUp = served.fn("refuse", () => {
      throw new Error("not today");
    });
    const ids = await pool(served, { LambdaConfig: { PreSignUp } });
    // facts 2.1
    expect(await refusal(signUp(ids, "kim"))).toBe(
      "UserLambdaValidationException: PreSignUp failed with error not today.",
    );
    expect(await refusal(stored(ids, "kim"))).toMatch(/^UserNotFoundException/);
  });

  it("makes an alias active once it is verified, and not twice", async () => {
    const ids = await pool(served, { ...VERIFIES_EMAIL, AliasAttributes: ["email"] });
    const UserAttributes = [{ Name: "email", Value: "same@example.com" }];
    await signUp(ids, "lea", { UserAttributes });
    expect(await refusal(signIn(ids, "same@example.com"))).toMatch(/^UserNotFoundException/);
    await confirm(ids, "lea", served.lastCode("same@example.com"));
    expect((await signIn(ids, "same@example.com")).AuthenticationResult).toBeDefined();
    await signUp(ids, "max", { UserAttributes });
    // facts 3.4, alias taken
    const code = served.lastCode("same@example.com");
    expect(await refusal(confirm(ids, "max", code))).toBe(
      "AliasExistsException: An account with the email already exists.",
    );
    const forced = { ClientId: ids.ClientId, Username: "max", ForceAliasCreation: true };
    await served.sdk().send(new ConfirmSignUpCommand({ ...forced, ConfirmationCode: code }));
    expect((await stored(ids, "same@example.com")).Username).toBe("max");
    // facts 1.3
    expect(await refusal(signUp(ids, "x@example.com"))).toBe(
      "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.",
    );
  });

  it("words its mails by the custom-message trigger where the pool sends for itself", async () => {
    const CustomMessage = served.fn("words", (event: TriggerEvent) => ({
      ...event,
      response: { emailSubject: "Hi", emailMessage: `Your code is ${event.request.codeParameter}` },
    }));
    const settings = { ...VERIFIES_EMAIL, LambdaConfig: { CustomMessage } };
    const own = await pool(served, {
      ...settings,
      EmailConfiguration: OWN_SENDER,
    });
    await signUp(own, "ned");
    expect(served.outbox.at(-1)).toMatchObject({ to: "ned@example.com", subject: "Hi" });
    await confirm(own, "ned", served.lastCode("ned@example.com"));
    // facts 2.2
    expect(await refusal(signUp(await pool(served, settings), "ned"))).toMatch(
      /^InvalidLambdaResponseException/,
    );
  });
});

describe("a forgotten password", () => {
  async function user(Username: string, client: Parameters<typeof pool>[2] = {}): Promise<Ids> {
    const ids = await pool(served, VERIFIES_EMAIL, client);
    await signUp(ids, Username);
    await confirm(ids, Username, served.lastCode(`${Username}@example.com`));
    return ids;
  }
  function forgot({ ClientId }: Ids, Username: string) {
    return served.sdk().send(new ForgotPasswordCommand({ ClientId, Username }));
  }
  function reset({ ClientId }: Ids, Username: string, ConfirmationCode: string, Password: string) {
    const input = { ClientId, Username, ConfirmationCode, Password };
    return served.sdk().send(new ConfirmForgotPasswordCommand(input));
  }

  it("is replaced by code, once", async () => {
    const ids = await user("ona");
    await forgot(ids, "ona");
    const code = served.lastCode("ona@example.com");
    expect(await refusal(reset(ids, "ona", other(code), "New-Horse-10"))).toBe(MISMATCH);
    expect(await refusal(reset(ids, "ona", code, "weak"))).toMatch(/^InvalidPasswordException/);
    await reset(ids, "ona", code, "New-Horse-10");
    expect((await signIn(ids, "ona", "New-Horse-10")).AuthenticationResult).toBeDefined();
    expect(await refusal(signIn(ids, "ona", PASSWORD))).toMatch(/^NotAuthorizedException/);
    // facts 3.4: already used
    expect(await refusal(reset(ids, "ona", code, "New-Horse-11"))).toBe(EXPIRED);
  });

  it("has a code for one hour", async () => {
    const ids = await user("pam");
    await forgot(ids, "pam");
    served.pass(HOUR);
    // facts 6
    const code = served.lastCode("pam@example.com");
    expect(await refusal(reset(ids, "pam", code, "New-Horse-10"))).toBe(EXPIRED);
  });

  it("is not reset by code for an invited user, or without a verified address", async () => {
    const ids = await pool(served);
    const { UserPoolId } = ids;
    const invited = { UserPoolId, Username: "quy", MessageAction: "SUPPRESS" as const };
    await served.sdk().send(new AdminCreateUserCommand(invited));
    const state = "NotAuthorizedException: User password cannot be reset in the current state.";
    // facts 3.4
    expect(await refusal(forgot(ids, "quy"))).toBe(state);
    const byAdmin = new AdminResetUserPasswordCommand({ UserPoolId, Username: "quy" });
    expect(await refusal(served.sdk().send(byAdmin))).toBe(state);
    await signUp(ids, "ray");
    await served.sdk().send(new AdminConfirmSignUpCommand({ UserPoolId, Username: "ray" }));
    expect(await refusal(forgot(ids, "ray"))).toBe(
      "InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number",
    );
  });

  it("is pretended to be reset for nobody under ENABLED", async () => {
    const ids = await user("sue", { PreventUserExistenceErrors: "ENABLED" });
    // facts 3.4
    expect(await refusal(reset(ids, "ghost", "123456", "New-Horse-10"))).toBe(EXPIRED);
    const { CodeDeliveryDetails } = await forgot(ids, "ghost");
    expect(CodeDeliveryDetails?.Destination).toMatch(/^\w\*\*\*@\w\*\*\*$/);
    expect((await forgot(ids, "ghost")).CodeDeliveryDetails).toEqual(CodeDeliveryDetails);
    expect(await refusal(reset(ids, "ghost", "123456", "New-Horse-10"))).toBe(MISMATCH);
  });

  it("can be forced on a user by an administrator", async () => {
    const ids = await user("tom");
    const { UserPoolId } = ids;
    await served.sdk().send(new AdminResetUserPasswordCommand({ UserPoolId, Username: "tom" }));
    // facts 3.4, 4.1
    expect((await stored(ids, "tom")).UserStatus).toBe("RESET_REQUIRED");
    expect(await refusal(signIn(ids, "tom"))).toBe(
      "PasswordResetRequiredException: Password reset required for the user",
    );
    await reset(ids, "tom", served.lastCode("tom@example.com"), "New-Horse-10");
    expect((await signIn(ids, "tom", "New-Horse-10")).AuthenticationResult).toBeDefined();
  });

  it("goes by the pool's recovery settings", async () => {
    const admin = await pool(served, {
      ...VERIFIES_EMAIL,
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "admin_only", Priority: 1 }] },
    });
    await signUp(admin, "una");
    await confirm(admin, "una", served.lastCode("una@example.com"));
    // facts 3.4
    expect(await refusal(forgot(admin, "una"))).toBe(
      "NotAuthorizedException: Contact administrator to reset password.",
    );
    const ids = await user("val");
    const { UserPoolId } = ids;
    const UserAttributes = [
      { Name: "phone_number", Value: "+15550123" },
      { Name: "phone_number_verified", Value: "true" },
    ];
    const sdk = served.sdk();
    const phone = { UserPoolId, Username: "val", UserAttributes };
    await sdk.send(new AdminUpdateUserAttributesCommand(phone));
    const medium = async () => (await forgot(ids, "val")).CodeDeliveryDetails?.DeliveryMedium;
    expect(await medium()).toBe("EMAIL");
    const AccountRecoverySetting: AccountRecoverySettingType = {
      RecoveryMechanisms: [
        { Name: "verified_phone_number", Priority: 1 },
        { Name: "verified_email", Priority: 2 },
      ],
    };
    const phoneFirst = { UserPoolId, ...VERIFIES_EMAIL, AccountRecoverySetting };
    await sdk.send(new UpdateUserPoolCommand(phoneFirst));
    expect(await medium()).toBe("SMS");
  });
});
