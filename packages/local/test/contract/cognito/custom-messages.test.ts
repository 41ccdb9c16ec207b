import { buildDecrypt } from "@aws-crypto/decrypt-node";
import { KmsKeyringNode } from "@aws-crypto/kms-keyring-node";
import { CommitmentPolicy } from "@aws-crypto/material-management-node";
import {
  AdminCreateUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmSignUpCommand,
  type CreateUserPoolCommandInput,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { KMS } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  OWN_SENDER,
  PASSWORD,
  pool,
  refusal,
  type Served,
  serve,
  type TriggerEvent,
} from "./serve.ts";

let served: Served;
let kms: KMS;
beforeAll(async () => {
  served = await serve();
  kms = new KMS({
    region: "us-east-1",
    endpoint: served.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
});
afterAll(async () => {
  kms.destroy();
  await served.close();
});

const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);

type ClientProvider = NonNullable<
  ConstructorParameters<typeof KmsKeyringNode>[0]
>["clientProvider"];
// The library's types are for an SDK without exactOptionalPropertyTypes.
const clientProvider = (() => kms) as unknown as NonNullable<ClientProvider>;

/** What a sender's own function does: the Encryption SDK with its KMS keyring. */
async function decrypted(code: unknown, keyArn: string) {
  const { plaintext, messageHeader } = await decrypt(
    new KmsKeyringNode({ keyIds: [keyArn], clientProvider }),
    Buffer.from(String(code), "base64"),
  );
  return { code: plaintext.toString(), header: messageHeader };
}

/** Runs every operation that sends something to a user of a new pool, under the given triggers. */
async function sendEverything(settings: Partial<CreateUserPoolCommandInput>) {
  const { UserPoolId, ClientId } = await pool(
    served,
    {
      AutoVerifiedAttributes: ["email"],
      EmailConfiguration: OWN_SENDER,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      ...settings,
    },
    { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"] },
  );
  const sdk = served.sdk();
  const Username = "ann";
  const email = { Name: "email", Value: "ann@example.com" };
  await sdk.send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: PASSWORD,
      UserAttributes: [email],
      ClientMetadata: { from: "sign-up" },
    }),
  );
  await sdk.send(new ResendConfirmationCodeCommand({ ClientId, Username }));
  const verified = { UserPoolId, Username };
  await sdk.send(
    new AdminSetUserPasswordCommand({ ...verified, Password: PASSWORD, Permanent: true }),
  );
  await sdk.send(
    new AdminUpdateUserAttributesCommand({
      ...verified,
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    }),
  );
  await sdk.send(new ForgotPasswordCommand({ ClientId, Username }));
  const { AuthenticationResult } = await sdk.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: Username, PASSWORD },
    }),
  );
  const AccessToken = AuthenticationResult?.AccessToken;
  await sdk.send(
    new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: "email" }),
  );
  await sdk.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters: { USERNAME: Username, PREFERRED_CHALLENGE: "EMAIL_OTP" },
    }),
  );
  await sdk.send(
    new UpdateUserAttributesCommand({
      AccessToken,
      UserAttributes: [{ Name: "email", Value: "new@example.com" }],
    }),
  );
  await sdk.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: "bob",
      TemporaryPassword: "Temp-Horse-1",
      DesiredDeliveryMediums: ["EMAIL"],
      UserAttributes: [{ Name: "email", Value: "bob@example.com" }],
    }),
  );
  await sdk.send(
    new AdminUpdateUserAttributesCommand({
      ...verified,
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    }),
  );
  await sdk.send(new AdminResetUserPasswordCommand(verified));
  return { UserPoolId, ClientId };
}

const KINDS = [
  "SignUp",
  "ResendCode",
  "ForgotPassword",
  "VerifyUserAttribute",
  "Authentication",
  "UpdateUserAttribute",
  "AdminCreateUser",
  "ForgotPassword",
];

const eventsOf = (UserPoolId: string, from: number) =>
  served.invocations
    .slice(from)
    .map(({ event }) => event)
    .filter(({ userPoolId }) => userPoolId === UserPoolId);

describe("the custom-message trigger", () => {
  it("words every message, each under its source", async () => {
    const CustomMessage = served.fn("words", (event: TriggerEvent) => ({
      ...event,
      response: {
        emailSubject: event.triggerSource,
        emailMessage: `<p>${event.request.usernameParameter ?? ""} ${event.request.codeParameter}</p>`,
      },
    }));
    const from = served.invocations.length;
    const mails = served.outbox.length;
    const { UserPoolId } = await sendEverything({ LambdaConfig: { CustomMessage } });
    const events = eventsOf(UserPoolId, from);
    // facts 2.1
    expect(events.map(({ triggerSource }) => triggerSource)).toEqual(
      KINDS.map((kind) => `CustomMessage_${kind}`),
    );
    for (const { request, triggerSource } of events) {
      // facts 2.2
      expect(request).toMatchObject({
        codeParameter: "{####}",
        usernameParameter: triggerSource === "CustomMessage_AdminCreateUser" ? "{username}" : null,
      });
      expect(request.userAttributes?.email).toMatch(/@example\.com$/);
    }
    expect(events[0]?.request.clientMetadata).toEqual({ from: "sign-up" });
    const sent = served.outbox.slice(mails);
    expect(sent.map(({ subject }) => subject)).toEqual(
      events.map(({ triggerSource }) => triggerSource),
    );
    expect(sent[6]?.html).toBe("<p>bob Temp-Horse-1</p>");
  });
});

describe("the custom e-mail sender", () => {
  async function senderPool(more: { KMSKeyID?: string } = {}) {
    const { KeyMetadata } = await kms.createKey({ Description: "codes" });
    const keyArn = KeyMetadata?.Arn ?? "";
    const LambdaArn = served.fn("send", (event: TriggerEvent) => event);
    const CustomMessage = served.fn("never", (event: TriggerEvent) => event);
    return {
      keyArn,
      LambdaConfig: {
        CustomEmailSender: { LambdaArn, LambdaVersion: "V1_0" as const },
        CustomMessage,
        KMSKeyID: keyArn,
        ...more,
      },
    };
  }

  it("gets every message with its code encrypted, and Cognito sends none", async () => {
    const { LambdaConfig, keyArn } = await senderPool();
    const from = served.invocations.length;
    const mails = served.outbox.length;
    const { UserPoolId } = await sendEverything({ LambdaConfig });
    const events = eventsOf(UserPoolId, from);
    // facts 2.1, 2.2
    expect(events.map(({ triggerSource }) => triggerSource)).toEqual(
      KINDS.map((kind) => `CustomEmailSender_${kind}`),
    );
    expect(served.outbox).toHaveLength(mails);
    for (const { request, version } of events) {
      expect(version).toBe("1");
      expect(request.type).toBe("customEmailSenderRequestV1");
    }
    expect(events[1]?.request.clientMetadata).toBeNull();
    const { code, header } = await decrypted(events[0]?.request.code, keyArn);
    expect(code).toMatch(/^\d{6}$/);
    expect(header.encryptionContext).toMatchObject({ "userpool-id": UserPoolId });
    expect(header.encryptedDataKeys[0]).toMatchObject({
      providerId: "aws-kms",
      providerInfo: keyArn,
    });
    expect((await decrypted(events[6]?.request.code, keyArn)).code).toBe("Temp-Horse-1");
  });

  it("is given the code that confirms", async () => {
    const { LambdaConfig, keyArn } = await senderPool();
    const { UserPoolId, ClientId } = await pool(served, {
      AutoVerifiedAttributes: ["email"],
      LambdaConfig,
    });
    const from = served.invocations.length;
    const sdk = served.sdk();
    const Username = "cy";
    const UserAttributes = [{ Name: "email", Value: "cy@example.com" }];
    await sdk.send(new SignUpCommand({ ClientId, Username, Password: PASSWORD, UserAttributes }));
    const { code } = await decrypted(eventsOf(UserPoolId, from)[0]?.request.code, keyArn);
    const confirm = new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: code });
    await expect(sdk.send(confirm)).resolves.toBeDefined();
  });

  it("leaves texts to Cognito, unless there is one for them too", async () => {
    const { LambdaConfig } = await senderPool();
    const phone = async (config: NonNullable<CreateUserPoolCommandInput["LambdaConfig"]>) => {
      const { UserPoolId, ClientId } = await pool(served, {
        AutoVerifiedAttributes: ["phone_number"],
        SmsConfiguration: { SnsCallerArn: "arn:aws:iam::000000000000:role/sms" },
        LambdaConfig: config,
      });
      const from = served.invocations.length;
      const mails = served.outbox.length;
      const UserAttributes = [{ Name: "phone_number", Value: "+15555550177" }];
      await served
        .sdk()
        .send(new SignUpCommand({ ClientId, Username: "di", Password: PASSWORD, UserAttributes }));
      return {
        sources: eventsOf(UserPoolId, from).map(({ triggerSource }) => triggerSource),
        sent: served.outbox.length - mails,
      };
    };
    expect(await phone(LambdaConfig)).toEqual({ sources: ["CustomMessage_SignUp"], sent: 1 });
    const CustomSMSSender = LambdaConfig.CustomEmailSender;
    expect(await phone({ ...LambdaConfig, CustomSMSSender })).toEqual({
      sources: ["CustomSMSSender_SignUp"],
      sent: 0,
    });
  });

  it("cannot be served without a key", async () => {
    const nowhere = "arn:aws:kms:us-east-1:000000000000:key/nowhere";
    const { LambdaConfig } = await senderPool({ KMSKeyID: nowhere });
    const { ClientId } = await pool(served, { AutoVerifiedAttributes: ["email"], LambdaConfig });
    const UserAttributes = [{ Name: "email", Value: "ed@example.com" }];
    const attempt = served
      .sdk()
      .send(new SignUpCommand({ ClientId, Username: "ed", Password: PASSWORD, UserAttributes }));
    expect(await refusal(attempt)).toMatch(/^CodeDeliveryFailureException: /);
  });
});
