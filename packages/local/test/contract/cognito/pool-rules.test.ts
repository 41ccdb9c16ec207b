import {
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DescribeUserPoolCommand,
  UpdateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

type Settings = Omit<CreateUserPoolCommandInput, "PoolName">;

const lambda = (name: string, region = "us-east-1") =>
  `arn:aws:lambda:${region}:000000000000:function:${name}`;
const recovery = (...mechanisms: ["verified_email" | "admin_only", number][]): Settings => ({
  AccountRecoverySetting: {
    RecoveryMechanisms: mechanisms.map(([Name, Priority]) => ({ Name, Priority })),
  },
});
const factors = (...AllowedFirstAuthFactors: ("PASSWORD" | "EMAIL_OTP")[]): Settings => ({
  Policies: { SignInPolicy: { AllowedFirstAuthFactors } },
});
const DUPLICATE =
  "InvalidParameterException: Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.";
const LITE =
  "FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured:";

// Texts: cdk-preflight, pf-cognito-*, of the live service. Classes: the API model.
const REFUSED: [string, Settings][] = [
  [
    "InvalidParameterException: Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
    recovery(["admin_only", 1], ["verified_email", 2]),
  ],
  [DUPLICATE, recovery(["verified_email", 1], ["verified_email", 2])],
  [
    // aws/aws-cdk#6971: a policy has to say its length.
    "InvalidParameterException: 1 validation error detected: Value '0' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6",
    { Policies: { PasswordPolicy: { RequireUppercase: true } } },
  ],
  [
    "InvalidParameterException: Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    {
      Policies: { PasswordPolicy: { MinimumLength: 8, TemporaryPasswordValidityDays: 7 } },
      AdminCreateUserConfig: { UnusedAccountValidityDays: 7 },
    },
  ],
  [
    "InvalidParameterException: Password should be configured as one of the allowed first auth factors.",
    factors("EMAIL_OTP"),
  ],
  [
    "InvalidParameterException: SMS configuration is required when phone_number is selected for auto verification",
    { AutoVerifiedAttributes: ["email", "phone_number"] },
  ],
  [
    "InvalidParameterException: All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] } },
  ],
  [
    "InvalidParameterException: Source ARN is required to use DEVELOPER email sending owner",
    { EmailConfiguration: { EmailSendingAccount: "DEVELOPER" } },
  ],
  [
    "InvalidParameterException: Provided From email address is invalid",
    { EmailConfiguration: { From: "Team" } },
  ],
  [
    "InvalidParameterException: KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
    {
      LambdaConfig: {
        CustomEmailSender: { LambdaVersion: "V1_0", LambdaArn: lambda("mails") },
      },
    },
  ],
  [
    "InvalidParameterException: Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    {
      LambdaConfig: {
        PreTokenGeneration: lambda("one"),
        PreTokenGenerationConfig: { LambdaVersion: "V2_0", LambdaArn: lambda("two") },
      },
    },
  ],
  [
    "InvalidParameterException: Cross-region lambda functions are not supported",
    { LambdaConfig: { PreSignUp: lambda("elsewhere", "eu-central-1") } },
  ],
  [`${LITE} Passwordless Sign-In`, { UserPoolTier: "LITE", ...factors("PASSWORD", "EMAIL_OTP") }],
  [
    `${LITE} Token Customization with Pre-Token Generation Lambda V2_0`,
    {
      UserPoolTier: "LITE",
      LambdaConfig: {
        PreTokenGenerationConfig: { LambdaVersion: "V2_0", LambdaArn: lambda("tokens") },
      },
    },
  ],
];

describe("the settings of a pool", () => {
  it.each(REFUSED)("are refused, new or changed: %s", async (message, settings) => {
    const sdk = served.sdk();
    const create = new CreateUserPoolCommand({ PoolName: "rules", ...settings });
    expect(await refusal(sdk.send(create))).toBe(message);
    const { UserPoolId } = await pool(served);
    const changed = sdk.send(new UpdateUserPoolCommand({ UserPoolId, ...settings }));
    expect(await refusal(changed)).toBe(message);
  });

  it("are taken where they agree", async () => {
    const sdk = served.sdk();
    const settings: Settings = {
      ...recovery(["verified_email", 1]),
      ...factors("PASSWORD", "EMAIL_OTP"),
      AutoVerifiedAttributes: ["email"],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
      EmailConfiguration: { From: "Team <team@example.com>" },
    };
    const { UserPoolId } = await pool(served, settings);
    await sdk.send(new UpdateUserPoolCommand({ UserPoolId, ...settings }));
    const { UserPool } = await sdk.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool).toMatchObject(settings);
  });
});
