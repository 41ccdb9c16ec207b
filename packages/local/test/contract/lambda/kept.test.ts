import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, it, onTestFinished } from "vitest";
import { openStore } from "../../../src/data/store.ts";
import { startServices } from "../../../src/services.ts";
import { createQueue } from "../gateway/parts.ts";
import { zipOf } from "./stranger.ts";

const root = fileURLToPath(new URL(".", import.meta.url));

const RECORD = JSON.stringify({ Records: [{ body: "one" }] });

/** A stage with a function of its own that a queue of its own feeds, on the same directory each time. */
async function start(directory: string) {
  const store = await openStore(directory);
  const services = await startServices({
    port: 0,
    homeRegion: "us-east-1",
    data: { store, tables: (region) => join(directory, region) },
  });
  const config = {
    endpoint: services.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  const [sdk, sqs] = [new LambdaClient(config), new SQSClient(config)];
  const queues = { ours: await createQueue(sqs, "ours"), theirs: await createQueue(sqs, "theirs") };
  const functionArn = services.lambda.register({
    name: "ours",
    region: "us-east-1",
    handler: "handlers/batch.handler",
    root,
    environment: {},
    timeoutSeconds: 5,
    memoryMb: 128,
  });
  services.lambda.mappings.wire({
    queueArn: queues.ours.arn,
    functionArn,
    batchSize: 10,
    reportBatchItemFailures: true,
  });
  await services.resume();
  const listed = async () => {
    const { EventSourceMappings = [] } = await sdk.send(new ListEventSourceMappingsCommand());
    return EventSourceMappings.sort((a, b) => (a.UUID ?? "").localeCompare(b.UUID ?? ""));
  };
  return { services, sdk, sqs, queues, listed };
}

it("uploaded functions and all mappings outlive the process, as callers changed them", async () => {
  const directory = await mkdtemp(join(tmpdir(), "carryover-lambda-kept-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const before = await start(directory);
  const code = `export const handler = async (event) => {
    for (const { body } of event.Records ?? []) console.log("got " + body);
    return "kept";
  };`;
  const create = (FunctionName: string, Handler = "src/index.handler") =>
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs24.x",
      Role: "arn:aws:iam::000000000000:role/theirs",
      Handler,
      Code: { ZipFile: zipOf(code) },
    });
  await before.sdk.send(create("theirs"));
  await before.sdk.send(create("broken", "src/nowhere.handler"));
  await before.sdk.send(create("gone"));
  await before.sdk.send(new DeleteFunctionCommand({ FunctionName: "gone" }));
  const concurrency = { FunctionName: "theirs", ReservedConcurrentExecutions: 3 };
  await before.sdk.send(new PutFunctionConcurrencyCommand(concurrency));
  const [{ UUID } = {}] = await before.listed();
  await before.sdk.send(
    new UpdateEventSourceMappingCommand({ UUID, BatchSize: 2, Enabled: false }),
  );
  await before.sdk.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: before.queues.theirs.arn,
      FunctionName: "theirs",
    }),
  );
  await before.sdk.send(new InvokeCommand({ FunctionName: "theirs", Payload: RECORD }));
  const invocations = before.services.lambda.invocations.list("theirs");
  expect(invocations).toMatchObject([{ outcome: "returned", lines: ["got one"] }]);
  const mappings = await before.listed();
  expect(mappings).toHaveLength(2);
  await before.services.stop();

  const after = await start(directory);
  onTestFinished(() => after.services.stop());
  expect(await after.listed()).toEqual(mappings);
  expect(mappings.find((one) => one.UUID === UUID)).toMatchObject({
    BatchSize: 2,
    State: "Disabled",
  });
  expect(after.services.lambda.invocations.list("theirs")).toEqual(invocations);
  const invoke = (FunctionName: string) => after.sdk.send(new InvokeCommand({ FunctionName }));
  expect(Buffer.from((await invoke("theirs")).Payload ?? []).toString()).toBe('"kept"');
  await expect(invoke("gone")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const functions = after.services.lambda.functions("us-east-1");
  expect(functions.map(({ name }) => name).sort()).toEqual(["broken", "ours", "theirs"]);
  expect(functions.find(({ name }) => name === "theirs")?.reservedConcurrency).toBe(3);
  // A stage starts also where somebody's code does not build.
  await after.services.lambda.prepare();
  const message = { QueueUrl: after.queues.theirs.url, MessageBody: "hello" };
  await after.sqs.send(new SendMessageCommand(message));
  await expect
    .poll(() => after.services.lambda.invocations.list("theirs").flatMap(({ lines }) => lines))
    .toEqual(["got one", "got hello"]);
});
