import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueue } from "../gateway/parts.ts";
import { startStranger } from "./stranger.ts";

async function start() {
  const { parts, sdk, create } = await startStranger();
  const sqs = new SQSClient(parts.client());
  const queue = await createQueue(sqs, "work");
  const { FunctionArn } = await create();
  const map = (more: Partial<CreateEventSourceMappingCommandInput> = {}) =>
    sdk.send(
      new CreateEventSourceMappingCommand({
        EventSourceArn: queue.arn,
        FunctionName: "stranger",
        ...more,
      }),
    );
  const update = (input: UpdateEventSourceMappingCommandInput) =>
    sdk.send(new UpdateEventSourceMappingCommand(input));
  const send = (MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
  const lines = (name = "stranger") =>
    parts.lambda.invocations.list(name).flatMap((one) => one.lines);
  return { parts, sdk, create, queue, FunctionArn, map, update, send, lines };
}

// Lambda API reference, UpdateEventSourceMapping and EventSourceMappingConfiguration.
describe("an event source mapping", () => {
  it("waits while it is disabled, and goes on once it is enabled", async () => {
    const { sdk, map, update, send, lines } = await start();
    const { UUID } = await map({ Enabled: false });
    const one = new GetEventSourceMappingCommand({ UUID });
    expect(await sdk.send(one)).toMatchObject({ State: "Disabled" });
    await send("early");
    expect(await update({ UUID, Enabled: true })).toMatchObject({ State: "Enabling" });
    await expect.poll(lines).toEqual(["got early"]);
    expect(await update({ UUID, Enabled: false })).toMatchObject({ State: "Disabling" });
    expect(await sdk.send(one)).toMatchObject({ State: "Disabled" });
  });

  it("gets another function and other settings, and keeps those that are not named", async () => {
    const { sdk, create, queue, map, update, send, lines } = await start();
    const { FunctionArn } = await create({ FunctionName: "other" });
    const { UUID } = await map();
    const updated = await update({
      UUID,
      FunctionName: "other",
      BatchSize: 2,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    const shown = {
      UUID,
      EventSourceArn: queue.arn,
      FunctionArn,
      BatchSize: 2,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    };
    expect(updated).toMatchObject({ ...shown, State: "Updating" });
    expect(updated.LastModified).toBeInstanceOf(Date);
    await send("hello");
    await expect.poll(() => lines("other")).toEqual(["got hello"]);
    expect(lines()).toEqual([]);
    expect(await update({ UUID, ScalingConfig: {} })).not.toHaveProperty("ScalingConfig");
    expect(await sdk.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({
      BatchSize: 2,
      State: "Enabled",
    });
  });

  it("is refused where the queue feeds the function already", async () => {
    const { map } = await start();
    const { UUID } = await map();
    await expect(map()).rejects.toMatchObject({
      name: "ResourceConflictException",
      message: expect.stringContaining(`delete the existing mapping with UUID ${UUID}`),
    });
  });

  // Words: hashicorp/terraform-provider-aws#18099, winglang/wing#1507.
  it("is refused where the queue shows a message again while the function may still run", async () => {
    const { sdk, create, queue } = await start();
    await create({ FunctionName: "slow", Timeout: 60 });
    const mapping = { EventSourceArn: queue.arn, FunctionName: "slow" };
    await expect(sdk.send(new CreateEventSourceMappingCommand(mapping))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    });
  });

  // The last two in AWS's words: localstack/localstack, event_source_mapping/test_api.snapshot.json; aws/chalice#1778.
  it.each([
    [{ MaximumBatchingWindowInSeconds: 5 }, /not played/],
    [{ FilterCriteria: { Filters: [{ Pattern: "{}" }] } }, /not played/],
    [{ BatchSize: 11 }, /^Maximum batch window in seconds must be greater than 0 if maximum batch/],
    [
      { StartingPosition: "LATEST" as const },
      /^StartingPosition is not valid for SQS event sources\.$/,
    ],
  ])("is refused with %o, rather than without it", async (more, message) => {
    const { map } = await start();
    await expect(map(more)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringMatching(message),
    });
  });

  it("is listed also where the stage wired it", async () => {
    const { parts, sdk, queue, FunctionArn = "" } = await start();
    const wired = { queueArn: queue.arn, functionArn: FunctionArn, batchSize: 3 };
    const { uuid } = parts.lambda.mappings.wire({ ...wired, reportBatchItemFailures: true });
    const { EventSourceMappings } = await sdk.send(new ListEventSourceMappingsCommand());
    expect(EventSourceMappings).toMatchObject([
      { UUID: uuid, EventSourceArn: queue.arn, FunctionArn, BatchSize: 3, State: "Enabled" },
    ]);
  });
});
