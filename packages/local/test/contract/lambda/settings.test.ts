import {
  CreateEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  paginateListFunctions,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueue } from "../gateway/parts.ts";
import { CODE, startStranger, zipOf } from "./stranger.ts";

const FunctionName = "stranger";
const DEAD = "arn:aws:sqs:us-east-1:000000000000:dead";

// Source: Lambda API reference, CreateFunction and UpdateFunctionConfiguration; defaults: LocalStack's
// tests/aws/services/lambda_, which were recorded on AWS.
describe("the settings of a function", () => {
  it("are AWS's own where none are given", async () => {
    const { create } = await startStranger();
    const created = await create();
    expect(created).toMatchObject({
      Timeout: 3,
      MemorySize: 128,
      Description: "",
      PackageType: "Zip",
      Architectures: ["x86_64"],
      EphemeralStorage: { Size: 512 },
      TracingConfig: { Mode: "PassThrough" },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/stranger" },
    });
    for (const none of ["VpcConfig", "DeadLetterConfig", "KMSKeyArn"]) {
      expect(created).not.toHaveProperty(none);
    }
  });

  it("are given back as they were given, and changed one by one", async () => {
    const { sdk, create } = await startStranger();
    const settings = {
      Architectures: ["arm64" as const],
      DeadLetterConfig: { TargetArn: DEAD },
      EphemeralStorage: { Size: 1024 },
      KMSKeyArn: "arn:aws:kms:us-east-1:000000000000:key/ours",
      LoggingConfig: { LogFormat: "JSON" as const, ApplicationLogLevel: "WARN" as const },
      TracingConfig: { Mode: "Active" as const },
      VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
    };
    const shown = {
      ...settings,
      LoggingConfig: {
        ...settings.LoggingConfig,
        SystemLogLevel: "INFO",
        LogGroup: "/aws/lambda/stranger",
      },
    };
    expect(await create(settings)).toMatchObject(shown);
    const get = () => sdk.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(await get()).toMatchObject(shown);
    const update = new UpdateFunctionConfigurationCommand({
      FunctionName,
      EphemeralStorage: { Size: 2048 },
      DeadLetterConfig: { TargetArn: "" },
    });
    await sdk.send(update);
    const { DeadLetterConfig: _gone, ...kept } = shown;
    const after = await get();
    expect(after).toMatchObject({ ...kept, EphemeralStorage: { Size: 2048 } });
    expect(after).not.toHaveProperty("DeadLetterConfig");
  });

  it.each([
    [
      "a layer",
      { Layers: ["arn:aws:lambda:us-east-1:000000000000:layer:ours:1"] },
      "Layers is not played.",
    ],
    [
      "a file system",
      {
        FileSystemConfigs: [
          { Arn: "arn:aws:elasticfilesystem:us-east-1:0:x", LocalMountPath: "/mnt/x" },
        ],
      },
      "FileSystemConfigs is not played.",
    ],
    ["a version at once", { Publish: true }, "Publish is not played: $LATEST is the only version."],
    [
      "an image",
      { PackageType: "Image" as const, Code: { ImageUri: "image" } },
      "Only code in ZipFile is played.",
    ],
    [
      "code in a bucket",
      { Code: { S3Bucket: "b", S3Key: "k" } },
      "Only code in ZipFile is played.",
    ],
    [
      "dead letters for a topic",
      { DeadLetterConfig: { TargetArn: "arn:aws:sns:us-east-1:000000000000:dead" } },
      "Only standard queues get dead letters here, not arn:aws:sns:us-east-1:000000000000:dead",
    ],
  ])("are refused with %s", async (_what, settings, message) => {
    const { sdk, create } = await startStranger();
    await expect(create(settings)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message,
    });
    expect((await sdk.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  });

  it("have AWS's bounds", async () => {
    const { create } = await startStranger();
    await expect(create({ EphemeralStorage: { Size: 511 } })).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512",
    });
  });
});

// Source: Lambda API reference, UpdateFunctionCode, "DryRun".
it("a dry run tells of new code, and keeps the old", async () => {
  const { sdk, create, invoke } = await startStranger();
  const { CodeSha256, RevisionId } = await create();
  const ZipFile = zipOf("export const handler = async () => ({ code: 'new' });");
  const DryRun = true;
  const tried = await sdk.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, DryRun }));
  expect(tried.CodeSha256).not.toBe(CodeSha256);
  expect(await invoke()).toMatchObject({ greeting: "hello" });
  const found = await sdk.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(found).toMatchObject({ CodeSha256, RevisionId });
});

// Source: Lambda API reference, ListFunctions, ListEventSourceMappings, ListVersionsByFunction.
describe("lists", () => {
  it("of functions come in pages", async () => {
    const { sdk, create } = await startStranger();
    const ZipFile = zipOf(CODE);
    const names = Array.from({ length: 52 }, (_, index) => `f${index}`);
    for (const one of names) await create({ FunctionName: one, Code: { ZipFile } });
    const first = await sdk.send(new ListFunctionsCommand({}));
    expect(first.Functions).toHaveLength(50);
    const pages: number[] = [];
    const seen: (string | undefined)[] = [];
    for await (const { Functions = [] } of paginateListFunctions(
      { client: sdk, pageSize: 30 },
      {},
    )) {
      pages.push(Functions.length);
      seen.push(...Functions.map((one) => one.FunctionName));
    }
    expect(pages).toEqual([30, 22]);
    expect(new Set(seen)).toEqual(new Set(names));
    await expect(sdk.send(new ListFunctionsCommand({ MaxItems: 10_001 }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(sdk.send(new ListFunctionsCommand({ Marker: "none" }))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
  });

  it("of mappings come in pages", async () => {
    const { parts, sdk, create } = await startStranger();
    await create();
    const sqs = new SQSClient(parts.client());
    for (const name of ["a", "b", "c"]) {
      const { arn: EventSourceArn } = await createQueue(sqs, name);
      await sdk.send(
        new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, Enabled: false }),
      );
    }
    const page = async (Marker?: string) => {
      const asked = { FunctionName, MaxItems: 2, Marker };
      const { EventSourceMappings = [], NextMarker } = await sdk.send(
        new ListEventSourceMappingsCommand(asked),
      );
      return { of: EventSourceMappings.length, NextMarker };
    };
    const first = await page();
    expect(first.of).toBe(2);
    expect(await page(first.NextMarker)).toEqual({ of: 1, NextMarker: undefined });
  });

  it("of versions have $LATEST", async () => {
    const { sdk, create } = await startStranger();
    await create();
    const { Versions } = await sdk.send(new ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions).toMatchObject([{ FunctionName, Version: "$LATEST" }]);
  });
});

// Source: Lambda DG, "Adding a dead-letter queue".
describe("what an asynchronous invocation fails with for good", () => {
  async function startFailing(code: string) {
    const { parts, sdk, create } = await startStranger();
    const sqs = new SQSClient(parts.client());
    const { url: QueueUrl } = await createQueue(sqs, "dead");
    const ZipFile = zipOf(code);
    await create({ Code: { ZipFile }, DeadLetterConfig: { TargetArn: DEAD }, Timeout: 1 });
    const event = { order: 7 };
    const Payload = JSON.stringify(event);
    const asked = new InvokeCommand({ FunctionName, InvocationType: "Event", Payload });
    const { $metadata } = await sdk.send(asked);
    const receive = { QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ["All"] };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
    const [letter] = Messages;
    return { parts, event, letter, requestId: $metadata.requestId };
  }

  it("is sent to its queue after three tries, with the request's id and the error", async () => {
    const { parts, event, letter, requestId } = await startFailing(
      `export const handler = async () => { throw new Error("${"no ".repeat(500)}"); };`,
    );
    expect(JSON.parse(letter?.Body ?? "")).toEqual(event);
    expect(letter?.MessageAttributes).toEqual({
      RequestID: { DataType: "String", StringValue: requestId },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "no ".repeat(500).slice(0, 1024) },
    });
    const tries = parts.lambda.invocations.list();
    expect(tries.map((one) => one.requestId)).toEqual([requestId, requestId, requestId]);
  });
});
