import {
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  InitiateAuthCommand,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Services, startServices } from "../../../src/services.ts";
import { refusal } from "../cognito/serve.ts";

const OWNER = "111122223333";
const ROLE = `arn:aws:iam::${OWNER}:role/path/reader`;
const POOL = "us-east-1_Foreign";
const POOL_ARN = `arn:aws:cognito-idp:us-east-1:${OWNER}:userpool/${POOL}`;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

let services: Services;
let clientId = "";
beforeAll(async () => {
  services = await startServices({ port: 0, homeRegion: "us-east-1" });
  services.roles[ROLE] = "right";
  services.cognito.createPool(
    "us-east-1",
    { PoolName: "theirs" },
    { userPoolId: POOL, account: OWNER },
  );
  ({ clientId } = services.cognito.createClient("us-east-1", {
    UserPoolId: POOL,
    ClientName: "app",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  }));
});
afterAll(() => services.stop());

const keys = (accessKeyId: string): Keys => ({ accessKeyId, secretAccessKey: "x" });
const config = (credentials: Keys) => ({
  endpoint: services.endpoint,
  region: "us-east-1",
  credentials,
  maxAttempts: 1,
});
const sts = (credentials = keys("local")) => new STSClient(config(credentials));
const cognito = (credentials: Keys) => new CognitoIdentityProviderClient(config(credentials));

async function assumed(more: { Policy?: string; DurationSeconds?: number } = {}): Promise<Keys> {
  const { Credentials: given } = await sts().send(
    new AssumeRoleCommand({
      RoleArn: ROLE,
      RoleSessionName: "carryover",
      ExternalId: "right",
      ...more,
    }),
  );
  return {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    ...(given?.SessionToken && { sessionToken: given.SessionToken }),
  };
}

describe("GetCallerIdentity", () => {
  it("names the stage's account for any key, and the account that a key is the id of", async () => {
    const any = await sts().send(new GetCallerIdentityCommand({}));
    expect(any).toMatchObject({
      Account: "000000000000",
      Arn: "arn:aws:iam::000000000000:user/local",
    });
    const owner = await sts(keys(OWNER)).send(new GetCallerIdentityCommand({}));
    expect(owner).toMatchObject({ Account: OWNER, Arn: `arn:aws:iam::${OWNER}:user/local` });
  });

  // STS API reference, AssumeRole: AssumedRoleUser has neither the role's path nor its real id.
  it("names the session of an assumed role", async () => {
    expect(await sts(await assumed()).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: OWNER,
      Arn: `arn:aws:sts::${OWNER}:assumed-role/reader/carryover`,
      // Source of its form: moto's tests/test_sts.
      UserId: expect.stringMatching(/^AROA[0-9A-Z]{17}:carryover$/) as string,
    });
  });
});

describe("AssumeRole", () => {
  it("asks for the right external id, and a policy that is one", async () => {
    const ask = (more: object) =>
      sts().send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "me", ...more }));
    expect(await refusal(ask({ ExternalId: "wrong" }))).toBe(
      `AccessDenied: User: arn:aws:iam::000000000000:user/local is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`,
    );
    expect(await refusal(ask({ ExternalId: "right", Policy: "{" }))).toMatch(
      /^MalformedPolicyDocument/,
    );
  });

  it.each([
    "arn:aws:iam::000000000000:role/demo:bad",
    "arn:aws:iam::000000000000:role/",
    "arn:aws:iam::000000000000:user/demo",
    "arn:aws:iam:us-east-1:000000000000:role/demo",
  ])("is not of %s", async (RoleArn) => {
    const input = { RoleArn, RoleSessionName: "me" };
    expect(await refusal(sts().send(new AssumeRoleCommand(input)))).toBe(
      `ValidationError: ${RoleArn} is invalid`,
    );
    const RoleArnWithPath = "arn:aws:iam::000000000000:role/team:dev/demo";
    const { AssumedRoleUser } = await sts().send(
      new AssumeRoleCommand({ ...input, RoleArn: RoleArnWithPath }),
    );
    expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::000000000000:assumed-role/demo/me");
  });

  it("gives credentials that end", async () => {
    const short = await assumed({ DurationSeconds: 900 });
    const long = await assumed({ DurationSeconds: 3600 });
    services.clock.advance(901_000);
    const look = (credentials: Keys) =>
      cognito(credentials).send(new DescribeUserPoolCommand({ UserPoolId: POOL }));
    expect(await refusal(look(short))).toBe(
      "ExpiredTokenException: The security token included in the request is expired",
    );
    expect((await look(long)).UserPool?.Id).toBe(POOL);
    const itself = sts(short).send(new GetCallerIdentityCommand({}));
    expect(await refusal(itself)).toBe(
      "ExpiredToken: The security token included in the request is expired",
    );
  });

  // Source: STS API reference, AssumeRole; words: AWS's own validation, as botocore's users know it.
  it.each([
    [
      { RoleSessionName: "a b" },
      "Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ],
    [
      { RoleSessionName: "a" },
      "Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
    [
      { DurationSeconds: 899 },
      "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [
      { DurationSeconds: 43_201 },
      "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
    ],
    [
      { RoleArn: "reader" },
      "Value 'reader' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    ],
  ])("refuses %o", async (more, failure) => {
    const input = { RoleArn: ROLE, RoleSessionName: "me", ExternalId: "right", ...more };
    expect(await refusal(sts().send(new AssumeRoleCommand(input)))).toBe(
      `ValidationError: 1 validation error detected: ${failure}`,
    );
  });

  // Source: IAM user guide, "Roles terms and concepts", role chaining.
  it("gives an hour at most to who has assumed a role already", async () => {
    const again = async (DurationSeconds: number) =>
      sts(await assumed()).send(
        new AssumeRoleCommand({
          RoleArn: `arn:aws:iam::${OWNER}:role/next`,
          RoleSessionName: "chained",
          DurationSeconds,
        }),
      );
    expect(await refusal(again(3601))).toBe(
      "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
    expect((await again(3600)).AssumedRoleUser?.Arn).toBe(
      `arn:aws:sts::${OWNER}:assumed-role/next/chained`,
    );
  });
});

// Source: STS API reference, GetSessionToken and GetAccessKeyInfo.
describe("GetSessionToken", () => {
  it("gives credentials of the caller, and none to who has such", async () => {
    const get = async (credentials: Keys) =>
      (await sts(credentials).send(new GetSessionTokenCommand({ DurationSeconds: 900 })))
        .Credentials;
    const given = await get(keys(OWNER));
    const AccessKeyId = given?.AccessKeyId ?? "";
    expect(AccessKeyId).toMatch(/^ASIA[0-9A-Z]{16}$/);
    const whoAmI = sts(keys(AccessKeyId)).send(new GetCallerIdentityCommand({}));
    expect(await whoAmI).toMatchObject({
      Account: OWNER,
      Arn: `arn:aws:iam::${OWNER}:user/local`,
    });
    const info = await sts().send(new GetAccessKeyInfoCommand({ AccessKeyId }));
    expect(info.Account).toBe(OWNER);
    for (const temporary of [await assumed(), keys(AccessKeyId)]) {
      expect(await refusal(get(temporary))).toBe(
        "AccessDenied: Cannot call GetSessionToken with session credentials",
      );
    }
    const long = new GetSessionTokenCommand({ DurationSeconds: 129_601 });
    expect(await refusal(sts().send(long))).toMatch(/less than or equal to 129600$/);
  });
});

// Source: STS API reference, GetFederationToken.
describe("GetFederationToken", () => {
  const get = (more: { Name?: string; Policy?: string; DurationSeconds?: number } = {}) =>
    sts(keys(OWNER)).send(new GetFederationTokenCommand({ Name: "bob", ...more }));

  it("gives credentials of a federated user, who may do what the policy allows", async () => {
    const Policy = JSON.stringify({
      Statement: [{ Effect: "Allow", Action: "cognito-idp:*", Resource: POOL_ARN }],
    });
    const { Credentials, FederatedUser, PackedPolicySize } = await get({ Policy });
    expect(FederatedUser).toEqual({
      FederatedUserId: `${OWNER}:bob`,
      Arn: `arn:aws:sts::${OWNER}:federated-user/bob`,
    });
    expect(PackedPolicySize).toBeGreaterThan(0);
    const bob = keys(Credentials?.AccessKeyId ?? "");
    expect(await sts(bob).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: OWNER,
      Arn: FederatedUser?.Arn,
      UserId: FederatedUser?.FederatedUserId,
    });
    const look = new DescribeUserPoolCommand({ UserPoolId: POOL });
    expect((await cognito(bob).send(look)).UserPool?.Id).toBe(POOL);
    const mayNothing = keys((await get()).Credentials?.AccessKeyId ?? "");
    expect(await refusal(cognito(mayNothing).send(look))).toMatch(/^AccessDeniedException: /);
    for (const next of [
      new GetFederationTokenCommand({ Name: "eve" }),
      new GetSessionTokenCommand({}),
    ]) {
      expect(await refusal(sts(bob).send(next as GetSessionTokenCommand))).toMatch(
        /^AccessDenied: Cannot call Get\w+Token with session credentials$/,
      );
    }
  });

  it("refuses a name and a duration that are out of bounds, and a policy that is none", async () => {
    expect(await refusal(get({ Name: "x" }))).toMatch(/greater than or equal to 2$/);
    expect(await refusal(get({ Name: "a b" }))).toMatch(/regular expression pattern/);
    expect(await refusal(get({ DurationSeconds: 899 }))).toMatch(/greater than or equal to 900$/);
    expect(await refusal(get({ Policy: "none" }))).toMatch(/^MalformedPolicyDocument/);
  });
});

// Source: localstack/localstack, tests/aws/services/sts/test_sts.snapshot.json, recorded on AWS.
describe("what a session is opened with", () => {
  const assume = (more: Partial<AssumeRoleCommandInput>) =>
    sts().send(
      new AssumeRoleCommand({
        RoleArn: ROLE,
        RoleSessionName: "carryover",
        ExternalId: "right",
        ...more,
      }),
    );

  it("has tags that differ in more than letters' case, and the transitive ones are among them", async () => {
    const Tags = [{ Key: "team", Value: "shop" }];
    expect(await assume({ Tags, TransitiveTagKeys: ["team"] })).toHaveProperty("Credentials");
    expect(await refusal(assume({ Tags: [...Tags, { Key: "Team", Value: "x" }] }))).toBe(
      "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
    expect(await refusal(assume({ Tags, TransitiveTagKeys: ["other"] }))).toBe(
      "InvalidParameterValue: The specified transitive tag key must be included in the requested tags.",
    );
  });

  it("is told the size of its policy; a federated user is also told of none", async () => {
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    expect((await assume({ Policy })).PackedPolicySize).toBeGreaterThan(0);
    expect(await assume({})).not.toHaveProperty("PackedPolicySize");
    const federated = new GetFederationTokenCommand({ Name: "bob" });
    expect((await sts().send(federated)).PackedPolicySize).toBe(0);
  });
});

describe("a pool of another account", () => {
  const look = (credentials: Keys) =>
    cognito(credentials).send(new DescribeUserPoolCommand({ UserPoolId: POOL }));
  const names = async (credentials: Keys) =>
    (await cognito(credentials).send(new ListUserPoolsCommand({ MaxResults: 60 }))).UserPools?.map(
      ({ Id }) => Id,
    );

  it("is there for its owner and for the owner's role only", async () => {
    expect(await refusal(look(keys("local")))).toBe(
      `ResourceNotFoundException: User pool ${POOL} does not exist.`,
    );
    expect(await names(keys("local"))).toEqual([]);
    for (const credentials of [keys(OWNER), await assumed()]) {
      expect((await look(credentials)).UserPool?.Arn).toBe(POOL_ARN);
      expect(await names(credentials)).toEqual([POOL]);
    }
  });

  it("takes what the session's policy allows, and nothing else", async () => {
    const policy = (Action: string | string[], Resource: string, Effect = "Allow") => ({
      Effect,
      Action,
      Resource,
    });
    const withPolicy = async (...Statement: object[]) =>
      look(await assumed({ Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
    const denied = `AccessDeniedException: User: arn:aws:sts::${OWNER}:assumed-role/reader/carryover is not authorized to perform: cognito-idp:DescribeUserPool on resource: ${POOL_ARN} because no session policy allows the cognito-idp:DescribeUserPool action`;
    expect(await withPolicy(policy(["cognito-idp:Describe*"], POOL_ARN))).toBeTruthy();
    expect(
      await withPolicy(policy("*", "arn:aws:cognito-idp:*:userpool/us-east-?_For*gn")),
    ).toBeTruthy();
    expect(await refusal(withPolicy(policy("cognito-idp:ListUsers", POOL_ARN)))).toBe(denied);
    expect(await refusal(withPolicy(policy("cognito-idp:*", `${POOL_ARN}2`)))).toBe(denied);
    expect(
      await refusal(withPolicy(policy("*", "*"), policy("cognito-idp:Desc*", "*", "Deny"))),
    ).toBe(denied);
  });

  it("still lets people sign in: that needs no account", async () => {
    await cognito(keys(OWNER)).send(
      new AdminCreateUserCommand({
        UserPoolId: POOL,
        Username: "ada",
        TemporaryPassword: "Correct-Horse-9",
        MessageAction: "SUPPRESS",
      }),
    );
    const answer = await cognito(keys("local")).send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "ada", PASSWORD: "Correct-Horse-9" },
      }),
    );
    expect(answer.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });
});
