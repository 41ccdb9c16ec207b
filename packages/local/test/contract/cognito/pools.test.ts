import {
  AddCustomAttributesCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  InitiateAuthCommand,
  ListTagsForResourceCommand,
  ListUserPoolClientsCommand,
  ListUserPoolsCommand,
  type SchemaAttributeType,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateUserPoolClientCommand,
  UpdateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsError } from "../../../src/service.ts";
import { app, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

async function describePool(UserPoolId: string) {
  const { UserPool } = await served.sdk().send(new DescribeUserPoolCommand({ UserPoolId }));
  return UserPool;
}

describe("a pool", () => {
  it("is described as it was made, with the API's defaults", async () => {
    const { UserPoolId } = await pool(served, {
      UsernameAttributes: ["email"],
      Schema: [{ Name: "plan", AttributeDataType: "String", Mutable: true }],
      UserPoolTags: { a: "b" },
    });
    const described = await describePool(UserPoolId);
    expect(described).toMatchObject({
      Id: expect.stringMatching(/^us-east-1_[0-9a-zA-Z]{9}$/),
      Name: expect.stringMatching(/test$/),
      MfaConfiguration: "OFF",
      UsernameAttributes: ["email"],
      // Source, here and below: radkawar/stackd, testdata/aws/cognito/refresh_rotation_workflows.json
      AccountRecoverySetting: {
        RecoveryMechanisms: [
          { Name: "verified_email", Priority: 1 },
          { Name: "verified_phone_number", Priority: 2 },
        ],
      },
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true } },
      UserPoolTags: { a: "b" },
    });
    expect(described?.SchemaAttributes).toContainEqual(
      expect.objectContaining({ Name: "custom:plan", Mutable: true, Required: false }),
    );
    expect(described).not.toHaveProperty("UsernameConfiguration");
  });

  it("is shown with tags and identities by DescribeUserPool, but not yet when it is made", async () => {
    const UsernameConfiguration = { CaseSensitive: true };
    const command = new CreateUserPoolCommand({ PoolName: "test", UsernameConfiguration });
    const { UserPool: made } = await served.sdk().send(command);
    const described = await describePool(made?.Id ?? "");
    const attributes = (of: typeof made) => of?.SchemaAttributes?.map(({ Name }) => Name);
    expect(made).not.toHaveProperty("UserPoolTags");
    expect(attributes(made)).not.toContain("identities");
    expect(described?.UserPoolTags).toEqual({});
    expect(attributes(described)).toContain("identities");
    expect(made?.UsernameConfiguration).toEqual(UsernameConfiguration);
    expect(described?.UsernameConfiguration).toEqual(UsernameConfiguration);
  });

  it("loses by an update what the update leaves out", async () => {
    const { UserPoolId } = await pool(served, {
      AutoVerifiedAttributes: ["email"],
      UsernameAttributes: ["email"],
      LambdaConfig: { PreSignUp: "arn:aws:lambda:us-east-1:1:function:f" },
    });
    const migrate = "arn:aws:lambda:us-east-1:1:function:m";
    await served
      .sdk()
      .send(new UpdateUserPoolCommand({ UserPoolId, LambdaConfig: { UserMigration: migrate } }));
    // facts 7, trap 44: settings go, the sign-in options stay
    const described = await describePool(UserPoolId);
    expect(described?.LambdaConfig).toEqual({ UserMigration: migrate });
    expect(described?.AutoVerifiedAttributes).toBeUndefined();
    expect(described?.UsernameAttributes).toEqual(["email"]);
    await served.sdk().send(new UpdateUserPoolCommand({ UserPoolId }));
    expect((await describePool(UserPoolId))?.LambdaConfig).toEqual({});
  });

  it("gets further custom attributes, but none twice", async () => {
    const { UserPoolId } = await pool(served);
    const CustomAttributes = [
      { Name: "legacy_sub", AttributeDataType: "String" as const, Mutable: true },
    ];
    const add = () =>
      served.sdk().send(new AddCustomAttributesCommand({ UserPoolId, CustomAttributes }));
    await add();
    const names = (await describePool(UserPoolId))?.SchemaAttributes?.map(({ Name }) => Name);
    expect(names).toContain("custom:legacy_sub");
    expect(await refusal(add())).toMatch(/^InvalidParameterException/);
  });

  it("is seen only in its own region", async () => {
    const { UserPoolId } = await pool(served);
    const elsewhere = served.sdk("eu-central-1");
    // facts 4.9, 3.4
    expect(await refusal(elsewhere.send(new DescribeUserPoolCommand({ UserPoolId })))).toBe(
      `ResourceNotFoundException: User pool ${UserPoolId} does not exist.`,
    );
    const { UserPools } = await elsewhere.send(new ListUserPoolsCommand({ MaxResults: 60 }));
    expect(UserPools?.map(({ Id }) => Id)).not.toContain(UserPoolId);
    const mine = await served.sdk().send(new ListUserPoolsCommand({ MaxResults: 60 }));
    expect(mine.UserPools?.map(({ Id }) => Id)).toContain(UserPoolId);
  });

  it("takes its clients along when it is deleted", async () => {
    const { UserPoolId, ClientId } = await pool(served);
    const signIn = () =>
      served.sdk().send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: "a", PASSWORD },
        }),
      );
    expect(await refusal(signIn())).toMatch(/^UserNotFoundException/);
    await served.sdk().send(new DeleteUserPoolCommand({ UserPoolId }));
    // facts 3.4
    expect(await refusal(signIn())).toBe(
      `ResourceNotFoundException: User pool client ${ClientId} does not exist.`,
    );
  });

  it("cannot have MFA from the start without SMS settings", async () => {
    // facts 7
    expect(await refusal(pool(served, { MfaConfiguration: "OPTIONAL" }))).toMatch(
      /^InvalidParameterException/,
    );
  });

  it("can be made by the stage under a given id, with a given client", async () => {
    const fixed = { userPoolId: "eu-central-1_Legacy001" };
    served.cognito.createPool("eu-central-1", { PoolName: "legacy" }, fixed);
    const made = served.cognito.createClient(
      "eu-central-1",
      { UserPoolId: fixed.userPoolId, ClientName: "app" },
      { clientId: "legacyclient", clientSecret: "shh" },
    );
    expect(made).toEqual({ clientId: "legacyclient", clientSecret: "shh" });
    const sdk = served.sdk("eu-central-1");
    const input = { UserPoolId: fixed.userPoolId, ClientId: "legacyclient" };
    const { UserPoolClient } = await sdk.send(new DescribeUserPoolClientCommand(input));
    expect(UserPoolClient?.ClientSecret).toBe("shh");
    expect(() => served.cognito.createPool("eu-central-1", { PoolName: "x" }, fixed)).toThrow(
      AwsError,
    );
  });
});

describe("the schema of a pool", () => {
  const make = (...Schema: SchemaAttributeType[]) =>
    served.sdk().send(new CreateUserPoolCommand({ PoolName: "schema", Schema }));
  const text = (min: string, max: string) => ({
    StringAttributeConstraints: { MinLength: min, MaxLength: max },
  });
  const number = (min: string, max: string) => ({
    NumberAttributeConstraints: { MinValue: min, MaxValue: max },
  });

  it("keeps of the limits those that fit the type", async () => {
    const { UserPool } = await make(
      { Name: "plain", AttributeDataType: "Number" },
      { Name: "both", AttributeDataType: "Number", ...text("1", "2"), ...number("10", "20") },
      { Name: "banana", AttributeDataType: "String", DeveloperOnlyAttribute: true },
    );
    const named = (name: string) => UserPool?.SchemaAttributes?.find(({ Name }) => Name === name);
    expect(named("custom:plain")).toEqual({
      Name: "custom:plain",
      AttributeDataType: "Number",
      DeveloperOnlyAttribute: false,
      Mutable: true,
      Required: false,
    });
    expect(named("custom:both")).toMatchObject(number("10", "20"));
    expect(named("custom:both")).not.toHaveProperty("StringAttributeConstraints");
    expect(named("dev:custom:banana")?.DeveloperOnlyAttribute).toBe(true);
  });

  it.each<[string, SchemaAttributeType]>([
    [
      "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
      { Name: "custom" },
    ],
    [
      "Required custom attributes are not supported currently.",
      { Name: "banana", AttributeDataType: "String", Required: true },
    ],
    [
      "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
      { Name: "email", AttributeDataType: "Number" },
    ],
    [
      "Invalid StringAttributeConstraints for schema attribute email",
      { Name: "email", AttributeDataType: "String", ...text("one", "2") },
    ],
    [
      "user.email: String attributes cannot have a length of more than 2048",
      { Name: "email", AttributeDataType: "String", ...text("0", "2049") },
    ],
    [
      "Attribute custom:level cannot have a max length shorter than it's min length",
      { Name: "level", AttributeDataType: "String", ...text("2", "1") },
    ],
    [
      "Attribute custom:level cannot have a max value smaller than it's min value",
      { Name: "level", AttributeDataType: "Number", ...number("2", "1") },
    ],
    [
      "user.email: Max length cannot be less than min length.",
      { Name: "email", AttributeDataType: "String", ...text("2", "1") },
    ],
    [
      "user.updated_at: Max value cannot be less than min value.",
      { Name: "updated_at", AttributeDataType: "Number", ...number("2", "1") },
    ],
  ])("is refused: %s", async (message, attribute) => {
    // The texts: getmoto/moto, tests/test_cognitoidp; of custom attributes cdk-preflight, pf-cognito-schema-*
    expect(await refusal(make(attribute))).toBe(`InvalidParameterException: ${message}`);
  });

  it("has no custom attribute twice", async () => {
    const level = { Name: "level", AttributeDataType: "String" } as const;
    expect(await refusal(make(level, level))).toBe(
      "InvalidParameterException: Duplicate custom attribute names custom:level are not allowed in a user pool schema.",
    );
  });
});

describe("the tags of a pool", () => {
  it("are added, removed and listed by its ARN", async () => {
    const { UserPoolId } = await pool(served, { UserPoolTags: { a: "1" } });
    const ResourceArn = (await describePool(UserPoolId))?.Arn ?? "";
    const sdk = served.sdk();
    await sdk.send(new TagResourceCommand({ ResourceArn, Tags: { a: "2", b: "3" } }));
    await sdk.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
    const { Tags } = await sdk.send(new ListTagsForResourceCommand({ ResourceArn }));
    expect(Tags).toEqual({ b: "3" });
    expect((await describePool(UserPoolId))?.UserPoolTags).toEqual({ b: "3" });
    const missing = ResourceArn.replace(UserPoolId, "us-east-1_nowhere");
    const list = sdk.send(new ListTagsForResourceCommand({ ResourceArn: missing }));
    expect(await refusal(list)).toMatch(/^ResourceNotFoundException: /);
  });
});

describe("an app client", () => {
  it("writes what every user must have, where its attributes are listed", async () => {
    const { UserPoolId } = await pool(served, { Schema: [{ Name: "name", Required: true }] });
    const made = (...WriteAttributes: string[]) => app(served, UserPoolId, { WriteAttributes });
    // Source: radkawar/stackd, testdata/aws/cognito/profile_workflows.json
    expect(await refusal(made("email"))).toBe(
      "InvalidParameterException: Invalid write attributes specified while creating a client",
    );
    expect((await made("email", "name")).ClientId).toBeTruthy();
  });

  it("loses by an update what the update leaves out", async () => {
    const { UserPoolId, ClientId } = await pool(
      served,
      {},
      {
        PreventUserExistenceErrors: "ENABLED",
        ReadAttributes: ["email"],
        AuthSessionValidity: 10,
      },
    );
    await served.sdk().send(new UpdateUserPoolClientCommand({ UserPoolId, ClientId }));
    const { UserPoolClient } = await served
      .sdk()
      .send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
    // facts 7
    expect(UserPoolClient).toMatchObject({
      ClientName: "app",
      AuthSessionValidity: 3,
      RefreshTokenValidity: 30,
      EnableTokenRevocation: true,
    });
    expect(UserPoolClient?.ReadAttributes).toBeUndefined();
    expect(UserPoolClient?.PreventUserExistenceErrors).toBeUndefined();
  });

  const SHORT = "Invalid range for token validity.";
  // Texts: cdk-preflight, pf-cognito-*, of the live service
  it.each<[string, Partial<CreateUserPoolClientCommandInput>]>([
    [
      "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
      { ExplicitAuthFlows: ["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"] },
    ],
    [SHORT, { AccessTokenValidity: 4, TokenValidityUnits: { AccessToken: "minutes" } }],
    [SHORT, { IdTokenValidity: 25 }],
    [SHORT, { RefreshTokenValidity: 59, TokenValidityUnits: { RefreshToken: "minutes" } }],
    [SHORT, { RefreshTokenValidity: 3651 }],
    [
      "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
      {
        IdTokenValidity: 2,
        RefreshTokenValidity: 1,
        TokenValidityUnits: { RefreshToken: "hours" },
      },
    ],
    [
      "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
      { EnablePropagateAdditionalUserContextData: true },
    ],
  ])("is refused: %s %o", async (message, settings) => {
    const { UserPoolId, ClientId } = await pool(served);
    const sdk = served.sdk();
    const refused = `InvalidParameterException: ${message}`;
    expect(await refusal(app(served, UserPoolId, settings))).toBe(refused);
    const change = new UpdateUserPoolClientCommand({ UserPoolId, ClientId, ...settings });
    expect(await refusal(sdk.send(change))).toBe(refused);
    const { UserPoolClients } = await sdk.send(
      new ListUserPoolClientsCommand({ UserPoolId, MaxResults: 60 }),
    );
    expect(UserPoolClients).toHaveLength(1);
  });
});
