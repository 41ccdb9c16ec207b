import {
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteUserPoolClientCommand,
  DescribeUserPoolCommand,
  type LambdaConfigType,
  UpdateUserPoolCommand,
  type UserPoolType,
} from "@aws-sdk/client-cognito-identity-provider";
import { type Clients, clientsFor } from "@carryover/local/clients";
import { type Services, startServices } from "@carryover/local/services";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Adoption } from "../adopt/attach-triggers.ts";
import { updateOf } from "../adopt/pool-update.ts";
import { PROJECT_ROOT } from "./platform.ts";

const REGION = "eu-west-1";
const FUNCTION = "attach-triggers";
const lambda = (name: string) => `arn:aws:lambda:${REGION}:123456789012:function:${name}`;

/** A team's pool, with nothing as Cognito would have it by default. */
const SETTINGS: CreateUserPoolCommandInput = {
  PoolName: "team",
  UsernameAttributes: ["email"],
  AutoVerifiedAttributes: ["email"],
  MfaConfiguration: "OPTIONAL",
  UserPoolTier: "PLUS",
  DeletionProtection: "ACTIVE",
  Policies: {
    PasswordPolicy: { MinimumLength: 14, RequireSymbols: false, TemporaryPasswordValidityDays: 3 },
    SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] },
  },
  EmailConfiguration: {
    EmailSendingAccount: "DEVELOPER",
    SourceArn: `arn:aws:ses:${REGION}:123456789012:identity/example.com`,
    From: "Team <team@example.com>",
    ReplyToEmailAddress: "help@example.com",
  },
  SmsConfiguration: {
    SnsCallerArn: "arn:aws:iam::123456789012:role/team-sms",
    ExternalId: "team",
    SnsRegion: REGION,
  },
  SmsAuthenticationMessage: "{####} opens it",
  EmailVerificationSubject: "Welcome to the team",
  EmailVerificationMessage: "{####} is your code",
  VerificationMessageTemplate: {
    EmailSubject: "Welcome to the team",
    EmailMessage: "{####} is your code",
    DefaultEmailOption: "CONFIRM_WITH_CODE",
  },
  AdminCreateUserConfig: {
    AllowAdminCreateUserOnly: true,
    InviteMessageTemplate: { EmailSubject: "Join", EmailMessage: "{username} {####}" },
  },
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "admin_only", Priority: 1 }] },
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
  DeviceConfiguration: {
    ChallengeRequiredOnNewDevice: true,
    DeviceOnlyRememberedOnUserPrompt: true,
  },
  UserPoolAddOns: { AdvancedSecurityMode: "ENFORCED" },
  UserPoolTags: { team: "identity" },
  LambdaConfig: { CustomMessage: lambda("team-messages") },
  Schema: [{ Name: "plan", AttributeDataType: "String", Mutable: true }],
};

const OURS: LambdaConfigType = {
  UserMigration: lambda("migrate"),
  PreSignUp: lambda("sign-up"),
  PreTokenGenerationConfig: { LambdaVersion: "V2_0", LambdaArn: lambda("token") },
};
const ATTRIBUTES = ["user_id", "legacy_sub", "legacy_source"];

let services: Services;
let cognito: Clients["cognito"];
let userPoolId: string;

beforeAll(async () => {
  services = await startServices({ port: 0, homeRegion: REGION });
  ({ cognito } = clientsFor(services.endpoint, REGION));
  services.lambda.register({
    name: FUNCTION,
    region: REGION,
    handler: "stacks/adopt/attach-triggers.handler",
    root: PROJECT_ROOT,
    timeoutSeconds: 30,
    memoryMb: 512,
    environment: {
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: services.endpoint,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    },
  });
});
afterAll(() => services?.stop());

beforeEach(async () => {
  const { UserPool } = await cognito.send(new CreateUserPoolCommand(SETTINGS));
  userPoolId = UserPool?.Id ?? "";
});

/** As `aws.lambda.Invocation` calls the function when the resource is created, changed or removed. */
async function deploy(
  action: "create" | "update" | "delete",
  lambdaConfig: LambdaConfigType = OURS,
  previous?: LambdaConfigType,
): Promise<void> {
  const adoption: Adoption = { userPoolId, lambdaConfig, attributes: ATTRIBUTES };
  const arn = lambda(FUNCTION).replace("123456789012", "000000000000");
  const ran = await services.lambda.run(arn, {
    ...adoption,
    tf: { action, prev_input: previous ? { ...adoption, lambdaConfig: previous } : null },
  });
  if (ran?.result.outcome === "returned") return;
  throw new Error(JSON.stringify(ran?.result ?? "no such function"));
}

async function describePool(): Promise<UserPoolType> {
  const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: userPoolId }));
  if (!UserPool) throw new Error("the pool is gone");
  return UserPool;
}

/** All that is a setting of the team's. */
function settingsOf({
  LambdaConfig: _,
  SchemaAttributes: __,
  LastModifiedDate: ___,
  ...rest
}: UserPoolType) {
  return rest;
}

const customNames = ({ SchemaAttributes = [] }: UserPoolType) =>
  SchemaAttributes.flatMap(({ Name }) => (Name?.startsWith("custom:") ? Name : []));

describe("an adopted pool", () => {
  it("gets the triggers and the attributes, and keeps every other setting", async () => {
    const before = await describePool();
    expect(before).toMatchObject({ MfaConfiguration: "OPTIONAL", UserPoolTier: "PLUS" });

    await deploy("create");

    const after = await describePool();
    expect(settingsOf(after)).toEqual(settingsOf(before));
    expect(after.LambdaConfig).toEqual({ ...SETTINGS.LambdaConfig, ...OURS });
    expect(customNames(after)).toEqual([
      "custom:plan",
      ...ATTRIBUTES.map((name) => `custom:${name}`),
    ]);
  });

  it("would have lost them to an update that names the triggers alone", async () => {
    const before = await describePool();
    await cognito.send(new UpdateUserPoolCommand({ UserPoolId: userPoolId, LambdaConfig: OURS }));
    expect(settingsOf(await describePool())).not.toEqual(settingsOf(before));
  });

  it("gets the triggers of the next deployment, and keeps what the team has changed meanwhile", async () => {
    await deploy("create");
    const next = { ...OURS, UserMigration: `${lambda("migrate")}:2`, PreSignUp: lambda("renamed") };
    const attached = await describePool();
    await cognito.send(
      new UpdateUserPoolCommand({
        ...updateOf(attached, { ...attached.LambdaConfig, PreAuthentication: lambda("team-gate") }),
        MfaConfiguration: "ON",
      }),
    );
    const before = await describePool();

    await deploy("update", next, OURS);
    // Pulumi may try again.
    await deploy("update", next, OURS);

    const after = await describePool();
    expect(settingsOf(after)).toEqual(settingsOf(before));
    expect(after.MfaConfiguration).toBe("ON");
    expect(after.LambdaConfig).toEqual({
      ...SETTINGS.LambdaConfig,
      PreAuthentication: lambda("team-gate"),
      ...next,
    });
  });

  it("is as it was when the stage is removed, but for the attributes, which Cognito cannot remove", async () => {
    const before = await describePool();
    await deploy("create");

    await deploy("delete");

    const after = await describePool();
    expect(settingsOf(after)).toEqual(settingsOf(before));
    expect(after.LambdaConfig).toEqual(before.LambdaConfig);
    expect(customNames(after)).toHaveLength(4);
  });

  it("is not touched when it has a trigger of its own where Carryover needs one", async () => {
    const theirs = { UserMigration: lambda("team") };
    await cognito.send(new UpdateUserPoolCommand(updateOf(await describePool(), theirs)));
    const before = await describePool();

    await expect(deploy("create")).rejects.toThrow(/TriggerTakenError.*UserMigration/);

    const { LastModifiedDate: __, ...after } = await describePool();
    const { LastModifiedDate: ___, ...expected } = before;
    expect(after).toEqual(expected);
  });

  it("is not touched while an app client may write Carryover's attributes, on whichever page it is", async () => {
    await deploy("create");
    await deploy("delete");
    const client = async (ClientName: string, WriteAttributes?: string[]) => {
      const { UserPoolClient } = await cognito.send(
        new CreateUserPoolClientCommand({ UserPoolId: userPoolId, ClientName, WriteAttributes }),
      );
      return { UserPoolId: userPoolId, ClientId: UserPoolClient?.ClientId };
    };
    for (let n = 0; n < 61; n += 1) await client(`fine-${n}`, ["email", "custom:plan"]);
    const writers = [await client("open", ["email", "custom:legacy_sub"]), await client("unsaid")];
    const before = await describePool();

    await expect(deploy("create")).rejects.toThrow(
      /OwnAttributesWritableError.* give open, unsaid write attributes without .*custom:legacy_sub/,
    );
    expect(await describePool()).toEqual(before);

    for (const writer of writers) await cognito.send(new DeleteUserPoolClientCommand(writer));
    await expect(deploy("create")).resolves.toBeUndefined();
  });
});
