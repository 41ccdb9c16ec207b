import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  ConfirmForgotPasswordCommand,
  type CreateUserPoolCommandInput,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  ListUsersCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  failing,
  PASSWORD,
  pool,
  refusal,
  type Served,
  serve,
  type TriggerEvent,
} from "./serve.ts";

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

const GENERIC = "NotAuthorizedException: Incorrect username or password.";
const UNKNOWN = "UserNotFoundException: User does not exist.";

type Answer = Record<string, unknown> & { userAttributes?: Record<string, unknown> };

function confirmed(userAttributes: Record<string, unknown>, more: Answer = {}): Answer {
  return { userAttributes, finalUserStatus: "CONFIRMED", messageAction: "SUPPRESS", ...more };
}

/** A pool whose migration trigger gives this answer. */
async function migrating(
  answer: Answer | ((event: TriggerEvent) => unknown),
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Parameters<typeof pool>[2] = {},
) {
  const migrate = served.fn("migrate", (event) =>
    typeof answer === "function"
      ? answer(event)
      : { ...event, response: { ...event.response, ...answer } },
  );
  return pool(
    served,
    { ...settings, LambdaConfig: { UserMigration: migrate, ...settings.LambdaConfig } },
    client,
  );
}

function signIn(
  ids: { ClientId: string },
  name: string,
  password = PASSWORD,
  ClientMetadata?: Record<string, string>,
) {
  return served.sdk().send(
    new InitiateAuthCommand({
      ClientId: ids.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: name, PASSWORD: password },
      ClientMetadata,
    }),
  );
}

function stored({ UserPoolId }: { UserPoolId: string }, Username: string) {
  return served.sdk().send(new AdminGetUserCommand({ UserPoolId, Username }));
}

const EMAIL_POOL = { UsernameAttributes: ["email" as const] };

describe("the user-migration trigger at sign-in", () => {
  it("gets the event of the guide, with the client's metadata as validation data", async () => {
    const ids = await migrating(confirmed({ email: "ann@example.com" }), EMAIL_POOL);
    await signIn(ids, "ann@example.com", PASSWORD, { device: "phone" });
    // facts 1.2
    expect(served.invocations[0]?.event).toEqual({
      version: "1",
      triggerSource: "UserMigration_Authentication",
      region: "us-east-1",
      userPoolId: ids.UserPoolId,
      userName: "ann@example.com",
      callerContext: { awsSdkVersion: expect.any(String), clientId: ids.ClientId },
      request: { password: PASSWORD, validationData: { device: "phone" }, clientMetadata: {} },
      response: {
        userAttributes: null,
        finalUserStatus: null,
        messageAction: null,
        desiredDeliveryMediums: null,
        forceAliasCreation: null,
        enableSMSMFA: null,
      },
    });
  });

  it("signs the user in and keeps the password, whatever the policy says", async () => {
    const ids = await migrating(
      confirmed({ email: "bo@example.com", email_verified: "true" }),
      EMAIL_POOL,
    );
    const first = await signIn(ids, "bo@example.com", "weak");
    expect(first.AuthenticationResult?.IdToken).toBeTruthy();
    const user = await stored(ids, "bo@example.com");
    expect(user.UserStatus).toBe("CONFIRMED");
    // facts 1.3: in a username-attribute pool the username is the sub
    expect(user.Username).toBe(user.UserAttributes?.find(({ Name }) => Name === "sub")?.Value);
    // facts 1.1, 1.3: the second sign-in is the pool's own
    expect((await signIn(ids, "bo@example.com", "weak")).AuthenticationResult).toBeDefined();
    expect(await refusal(signIn(ids, "bo@example.com", "other"))).toBe(GENERIC);
    expect(served.invocations).toHaveLength(1);
    expect(served.outbox).toEqual([]);
  });

  it.each([undefined, "RESET_REQUIRED"])(
    "makes the user reset the password when the status is %s",
    async (finalUserStatus) => {
      const ids = await migrating(
        confirmed({ email: "cy@example.com" }, { finalUserStatus }),
        EMAIL_POOL,
      );
      // facts 1.3
      const reset = "PasswordResetRequiredException: Password reset required for the user";
      expect(await refusal(signIn(ids, "cy@example.com"))).toBe(reset);
      expect((await stored(ids, "cy@example.com")).UserStatus).toBe("RESET_REQUIRED");
      expect(await refusal(signIn(ids, "cy@example.com"))).toBe(reset);
    },
  );

  it.each([
    ["LEGACY", UNKNOWN],
    ["ENABLED", GENERIC],
  ] as const)("says under %s that an empty answer is no user", async (errors, expected) => {
    const ids = await migrating({}, EMAIL_POOL, { PreventUserExistenceErrors: errors });
    // facts 1.4
    expect(await refusal(signIn(ids, "dee@example.com"))).toBe(expected);
    expect(served.invocations).toHaveLength(1);
  });

  it("passes on what it throws, without a second try", async () => {
    const ids = await migrating(() => {
      throw new Error("Bad credentials");
    });
    // facts 1.4
    expect(await refusal(signIn(ids, "eve"))).toBe(
      "UserLambdaValidationException: UserMigration failed with error Bad credentials.",
    );
    expect(served.invocations).toHaveLength(1);
  });

  it.each(["timed-out", "crashed"] as const)("is tried three times when it %s", async (outcome) => {
    const ids = await migrating(
      failing(outcome === "crashed" ? { outcome, reason: "oom" } : { outcome }),
    );
    // facts 1.4
    expect(await refusal(signIn(ids, "fay"))).toMatch(/^UnexpectedLambdaException/);
    expect(served.invocations).toHaveLength(3);
  });

  it("succeeds on the third try", async () => {
    let tries = 0;
    const ids = await migrating((event) => {
      tries += 1;
      if (tries < 3) return failing({ outcome: "timed-out" })(event);
      return { ...event, response: confirmed({ name: "Gil" }) };
    });
    expect((await signIn(ids, "gil")).AuthenticationResult).toBeDefined();
  });

  it.each([
    ["nothing", () => undefined],
    ["a bare response", () => ({ response: confirmed({ name: "x" }) })],
    [
      "no object for attributes",
      (event: TriggerEvent) => ({ ...event, response: { userAttributes: "x" } }),
    ],
  ])("must not return %s", async (_, answer) => {
    const ids = await migrating(answer);
    // facts 1.2, 1.4
    expect(await refusal(signIn(ids, "hal"))).toBe(
      "InvalidLambdaResponseException: Unrecognizable lambda output",
    );
  });

  it.each([
    ["sub", { sub: "b1c3f1de-2f0a-4f6e-9d2f-1f0e6a3f0a11" }],
    ["an unknown attribute", { "custom:nope": "1" }],
    ["a value that is too long", { "custom:plan": "abcdef" }],
  ])("cannot create a user with %s", async (_, attributes) => {
    const ids = await migrating(confirmed({ name: "Ida", ...attributes }), {
      Schema: [
        {
          Name: "plan",
          AttributeDataType: "String",
          StringAttributeConstraints: { MaxLength: "5" },
        },
      ],
    });
    // facts 1.3, 1.4, trap 27: it looks like a wrong password
    expect(await refusal(signIn(ids, "ida"))).toBe(GENERIC);
    expect(await refusal(stored(ids, "ida"))).toBe(UNKNOWN);
  });

  it("may set immutable custom attributes, now and only now", async () => {
    const ids = await migrating(confirmed({ "custom:legacy_sub": "abc" }), {
      Schema: [{ Name: "legacy_sub", AttributeDataType: "String", Mutable: false }],
    });
    await signIn(ids, "jo");
    // facts 1.3
    expect((await stored(ids, "jo")).UserAttributes).toContainEqual({
      Name: "custom:legacy_sub",
      Value: "abc",
    });
  });

  it.each([
    ["a plain pool", "kit", {}],
    ["a pool with e-mail as username", "kit@example.com", EMAIL_POOL],
  ])("lets one of two first sign-ins win in %s", async (_, name, settings) => {
    const ids = await migrating(async (event) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { ...event, response: confirmed({ email: "kit@example.com" }) };
    }, settings);
    const outcomes = await Promise.all([refusal(signIn(ids, name)), refusal(signIn(ids, name))]);
    // trap 18: the class of the loser's error is UNCERTAIN; that only one user exists is not
    expect(outcomes).toContain("was not refused");
    expect(outcomes).toContain(GENERIC);
    const { Users } = await served.sdk().send(new ListUsersCommand({ UserPoolId: ids.UserPoolId }));
    expect(Users).toHaveLength(1);
  });

  it.each([
    ["a phone", { phone_number: "+15550142" }, "SMS_MFA"],
    ["none", { name: "Lyn" }, GENERIC],
  ])("can demand a code by SMS, given %s", async (_, attributes, expected) => {
    const ids = await migrating(confirmed(attributes, { enableSMSMFA: true }), {
      MfaConfiguration: "OPTIONAL",
      SmsConfiguration: { SnsCallerArn: "arn:aws:iam::000000000000:role/sms" },
    });
    // facts 1.3: without a phone the migration fails
    const outcome = await signIn(ids, "lyn").then(
      ({ ChallengeName }) => ChallengeName,
      (error: Error) => `${error.name}: ${error.message}`,
    );
    expect(outcome).toBe(expected);
  });

  it("sends a welcome by SMS unless told otherwise", async () => {
    const ids = await migrating(
      confirmed(
        { phone_number: "+15550100", email: "l@example.com" },
        { messageAction: undefined },
      ),
    );
    await signIn(ids, "lou");
    // facts 1.3: the default medium is SMS
    expect(served.outbox.map(({ channel, to }) => [channel, to])).toEqual([["sms", "+15550100"]]);
  });

  it("is followed by pre sign-up, pre authentication, post authentication and pre token", async () => {
    const echo = (name: string) => served.fn(name, (event) => event);
    const ids = await migrating(confirmed({ name: "Max" }), {
      LambdaConfig: {
        PreSignUp: echo("pre-sign-up"),
        PreAuthentication: echo("pre-authentication"),
        PostAuthentication: echo("post-authentication"),
        PreTokenGeneration: echo("pre-token"),
        PostConfirmation: echo("post-confirmation"),
      },
    });
    await signIn(ids, "max", PASSWORD, { a: "1" });
    const order = served.invocations.map(({ event }) => event.triggerSource);
    // facts 1.5; the source string of pre sign-up is UNCERTAIN there
    expect(order).toEqual([
      "UserMigration_Authentication",
      expect.stringMatching(/^PreSignUp_/),
      "PreAuthentication_Authentication",
      "PostAuthentication_Authentication",
      "TokenGeneration_Authentication",
    ]);
    // facts 1.2: the client's metadata is validationData for pre authentication, and not passed to the rest
    expect(served.invocations[2]?.event.request.validationData).toEqual({ a: "1" });
    expect(served.invocations[3]?.event.request.clientMetadata).toEqual({});
  });

  it("is not asked about a user who exists, nor by SRP", async () => {
    const ids = await migrating(confirmed({ name: "Nia" }));
    await signIn(ids, "nia");
    await refusal(signIn(ids, "nia", "wrong"));
    const srp = served.sdk().send(
      new InitiateAuthCommand({
        ClientId: ids.ClientId,
        AuthFlow: "USER_SRP_AUTH",
        AuthParameters: { USERNAME: "somebody-else", SRP_A: "ab12" },
      }),
    );
    // facts 1.1
    expect(await refusal(srp)).toBe(UNKNOWN);
    expect(served.invocations).toHaveLength(1);
  });

  it("cannot change the state through its event", async () => {
    const ids = await migrating((event) => {
      event.request.password = "changed";
      return { ...event, response: confirmed({ name: "Oz" }) };
    });
    await signIn(ids, "oz");
    expect((await signIn(ids, "oz", PASSWORD)).AuthenticationResult).toBeDefined();
  });
});

describe("migration into an alias pool", () => {
  const ALIAS_POOL = { AliasAttributes: ["email" as const] };
  const attributes = { email: "pam@example.com", email_verified: "true" };

  it("needs another username for a user who typed the alias", async () => {
    const ids = await migrating(confirmed({ ...attributes, username: "pam" }), ALIAS_POOL);
    expect((await signIn(ids, "pam@example.com")).AuthenticationResult).toBeDefined();
    // facts 1.3
    expect((await stored(ids, "pam@example.com")).Username).toBe("pam");
  });

  it.each([
    ["no username", attributes],
    ["the alias as username", { ...attributes, username: "pam@example.com" }],
    ["another alias value", { ...attributes, email: "x@example.com", username: "pam" }],
  ])("fails with %s", async (_, given) => {
    const ids = await migrating(confirmed(given), ALIAS_POOL);
    // facts 1.3, trap 21
    expect(await refusal(signIn(ids, "pam@example.com"))).toBe(GENERIC);
  });

  it.each([
    [false, GENERIC],
    [true, "was not refused"],
  ])("with forceAliasCreation %s meets a taken alias", async (forceAliasCreation, expected) => {
    const ids = await migrating(
      confirmed({ ...attributes, username: "pam" }, { forceAliasCreation }),
      ALIAS_POOL,
    );
    const held = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
    await served.sdk().send(
      new AdminCreateUserCommand({
        UserPoolId: ids.UserPoolId,
        Username: "holder",
        UserAttributes: held,
        MessageAction: "SUPPRESS",
      }),
    );
    // facts 1.3: force steals the alias, and its holder loses it
    expect(await refusal(signIn(ids, "pam"))).toBe(expected);
    const owner = (await stored(ids, "pam@example.com")).Username;
    expect(owner).toBe(forceAliasCreation ? "pam" : "holder");
  });
});

describe("the user-migration trigger at a forgotten password", () => {
  function forgot(ids: { ClientId: string }, Username: string) {
    return served
      .sdk()
      .send(
        new ForgotPasswordCommand({ ClientId: ids.ClientId, Username, ClientMetadata: { a: "1" } }),
      );
  }

  it("migrates the user, who then sets a password by code", async () => {
    const ids = await migrating(
      {
        userAttributes: { email: "quy@example.com", email_verified: "true" },
        messageAction: "SUPPRESS",
      },
      EMAIL_POOL,
    );
    const { CodeDeliveryDetails } = await forgot(ids, "quy@example.com");
    // facts 3.4, masks
    expect(CodeDeliveryDetails).toEqual({
      Destination: "q***@e***",
      DeliveryMedium: "EMAIL",
      AttributeName: "email",
    });
    const { event } = served.invocations[0] ?? {};
    expect(event?.triggerSource).toBe("UserMigration_ForgotPassword");
    // facts 1.2: no password, and the metadata under its own name
    expect(event?.request).toEqual({ validationData: {}, clientMetadata: { a: "1" } });
    await served.sdk().send(
      new ConfirmForgotPasswordCommand({
        ClientId: ids.ClientId,
        Username: "quy@example.com",
        ConfirmationCode: served.lastCode("quy@example.com"),
        Password: PASSWORD,
      }),
    );
    // facts 1.3
    expect((await stored(ids, "quy@example.com")).UserStatus).toBe("CONFIRMED");
    expect((await signIn(ids, "quy@example.com")).AuthenticationResult).toBeDefined();
  });

  it("cannot send a code to an address that is not verified", async () => {
    const ids = await migrating(
      { userAttributes: { email: "ray@example.com" }, messageAction: "SUPPRESS" },
      EMAIL_POOL,
    );
    // facts 3.4
    expect(await refusal(forgot(ids, "ray@example.com"))).toBe(
      "InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number",
    );
  });

  it("knows nobody when the answer is empty", async () => {
    const ids = await migrating({}, EMAIL_POOL);
    // facts 3.4
    expect(await refusal(forgot(ids, "sue@example.com"))).toBe(
      "UserNotFoundException: Username/client id combination not found.",
    );
  });
});
