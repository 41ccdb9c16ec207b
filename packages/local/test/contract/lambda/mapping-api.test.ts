import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
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
  /** Messages that are in the queue, seen or unseen. */
  const waiting = async () => {
    const asked = { QueueUrl: queue.url, AttributeNames: ["All" as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked));
    return (
      Number(Attributes?.ApproximateNumberOfMessages) +
      Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
    );
  };
  return { parts, sdk, create, queue, FunctionArn, map, update, send, lines, waiting };
}

// Lambda API reference, UpdateEventSourceMapping and EventSourceMappingConfiguration.
describe("an event source mapping", () => {
  it("waits while it is disabled, and goes on once it is enabled", async () => {
    const { sdk, map, update, send, lines } = await start();
    const { UUID, State } = await map({ Enabled: false });
    expect(State).toBe("Disabled");
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

  // Lambda API reference, TagResource, UntagResource, ListTags.
  it("has tags, from its beginning or later, and goes on with them", async () => {
    const { sdk, map, update, send, lines } = await start();
    const { UUID, EventSourceMappingArn: Resource } = await map({
      Tags: { team: "ours", kind: "a" },
    });
    const tags = async () => (await sdk.send(new ListTagsCommand({ Resource }))).Tags;
    expect(await tags()).toEqual({ team: "ours", kind: "a" });
    await sdk.send(new TagResourceCommand({ Resource, Tags: { kind: "probe" } }));
    await sdk.send(new UntagResourceCommand({ Resource, TagKeys: ["team", "nothing"] }));
    await update({ UUID, BatchSize: 2 });
    expect(await tags()).toEqual({ kind: "probe" });
    await send("hello");
    await expect.poll(lines).toEqual(["got hello"]);
    const elsewhere = Resource?.replace("us-east-1", "eu-west-1");
    await expect(sdk.send(new ListTagsCommand({ Resource: elsewhere }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  // AWS's words: pmuens/serverless-kinesis-streams#1.
  it("is refused where the queue is in another Region", async () => {
    const { map } = await start();
    const EventSourceArn = "arn:aws:sqs:eu-west-1:000000000000:work";
    await expect(map({ EventSourceArn })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "Event source region must match Lambda region us-east-1.",
    });
  });

  // AWS's words, but for a FIFO queue (Lambda DG): localstack/localstack, test_lambda_integration_sqs.snapshot.json and
  // test_api.snapshot.json; aws/chalice#1778.
  it.each([
    [{ BatchSize: 11 }, /^Maximum batch window in seconds must be greater than 0 if maximum batch/],
    [
      { StartingPosition: "LATEST" as const },
      /^StartingPosition is not valid for SQS event sources\.$/,
    ],
    ...["null", '"text"', '{"eventSource": "aws:sqs"}', '{"eventSource": []}', "{"].map(
      (Pattern): [object, RegExp] => [
        { FilterCriteria: { Filters: [{ Pattern }] } },
        /^Invalid filter pattern definition\.$/,
      ],
    ),
  ])("is refused with %o", async (more, message) => {
    const { map, update } = await start();
    const refusal = {
      name: "InvalidParameterValueException",
      message: expect.stringMatching(message),
    };
    await expect(map(more)).rejects.toMatchObject(refusal);
    if ("StartingPosition" in more) return;
    const { UUID } = await map();
    await expect(update({ UUID, ...more })).rejects.toMatchObject(refusal);
  });

  // Source: LocalStack's test_create_starting_position_validation_exceptions.
  it("is refused with a position that is none, in AWS's order of those that are", async () => {
    const { map } = await start();
    await expect(map({ StartingPosition: "0" as "LATEST" })).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value '0' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    });
  });

  it("of a FIFO queue has no batching window", async () => {
    const { parts, map } = await start();
    const fifo = await createQueue(new SQSClient(parts.client()), "orders.fifo", {
      FifoQueue: "true",
    });
    await expect(
      map({ EventSourceArn: fifo.arn, MaximumBatchingWindowInSeconds: 1 }),
    ).rejects.toMatchObject({ message: "Batching window is not supported for FIFO queues" });
  });

  // Source: Lambda DG, "Using event filtering with an Amazon SQS event source"; LocalStack's test_sqs_event_filter.
  it("lets the function see what its filters let through, and drops the rest", async () => {
    const { sdk, map, update, send, lines, waiting } = await start();
    const Filters = [
      { Pattern: '{"body": {"total": [{"numeric": [">=", 100]}]}}' },
      { Pattern: '{"body": ["plain"]}' },
    ];
    const made = await map({ FilterCriteria: { Filters } });
    expect(made.FilterCriteria).toEqual({ Filters });
    for (const body of ['{"total": 99}', "other", '{"total": 100}', "plain"]) await send(body);
    await expect.poll(waiting).toBe(0);
    await expect.poll(() => new Set(lines())).toEqual(new Set(['got {"total": 100}', "got plain"]));
    await update({ UUID: made.UUID, FilterCriteria: {} });
    expect(
      await sdk.send(new GetEventSourceMappingCommand({ UUID: made.UUID })),
    ).not.toHaveProperty("FilterCriteria");
    await send("other");
    await expect.poll(lines).toContain("got other");
  });

  // Source: Lambda DG, "Polling and batching streams": the window begins with the first message.
  it("gathers a batch of more than ten within its window", async () => {
    const { parts, map, send, lines } = await start();
    const made = await map({ BatchSize: 12, MaximumBatchingWindowInSeconds: 300 });
    expect(made).toMatchObject({ BatchSize: 12, MaximumBatchingWindowInSeconds: 300 });
    for (let sent = 0; sent < 12; sent += 1) await send(`m${sent}`);
    await expect.poll(lines).toHaveLength(12);
    expect(parts.lambda.invocations.list("stranger")).toHaveLength(1);
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
