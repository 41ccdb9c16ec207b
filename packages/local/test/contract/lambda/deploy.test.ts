import { randomBytes } from "node:crypto";
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { createQueue } from "../gateway/parts.ts";
import { CODE, startStranger, zipOf } from "./stranger.ts";

/** A zip file that says of its only file that it is so large. */
function bomb(bytes: number): Uint8Array {
  const zip = Buffer.from(zipSync({ "index.mjs": strToU8(CODE) }));
  // APPNOTE.TXT, 4.3.12: the file's header in the central directory, and there the uncompressed size.
  zip.writeUInt32LE(bytes, zip.indexOf("PK\u0001\u0002") + 24);
  return zip;
}

describe("Lambda CreateFunction", () => {
  it("runs the uploaded code, with its variables and the SDK of the runtime", async () => {
    const { create, invoke } = await startStranger();
    await expect(create()).resolves.toMatchObject({
      FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:stranger",
      Timeout: 3,
      MemorySize: 128,
      State: "Pending",
    });
    expect(await invoke()).toMatchObject({ sdk: "function", greeting: "hello" });
  });

  // Lambda DG, "Lambda quotas": 50 MB, zipped.
  it("takes a zip file of more than an invocation's payload", async () => {
    const { create, invoke } = await startStranger();
    const files = { "src/index.mjs": strToU8(CODE), "data.bin": randomBytes(7 * 1024 * 1024) };
    await create({ Code: { ZipFile: zipSync(files, { level: 0 }) } });
    expect(await invoke()).toMatchObject({ greeting: "hello" });
  });

  // Error names: Lambda API reference, CreateFunction, "Errors".
  it("refuses a name that is taken", async () => {
    const { create } = await startStranger();
    await create();
    await expect(create()).rejects.toMatchObject({
      name: "ResourceConflictException",
      message: "Function already exist: stranger",
    });
  });

  it.each([
    ["what is no zip file", { Code: { ZipFile: strToU8("hello") } }, /^Could not unzip uploaded/],
    [
      "a zip file with a path that leaves it",
      { Code: { ZipFile: zipSync({ "../index.mjs": strToU8(CODE) }) } },
      /^Could not unzip uploaded file\. Please check your file, then try to upload again\.$/,
    ],
    [
      // Lambda DG, "Lambda quotas": 250 MB, unzipped.
      "a small zip file of what is too large",
      { Code: { ZipFile: bomb(250 * 1024 * 1024) } },
      /^Unzipped size must be smaller than 262144000 bytes$/,
    ],
    [
      "a runtime that is none",
      { Runtime: "non-existent-runtime" as "nodejs24.x" },
      /^Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must satisfy/,
    ],
    [
      "a runtime in capitals",
      { Runtime: "PYTHON3.9" as "python3.9" },
      /^Value PYTHON3\.9 at 'runtime' failed to satisfy constraint/,
    ],
    [
      "no runtime",
      { Runtime: undefined },
      // In AWS's words: the errors of CloudFormation that people quote.
      /^Runtime and Handler are mandatory parameters for functions created with deployment packages\.$/,
    ],
  ])("refuses %s", async (_, changes, message) => {
    const { create, invoke } = await startStranger();
    await expect(create(changes)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringMatching(message),
    });
    await expect(invoke()).rejects.toHaveProperty("name", "ResourceNotFoundException");
  });

  // Words: localstack/localstack, tests/aws/services/lambda_/test_lambda_api.snapshot.json, which was taken on AWS.
  it.each([
    [
      "a role that is none",
      { Role: "r1" },
      "Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    ],
    [
      "a timeout beyond 15 minutes",
      { Timeout: 901 },
      "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
    ],
    [
      "two architectures",
      { Architectures: ["x86_64" as const, "arm64" as const] },
      "Value at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
  ])("refuses %s, which breaks the model", async (_, changes, what) => {
    const { create, invoke } = await startStranger();
    await expect(create(changes)).rejects.toMatchObject({
      name: "ValidationException",
      message: `1 validation error detected: ${what}`,
    });
    await expect(invoke()).rejects.toHaveProperty("name", "ResourceNotFoundException");
  });
});

// As pino and other loggers write.
it("what a handler writes to a descriptor itself is in its logs", async () => {
  const { parts, sdk, create } = await startStranger();
  const code = `import fs, { write, writeSync } from "node:fs";
    import { createRequire } from "node:module";
    const logged = { level: 30, msg: "two" };
    export const handler = async () => {
      const written = [
        writeSync(1, "one\\n"),
        createRequire(import.meta.url)("fs").writeSync(2, JSON.stringify(logged) + "\\n"),
        fs.writeSync(1, Buffer.from("-three\\n-"), 1, 6),
        await new Promise((done) => write(1, "four\\n", (error, count) => done(error ?? count))),
      ];
      fs.writeFileSync(1, "five\\n");
      return written;
    };`;
  await create({ Code: { ZipFile: zipOf(code) } });
  const asked = new InvokeCommand({ FunctionName: "stranger", LogType: "Tail" });
  const { Payload, LogResult = "" } = await sdk.send(asked);
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toEqual([4, 25, 6, 5]);
  const lines = ["one", '{"level":30,"msg":"two"}', "three", "four", "five"];
  expect(Buffer.from(LogResult, "base64").toString()).toContain(lines.join("\n"));
  expect(parts.lambda.invocations.list("stranger")).toMatchObject([{ lines }]);
});

describe("a function of another runtime", () => {
  it("is kept and shown, and refused when it is invoked: the stage runs Node.js alone", async () => {
    const { sdk, create, invoke } = await startStranger();
    await create({ Runtime: "python3.13" });
    const get = new GetFunctionConfigurationCommand({ FunctionName: "stranger" });
    expect(await sdk.send(get)).toMatchObject({ Runtime: "python3.13", State: "Active" });
    await expect(invoke()).rejects.toMatchObject({
      name: "InvalidRuntimeException",
      message: "The local stage does not run python3.13, only Node.js.",
    });
  });
});

// Source: aws-lambda-nodejs-runtime-interface-client, src/function and src/utils/errors.ts.
describe("uploaded code", () => {
  it("may be a CommonJS module", async () => {
    const { create, invoke } = await startStranger();
    const code = `exports.handler = async () => ({ kind: "commonjs" });`;
    await create({ Code: { ZipFile: zipSync({ "src/index.js": strToU8(code) }) } });
    expect(await invoke()).toEqual({ kind: "commonjs" });
  });

  it.each([
    [`callback(null, { kind: "called" })`, { kind: "called" }],
    [`setImmediate(() => callback(null, { kind: "called" }))`, { kind: "called" }],
    [`callback(new TypeError("no"))`, { errorType: "TypeError", errorMessage: "no" }],
  ])("may call back up to Node.js 22: %s", async (call, answer) => {
    const { create, invoke } = await startStranger();
    const ZipFile = zipOf(`export const handler = (event, context, callback) => { ${call} };`);
    await create({ Runtime: "nodejs22.x", Code: { ZipFile } });
    expect(await invoke()).toMatchObject(answer);
  });

  it.each([
    {
      that: "takes a callback on Node.js 24",
      code: `exports.handler = (event, context, callback) => callback(null, 1);`,
      error: {
        errorType: "Runtime.CallbackHandlerDeprecated",
        errorMessage: expect.stringMatching(/^ERROR: AWS Lambda has removed support for callback/),
      },
    },
    {
      that: "throws while it loads",
      code: `class ConfigError extends Error { name = "ConfigError" }; throw new ConfigError("no key");`,
      error: { errorType: "ConfigError", errorMessage: "no key" },
    },
    {
      that: "does not export its handler",
      code: `exports.other = async () => 1;`,
      error: {
        errorType: "Runtime.HandlerNotFound",
        errorMessage: "src/index.handler is undefined or not exported",
      },
    },
    {
      that: "exports something else as its handler",
      code: `exports.handler = 1;`,
      error: {
        errorType: "Runtime.HandlerNotFound",
        errorMessage: "src/index.handler is not a function",
      },
    },
    {
      that: "needs a module that is not there",
      code: `const x = require("nobody-has-this"); exports.handler = async () => x;`,
      error: {
        errorType: "Runtime.ImportModuleError",
        errorMessage: expect.stringMatching(/^Error: Cannot find module 'nobody-has-this'\n/),
      },
    },
    {
      that: "is no JavaScript",
      code: `exports.handler = async () => {`,
      error: {
        errorType: "Runtime.UserCodeSyntaxError",
        errorMessage: expect.stringMatching(/^SyntaxError: /),
      },
    },
    {
      that: "is in another file",
      file: "src/main.js",
      code: `exports.handler = async () => 1;`,
      error: {
        errorType: "Runtime.ImportModuleError",
        errorMessage: expect.stringMatching(/^Error: Cannot find module 'index'\n/),
      },
    },
  ])("that $that answers with the runtime's error", async ({ code, error, file }) => {
    const { sdk, create } = await startStranger();
    const ZipFile = zipSync({ [file ?? "src/index.js"]: strToU8(code) });
    await create({ Code: { ZipFile } });
    const answer = await sdk.send(new InvokeCommand({ FunctionName: "stranger" }));
    expect(answer.FunctionError).toBe("Unhandled");
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toMatchObject(error);
  });
});

describe("Lambda CreateEventSourceMapping", () => {
  it("hands a queue's messages to a function", async () => {
    const { parts, sdk, create } = await startStranger();
    const sqs = new SQSClient(parts.client());
    const queue = await createQueue(sqs, "work");
    await create();

    const mapping = new CreateEventSourceMappingCommand({
      EventSourceArn: queue.arn,
      FunctionName: "stranger",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    await expect(sdk.send(mapping)).resolves.toMatchObject({ BatchSize: 10, State: "Creating" });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: "hello" }));

    await expect
      .poll(() => parts.lambda.invocations.list("stranger"))
      .toMatchObject([{ outcome: "returned", lines: ["got hello"] }]);
  });

  it("refuses a function that is not there", async () => {
    const { sdk } = await startStranger();
    const mapping = new CreateEventSourceMappingCommand({
      EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:work",
      FunctionName: "nobody",
    });
    await expect(sdk.send(mapping)).rejects.toHaveProperty("name", "ResourceNotFoundException");
  });
});

// Lambda API reference: DeleteFunction, GetEventSourceMapping, ListEventSourceMappings, DeleteEventSourceMapping.
describe("what was deployed", () => {
  it("can be deleted: the function, and apart from it what feeds it", async () => {
    const { parts, sdk, create, invoke } = await startStranger();
    const { arn: EventSourceArn } = await createQueue(new SQSClient(parts.client()), "orders");
    const { FunctionArn } = await create();
    const { UUID } = await sdk.send(
      new CreateEventSourceMappingCommand({ FunctionName: "stranger", EventSourceArn }),
    );
    const list = async (more: object = {}) =>
      (await sdk.send(new ListEventSourceMappingsCommand(more))).EventSourceMappings;
    const shown = { UUID, FunctionArn, EventSourceArn, State: "Enabled", BatchSize: 10 };
    const one = new GetEventSourceMappingCommand({ UUID });
    expect(await sdk.send(one)).toMatchObject(shown);
    expect(await list({ FunctionName: "stranger" })).toMatchObject([shown]);
    expect(await list({ EventSourceArn: `${EventSourceArn}-2` })).toEqual([]);
    await sdk.send(new DeleteEventSourceMappingCommand({ UUID }));
    await expect(sdk.send(one)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(await list()).toEqual([]);

    await expect(create()).rejects.toMatchObject({ name: "ResourceConflictException" });
    await sdk.send(new DeleteFunctionCommand({ FunctionName: "stranger" }));
    await expect(invoke()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await create();
  });
});
