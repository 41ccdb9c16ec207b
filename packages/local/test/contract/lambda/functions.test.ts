import { createHash } from "node:crypto";
import {
  AddPermissionCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListTagsCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueue } from "../gateway/parts.ts";
import { startStranger, zipOf } from "./stranger.ts";

const FunctionName = "stranger";

// Lambda API reference, UpdateFunctionConfiguration and UpdateFunctionCode.
describe("a function that is there", () => {
  it("gets other settings, and keeps those that are not named", async () => {
    const { sdk, create, invoke } = await startStranger();
    const { RevisionId } = await create({ Description: "ours", MemorySize: 256 });
    expect(await invoke()).toMatchObject({ greeting: "hello" });
    const changed = await sdk.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        RevisionId,
        Timeout: 10,
        Environment: { Variables: { GREETING: "good day" } },
      }),
    );
    expect(changed).toMatchObject({
      Timeout: 10,
      MemorySize: 256,
      Description: "ours",
      Role: "arn:aws:iam::000000000000:role/stranger",
      Handler: "src/index.handler",
      LastUpdateStatus: "InProgress",
    });
    await waitUntilFunctionUpdatedV2({ client: sdk, maxWaitTime: 10 }, { FunctionName });
    expect(await invoke()).toMatchObject({ greeting: "good day" });
    expect(changed.RevisionId).not.toBe(RevisionId);
    await expect(
      sdk.send(new UpdateFunctionConfigurationCommand({ FunctionName, RevisionId, Timeout: 11 })),
    ).rejects.toMatchObject({
      name: "PreconditionFailedException",
      message: expect.stringMatching(/^The Revision Id provided does not match the latest/),
    });
  });

  it("gets other code, while an invocation of the old code runs to its end", async () => {
    const { parts, sdk, create, invoke } = await startStranger();
    const sqs = new SQSClient(parts.client());
    const [begun, go] = [await createQueue(sqs, "begun"), await createQueue(sqs, "go")];
    const old = `import { SQSClient, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
      export const handler = async () => {
        const sqs = new SQSClient();
        await sqs.send(new SendMessageCommand({ QueueUrl: "${begun.url}", MessageBody: "begun" }));
        const wait = new ReceiveMessageCommand({ QueueUrl: "${go.url}", WaitTimeSeconds: 20 });
        return { code: "old", told: (await sqs.send(wait)).Messages?.length };
      };`;
    const before = await create({ Timeout: 30, Code: { ZipFile: zipOf(old) } });
    const running = invoke();
    const wait = new ReceiveMessageCommand({ QueueUrl: begun.url, WaitTimeSeconds: 20 });
    expect((await sqs.send(wait)).Messages).toHaveLength(1);

    const ZipFile = zipOf(`export const handler = async () => ({ code: "new" });`);
    const after = await sdk.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    expect(after.CodeSha256).toBe(createHash("sha256").update(ZipFile).digest("base64"));
    expect(after).toMatchObject({ CodeSize: ZipFile.length, Handler: before.Handler });
    expect(await invoke()).toEqual({ code: "new" });
    await sqs.send(new SendMessageCommand({ QueueUrl: go.url, MessageBody: "go" }));
    expect(await running).toEqual({ code: "old", told: 1 });
    expect(await invoke()).toEqual({ code: "new" });
  });

  it("refuses code that is no zip file, and keeps what it has", async () => {
    const { sdk, create, invoke } = await startStranger();
    await create();
    const broken = { FunctionName, ZipFile: Buffer.from("hello") };
    await expect(sdk.send(new UpdateFunctionCodeCommand(broken))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
    expect(await invoke()).toMatchObject({ greeting: "hello" });
  });
});

// Lambda API reference, PutFunctionConcurrency; Lambda DG, "Configuring reserved concurrency": 100 stay unreserved.
describe("reserved concurrency", () => {
  it("throttles, is shown and can be taken away", async () => {
    const { sdk, create, invoke } = await startStranger();
    await create();
    const of = { FunctionName };
    const put = (ReservedConcurrentExecutions: number) =>
      sdk.send(new PutFunctionConcurrencyCommand({ ...of, ReservedConcurrentExecutions }));
    expect(await put(0)).toMatchObject({ ReservedConcurrentExecutions: 0 });
    await expect(sdk.send(new InvokeCommand(of))).rejects.toMatchObject({
      name: "TooManyRequestsException",
    });
    expect(await sdk.send(new GetFunctionCommand(of))).toMatchObject({
      Concurrency: { ReservedConcurrentExecutions: 0 },
    });
    await expect(put(901)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
    await sdk.send(new DeleteFunctionConcurrencyCommand(of));
    const { ReservedConcurrentExecutions } = await sdk.send(new GetFunctionConcurrencyCommand(of));
    expect(ReservedConcurrentExecutions).toBeUndefined();
    expect(await sdk.send(new GetFunctionCommand(of))).not.toHaveProperty("Concurrency");
    expect(await invoke()).toMatchObject({ greeting: "hello" });
  });
});

// Lambda API reference, TagResource, UntagResource, ListTags.
describe("tags of a function", () => {
  it("are added, shown and taken away", async () => {
    const { sdk, create } = await startStranger();
    const { FunctionArn: Resource } = await create({ Tags: { team: "ours" } });
    const tags = async () => (await sdk.send(new ListTagsCommand({ Resource }))).Tags;
    await sdk.send(new TagResourceCommand({ Resource, Tags: { kind: "probe" } }));
    expect(await tags()).toEqual({ team: "ours", kind: "probe" });
    await sdk.send(new UntagResourceCommand({ Resource, TagKeys: ["team", "nothing"] }));
    expect(await tags()).toEqual({ kind: "probe" });
    expect(await sdk.send(new GetFunctionCommand({ FunctionName }))).toMatchObject({
      Tags: { kind: "probe" },
    });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`tag-${at}`, ""]));
    await expect(sdk.send(new TagResourceCommand({ Resource, Tags: many }))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
    await expect(
      sdk.send(new ListTagsCommand({ Resource: `${Resource}-2` })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

// Words of refusals: localstack/localstack, tests/aws/services/lambda_/test_lambda_api.snapshot.json, taken on AWS.
// Lambda API reference, AddPermission; Lambda DG, "Viewing resource-based IAM policies in Lambda".
describe("the policy of a function", () => {
  it("has a statement for each permission", async () => {
    const { sdk, create } = await startStranger();
    const { FunctionArn } = await create();
    const policy = async () => {
      const { Policy } = await sdk.send(new GetPolicyCommand({ FunctionName }));
      return JSON.parse(Policy ?? "");
    };
    await expect(policy()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const permission = new AddPermissionCommand({
      FunctionName,
      StatementId: "pool",
      Action: "lambda:InvokeFunction",
      Principal: "cognito-idp.amazonaws.com",
      SourceArn: "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbCdEf",
      SourceAccount: "000000000000",
    });
    const statement = {
      Sid: "pool",
      Effect: "Allow",
      Principal: { Service: "cognito-idp.amazonaws.com" },
      Action: "lambda:InvokeFunction",
      Resource: FunctionArn,
      Condition: {
        StringEquals: { "AWS:SourceAccount": "000000000000" },
        ArnLike: {
          "AWS:SourceArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbCdEf",
        },
      },
    };
    const { Statement } = await sdk.send(permission);
    expect(JSON.parse(Statement ?? "")).toEqual(statement);
    await expect(sdk.send(permission)).rejects.toMatchObject({ name: "ResourceConflictException" });
    expect(await policy()).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [statement],
    });
    const remove = new RemovePermissionCommand({ FunctionName, StatementId: "pool" });
    await sdk.send(remove);
    await expect(policy()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(sdk.send(remove)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "No policy is associated with the given resource.",
    });
  });

  it.each([
    [
      { Qualifier: "42" },
      "ResourceNotFoundException",
      "Function not found: arn:aws:lambda:us-east-1:000000000000:function:stranger:42",
    ],
    [
      { Qualifier: "$LATEST" },
      "InvalidParameterValueException",
      "We currently do not support adding policies for $LATEST.",
    ],
    [
      { FunctionName: "stranger:one", Qualifier: "other" },
      "InvalidParameterValueException",
      "The derived qualifier from the function name does not match the specified qualifier.",
    ],
    [
      { Principal: "invalid.nonaws.com" },
      "InvalidParameterValueException",
      "The provided principal was invalid. Please check the principal and try again.",
    ],
    [
      { StatementId: "example.com" },
      "ValidationException",
      "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
    ],
    [
      { FunctionName: "nobody" },
      "ResourceNotFoundException",
      "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody",
    ],
    [
      { FunctionName: "arn:aws:lambda:us-east-1:111122223333:function:stranger" },
      "ResourceNotFoundException",
      "Function not found: arn:aws:lambda:us-east-1:111122223333:function:stranger",
    ],
    [
      { FunctionName: "arn:aws:lambda:eu-west-1:000000000000:function:stranger" },
      "ResourceNotFoundException",
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ],
  ])("takes no permission with %o", async (changes, name, message) => {
    const { sdk, create } = await startStranger();
    await create();
    const permission = { FunctionName, StatementId: "s", Action: "lambda:InvokeFunction" };
    await expect(
      sdk.send(
        new AddPermissionCommand({ ...permission, Principal: "sns.amazonaws.com", ...changes }),
      ),
    ).rejects.toMatchObject({ name, message });
  });
});
