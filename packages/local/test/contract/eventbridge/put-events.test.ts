import { fileURLToPath } from "node:url";
import {
  CreateEventBusCommand,
  DisableRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { GetQueueAttributesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createTarget, startParts } from "../gateway/parts.ts";
import { only } from "../only-stage.ts";

const ENTRY = {
  Source: "carryover",
  DetailType: "UserMigrated",
  Detail: JSON.stringify({ userId: "u1" }),
} satisfies PutEventsRequestEntry;

async function start() {
  const parts = await startParts();
  const events = parts.eventBridge();
  const sqs = parts.queues();
  const queue = await createTarget(sqs, "inbox");
  const dead = await createTarget(sqs, "dead");
  const rule = async (target: Partial<Target> = {}, bus = "default") => {
    await events.send(
      new PutRuleCommand({
        Name: "all",
        EventBusName: bus,
        EventPattern: JSON.stringify({ source: ["carryover"] }),
      }),
    );
    await events.send(
      new PutTargetsCommand({
        Rule: "all",
        EventBusName: bus,
        Targets: [{ Id: "inbox", Arn: queue.arn, ...target }],
      }),
    );
  };
  const put = (...Entries: PutEventsRequestEntry[]) =>
    events.send(new PutEventsCommand({ Entries }));
  const next = async (url = queue.url, client = sqs) => {
    const { Messages } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        WaitTimeSeconds: 20,
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages?.[0];
  };
  const waiting = async (url = queue.url) => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ["ApproximateNumberOfMessages"],
      }),
    );
    return Attributes?.ApproximateNumberOfMessages;
  };
  return { parts, events, sqs, queue, dead, rule, put, next, waiting };
}

describe("PutEvents", () => {
  // Source: EventBridge UG, "Events", "Event structure".
  it("delivers an event in its envelope to a queue", async () => {
    const { rule, put, next } = await start();
    await rule();
    const Time = new Date("2026-01-02T03:04:05Z");
    const { FailedEntryCount, Entries } = await put({ ...ENTRY, Time, Resources: ["pool"] });
    expect(FailedEntryCount).toBe(0);
    const event = JSON.parse((await next())?.Body ?? "{}");
    expect(event).toEqual({
      version: "0",
      id: Entries?.[0]?.EventId,
      "detail-type": "UserMigrated",
      source: "carryover",
      account: "000000000000",
      time: "2026-01-02T03:04:05Z",
      region: "us-east-1",
      resources: ["pool"],
      detail: { userId: "u1" },
    });
  });

  it("gives an event the time of its arrival, unless it has one", async () => {
    const { parts, rule, put, next } = await start();
    parts.clock.setTo(Date.parse("2030-01-02T03:04:05.678Z"));
    await rule();
    await put(ENTRY);
    // The clock runs on.
    expect(JSON.parse((await next())?.Body ?? "{}").time).toMatch(/^2030-01-02T03:04:\d\dZ$/);
  });

  it("fails bad entries alone and in their place", async () => {
    const { rule, put, next, waiting } = await start();
    await rule();
    const { FailedEntryCount, Entries } = await put(
      { ...ENTRY, Source: undefined },
      { ...ENTRY, DetailType: "x".repeat(129) },
      { ...ENTRY, Detail: "[1]" },
      { ...ENTRY, Detail: "{" },
      { ...ENTRY, Source: "aws.cognito" },
      ENTRY,
    );
    expect(FailedEntryCount).toBe(5);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      "InvalidArgument",
      "InvalidArgument",
      "MalformedDetail",
      "MalformedDetail",
      "NotAuthorizedForSourceException",
      undefined,
    ]);
    expect(JSON.parse((await next())?.Body ?? "{}").id).toBe(Entries?.[5]?.EventId);
    expect(await waiting()).toBe("0");
  });

  it.each([
    ["no entry", []],
    ["eleven entries", Array.from({ length: 11 }, () => ENTRY)],
    ["a megabyte", [{ ...ENTRY, Detail: JSON.stringify({ text: "x".repeat(1024 * 1024) }) }]],
    // Source: the pattern of `EventBusName` in EventBridge's model.
    ["an ARN of no bus", [{ ...ENTRY, EventBusName: "arn:aws:sqs:us-east-1:000000000000:orders" }]],
  ])("refuses a request with %s", async (_what, entries) => {
    const { put } = await start();
    await expect(put(...entries)).rejects.toMatchObject({ name: "ValidationException" });
  });

  // Source: LocalStack's test_put_events_exceed_limit_ten_entries.
  it("says which entries are too many", async () => {
    const { put } = await start();
    const entry = { Source: "shop", DetailType: "Said", Detail: "{}", EventBusName: "other" };
    const said =
      "PutEventsRequestEntry(time=null, source=shop, resources=null, detailType=Said, detail={}, eventBusName=other, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)";
    await expect(put(...Array.from({ length: 11 }, () => entry))).rejects.toMatchObject({
      message: `1 validation error detected: Value '[${Array(11).fill(said).join(", ")}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10`,
    });
  });

  // Source: getmoto/moto, issue 7532 (what AWS answered) and tests/test_events.
  it("fails each of them where no entry is complete", async () => {
    const { put } = await start();
    const required = (name: string) => ({
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
    expect(await put({ ...ENTRY, DetailType: "" })).toMatchObject({
      FailedEntryCount: 1,
      Entries: [required("DetailType")],
    });
    expect(await put({}, { Source: "shop", DetailType: "Said" })).toMatchObject({
      FailedEntryCount: 2,
      Entries: [required("Source"), required("Detail")],
    });
    expect(await put({})).toMatchObject({ FailedEntryCount: 1, Entries: [required("Source")] });
  });

  it("takes ten entries of together just under a megabyte", async () => {
    const { put } = await start();
    const Detail = JSON.stringify({ text: "x".repeat(104_000) });
    const { FailedEntryCount } = await put(
      ...Array.from({ length: 10 }, () => ({ ...ENTRY, Detail })),
    );
    expect(FailedEntryCount).toBe(0);
  });

  it("loses events for a bus that does not exist, without an error", async () => {
    const { rule, put, next, waiting } = await start();
    await rule();
    const { FailedEntryCount } = await put({ ...ENTRY, EventBusName: "none" }, ENTRY);
    expect(FailedEntryCount).toBe(0);
    expect(await next()).toBeDefined();
    expect(await waiting()).toBe("0");
  });

  it("does not deliver for a rule that is switched off, or on another bus", async () => {
    const { rule, put, next, events, waiting } = await start();
    await events.send(new CreateEventBusCommand({ Name: "other" }));
    await rule();
    await rule({}, "other");
    await put(ENTRY);
    expect(await next()).toBeDefined();
    await events.send(new DisableRuleCommand({ Name: "all" }));
    await put(ENTRY, { ...ENTRY, EventBusName: "other" });
    expect(await next()).toBeDefined();
    expect(await waiting()).toBe("0");
  });

  it.each([
    ["Input", { Input: '{"fixed":true}' }, '{"fixed":true}'],
    ["InputPath", { InputPath: "$.detail.userId" }, '"u1"'],
    [
      "InputTransformer",
      {
        InputTransformer: {
          InputPathsMap: { user: "$.detail.userId", whole: "$.detail" },
          InputTemplate:
            '{"text":"user <user>","user":<user>,"detail":<whole>,"rule":"<aws.events.rule-name>"}',
        },
      },
      '{"text":"user u1","user":"u1","detail":{"userId":"u1"},"rule":"all"}',
    ],
    // Source: aws-cdk issue 15512: what the text of an object is.
    [
      "InputTransformer, with an object and a list inside a text",
      {
        InputTransformer: {
          InputPathsMap: { whole: "$.detail", names: "$.resources[*]" },
          InputTemplate: '"<whole> of <names>"',
        },
      },
      '"{userId:u1} of []"',
    ],
    [
      "InputTransformer, where a path finds nothing",
      {
        InputTransformer: {
          InputPathsMap: { none: "$.detail.none" },
          InputTemplate: '{"text":"user <none>","user":<none>}',
        },
      },
      '{"text":"user ","user":""}',
    ],
  ])("gives a target its %s", async (_what, target, expected) => {
    const { rule, put, next } = await start();
    await rule(target);
    await put(ENTRY);
    expect((await next())?.Body).toBe(expected);
  });

  // Source: EventBridge API reference, SqsParameters; UG, "Amazon SQS queue permissions": "content-based deduplication".
  it("gives a FIFO queue its events in the group of the target", async () => {
    const { sqs, rule, put } = await start();
    const Attributes = { FifoQueue: "true", ContentBasedDeduplication: "true" };
    const fifo = await createTarget(sqs, "inbox.fifo", Attributes);
    await rule({ Arn: fifo.arn, SqsParameters: { MessageGroupId: "users" } });
    await put(ENTRY);
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: fifo.url,
        WaitTimeSeconds: 20,
        MessageSystemAttributeNames: ["MessageGroupId"],
      }),
    );
    expect(Messages?.map(({ Attributes: got }) => got?.MessageGroupId)).toEqual(["users"]);
  });

  // Source: EventBridge UG, "Input transformation", "Predefined variables".
  it("gives a target the event itself, with and without its detail", async () => {
    const { rule, put, next } = await start();
    const InputTemplate = '{"short":<aws.events.event>,"whole":<aws.events.event.json>}';
    await rule({ InputTransformer: { InputTemplate } });
    await put(ENTRY);
    const { short, whole } = JSON.parse((await next())?.Body ?? "{}");
    const { detail, "detail-type": detailType, ...rest } = whole;
    expect(detail).toEqual(JSON.parse(ENTRY.Detail));
    expect(short).toEqual({ ...rest, detailType });
  });

  it("invokes a function", async () => {
    const { rule, put, parts } = await start();
    const { lambda } = parts;
    const Arn = lambda.register({
      name: "echo",
      region: "us-east-1",
      handler: "handlers/batch.handler",
      root: fileURLToPath(new URL("../lambda/", import.meta.url)),
      environment: {},
      timeoutSeconds: 5,
      memoryMb: 128,
    });
    await rule({ Arn, Input: '{"Records":[]}' });
    await put(ENTRY);
    await expect.poll(() => lambda.invocations.list("echo")[0]?.outcome).toBe("returned");
  });

  it("forwards to a bus of another region, where the event keeps its origin", async () => {
    const { rule, put, next, parts } = await start();
    if (!parts.onStage) only("a bus that needs no role to forward")();
    const away = parts.eventBridge("eu-central-1");
    const awaySqs = parts.queues("eu-central-1");
    const hub = await createTarget(awaySqs, "hub");
    await away.send(new CreateEventBusCommand({ Name: "hub" }));
    await away.send(
      new PutRuleCommand({
        Name: "all",
        EventBusName: "hub",
        EventPattern: '{"source":["carryover"]}',
      }),
    );
    await away.send(
      new PutTargetsCommand({
        Rule: "all",
        EventBusName: "hub",
        Targets: [{ Id: "hub", Arn: hub.arn }],
      }),
    );
    await rule({ Arn: "arn:aws:events:eu-central-1:000000000000:event-bus/hub" });
    const { Entries } = await put(ENTRY);
    const event = JSON.parse((await next(hub.url, awaySqs))?.Body ?? "{}");
    expect(event).toMatchObject({ id: Entries?.[0]?.EventId, region: "us-east-1" });
  });
});

// Source: EventBridge UG, "Sending and receiving events between event buses", the note on a third event bus.
it("what another bus forwarded goes to no third bus", async () => {
  const { events, sqs, put, parts, rule, next, waiting } = await start();
  if (!parts.onStage) only("a bus that needs no role to forward")();
  const bus = async (name: string, to: string) => {
    await events.send(new CreateEventBusCommand({ Name: name }));
    await rule({ Id: "on", Arn: `arn:aws:events:us-east-1:000000000000:event-bus/${to}` }, name);
  };
  await bus("first", "second");
  await bus("second", "third");
  await events.send(new CreateEventBusCommand({ Name: "third" }));
  await rule({}, "third");
  const beside = await createTarget(sqs, "beside");
  const Targets = [{ Id: "beside", Arn: beside.arn }];
  await events.send(new PutTargetsCommand({ Rule: "all", EventBusName: "second", Targets }));
  await put({ ...ENTRY, EventBusName: "first" });
  expect(await next(beside.url)).toBeDefined();
  expect(await waiting()).toBe("0");
});

describe("a delivery that fails", () => {
  it("is tried again until the target is back", async () => {
    const { rule, put, next, parts } = await start();
    const { faults } = parts;
    await rule({ RetryPolicy: { MaximumRetryAttempts: 3 } });
    faults.add({ service: "sqs", operation: "SendMessage", effect: { kind: "cut-off" }, times: 3 });
    await put(ENTRY);
    expect(await next()).toBeDefined();
    expect(faults.list()).toEqual([]);
  });

  // Source: EventBridge UG, "Using dead-letter queues to process undelivered events in EventBridge".
  it("goes to the dead-letter queue when its retries are used up", async () => {
    const { rule, put, next, parts, dead, queue, waiting } = await start();
    const { faults } = parts;
    await rule({ RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Arn: dead.arn } });
    faults.add({
      service: "sqs",
      operation: "SendMessage",
      effect: { kind: "throttle" },
      times: 3,
    });
    const { Entries } = await put(ENTRY);
    const message = await next(dead.url);
    expect(JSON.parse(message?.Body ?? "{}").id).toBe(Entries?.[0]?.EventId);
    const attributes = Object.entries(message?.MessageAttributes ?? {}).map(
      ([name, { StringValue }]) => [name, StringValue],
    );
    expect(Object.fromEntries(attributes)).toEqual({
      RULE_ARN: "arn:aws:events:us-east-1:000000000000:rule/all",
      TARGET_ARN: queue.arn,
      ERROR_CODE: "THROTTLING",
      ERROR_MESSAGE: "Rate exceeded",
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      RETRY_ATTEMPTS: "2",
    });
    expect(await waiting()).toBe("0");
  });

  it("goes to the dead-letter queue when it is too old", async () => {
    const { rule, put, next, parts, dead } = await start();
    const { faults, clock } = parts;
    await rule({
      RetryPolicy: { MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: { Arn: dead.arn },
    });
    faults.add({ service: "sqs", operation: "SendMessage", effect: { kind: "cut-off" } });
    await put(ENTRY);
    clock.advance(61_000);
    const message = await next(dead.url);
    expect(message?.MessageAttributes?.EXHAUSTED_RETRY_CONDITION?.StringValue).toBe(
      "MaximumEventAgeInSeconds",
    );
  });

  it("is not tried again where the target is gone", async () => {
    const { rule, put, next, dead } = await start();
    const Arn = "arn:aws:sqs:us-east-1:000000000000:gone";
    await rule({ Arn, DeadLetterConfig: { Arn: dead.arn } });
    await put(ENTRY);
    const message = await next(dead.url);
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: "NO_RESOURCE" },
      RETRY_ATTEMPTS: { StringValue: "0" },
    });
    expect(message?.MessageAttributes).not.toHaveProperty("EXHAUSTED_RETRY_CONDITION");
  });

  it("can be a bus outage, which the publisher sees", async () => {
    const { rule, put, next, parts } = await start();
    const { faults } = parts;
    await rule();
    faults.add({
      service: "events",
      operation: "PutEvents",
      effect: { kind: "cut-off" },
      times: 1,
    });
    await expect(put(ENTRY)).rejects.toThrow();
    await put(ENTRY);
    expect(await next()).toBeDefined();
  });
});
