import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  UpdateEventBusCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "vitest";
import { startParts } from "../gateway/parts.ts";
import { only } from "../only-stage.ts";

const PATTERN = JSON.stringify({ source: ["carryover"] });
const queue = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

async function start() {
  const { onStage, eventBridge } = await startParts();
  return {
    onStage,
    events: eventBridge(),
    elsewhere: eventBridge("eu-central-1"),
  };
}

describe("event buses", () => {
  it("are there by default, and made, described, listed and deleted", async () => {
    const { events } = await start();
    const made = await events.send(new CreateEventBusCommand({ Name: "orders" }));
    expect(made.EventBusArn).toBe("arn:aws:events:us-east-1:000000000000:event-bus/orders");
    const { EventBuses } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(["default", "orders"]);
    const described = await events.send(new DescribeEventBusCommand({ Name: "orders" }));
    expect(described.Arn).toBe(made.EventBusArn);
    await events.send(new DeleteEventBusCommand({ Name: "orders" }));
    await expect(
      events.send(new DescribeEventBusCommand({ Name: "orders" })),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  // Source: EventBridge API reference, CreateEventBus, UpdateEventBus.
  it("keep their settings", async () => {
    const { onStage, events } = await start();
    if (!onStage) only("a key that nobody has to make")();
    const settings = {
      Description: "orders",
      KmsKeyIdentifier: "alias/orders",
      DeadLetterConfig: { Arn: queue("dead") },
      LogConfig: { IncludeDetail: "FULL", Level: "INFO" },
    } as const;
    const made = await events.send(new CreateEventBusCommand({ Name: "orders", ...settings }));
    expect(made).toMatchObject(settings);
    const LogConfig = { IncludeDetail: "NONE", Level: "ERROR" } as const;
    await events.send(new UpdateEventBusCommand({ Name: "orders", LogConfig }));
    const kept = await events.send(new DescribeEventBusCommand({ Name: "orders" }));
    expect(kept).toMatchObject({ ...settings, LogConfig });
  });

  it("are apart by region", async () => {
    const { events, elsewhere } = await start();
    await events.send(new CreateEventBusCommand({ Name: "orders" }));
    await expect(
      elsewhere.send(new DescribeEventBusCommand({ Name: "orders" })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("cannot be made twice", async () => {
    const { events } = await start();
    await events.send(new CreateEventBusCommand({ Name: "orders" }));
    await expect(events.send(new CreateEventBusCommand({ Name: "orders" }))).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
    });
  });

  it("cannot be deleted if they are the default one", async () => {
    const { onStage, events } = await start();
    if (!onStage) only("a default bus that nobody else needs")();
    await expect(events.send(new DeleteEventBusCommand({ Name: "default" }))).rejects.toMatchObject(
      {
        name: "ValidationException",
      },
    );
  });
});

describe("refusals", () => {
  // Source: the tests of LocalStack and moto for EventBridge, which were recorded on AWS.
  it.each([
    ["shop/orders", "ValidationException", "Event bus name must not contain '/'."],
    [
      "aws.partner/shop/orders",
      "ResourceNotFoundException",
      "Event source aws.partner/shop/orders does not exist.",
    ],
    [
      "!",
      "ValidationException",
      "1 validation error detected: Value '!' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/\\.\\-_A-Za-z0-9]+",
    ],
  ])("name what is wrong with a bus %s", async (Name, name, message) => {
    const { events } = await start();
    await expect(events.send(new CreateEventBusCommand({ Name }))).rejects.toMatchObject({
      name,
      message,
    });
  });

  it("name all that is wrong with a request, at once", async () => {
    const { events } = await start();
    const Name = `no ${"x".repeat(64)}`;
    await expect(
      events.send(new PutRuleCommand({ Name, State: "ON" as "ENABLED", EventPattern: PATTERN })),
    ).rejects.toMatchObject({
      message: [
        `3 validation errors detected: Value '${Name}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64`,
        ` Value '${Name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
        " Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]",
      ].join(";"),
    });
  });
});

describe("rules", () => {
  it("are put, described, switched off and on, and listed", async () => {
    const { events } = await start();
    await events.send(new CreateEventBusCommand({ Name: "orders" }));
    const { RuleArn } = await events.send(
      new PutRuleCommand({ Name: "all", EventBusName: "orders", EventPattern: PATTERN }),
    );
    expect(RuleArn).toBe("arn:aws:events:us-east-1:000000000000:rule/orders/all");
    const reference = { Name: "all", EventBusName: "orders" };
    await events.send(new DisableRuleCommand(reference));
    expect((await events.send(new DescribeRuleCommand(reference))).State).toBe("DISABLED");
    await events.send(new EnableRuleCommand(reference));
    const { Rules } = await events.send(new ListRulesCommand({ EventBusName: "orders" }));
    expect(Rules).toMatchObject([{ Name: "all", State: "ENABLED", EventPattern: PATTERN }]);
  });

  it.each([
    ["a bad pattern", { EventPattern: '{"a":"x"}' }, "InvalidEventPatternException"],
    ["neither pattern nor schedule", {}, "ValidationException"],
    [
      "an unknown bus",
      { EventPattern: PATTERN, EventBusName: "none" },
      "ResourceNotFoundException",
    ],
    [
      "a name that is too long",
      { EventPattern: PATTERN, Name: "x".repeat(65) },
      "ValidationException",
    ],
  ])("are refused with %s", async (_why, input, name) => {
    const { events } = await start();
    await expect(events.send(new PutRuleCommand({ Name: "all", ...input }))).rejects.toMatchObject({
      name,
    });
  });

  // Source: EventBridge API reference, DeleteRule: "you must first remove all targets".
  it("cannot be deleted while they have targets", async () => {
    const { events } = await start();
    await events.send(new PutRuleCommand({ Name: "all", EventPattern: PATTERN }));
    await events.send(
      new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "one", Arn: queue("one") }] }),
    );
    await expect(events.send(new DeleteRuleCommand({ Name: "all" }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await events.send(new RemoveTargetsCommand({ Rule: "all", Ids: ["one"] }));
    await events.send(new DeleteRuleCommand({ Name: "all" }));
    await expect(events.send(new DescribeRuleCommand({ Name: "all" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("keep their targets when they are put again", async () => {
    const { events } = await start();
    const put = () => events.send(new PutRuleCommand({ Name: "all", EventPattern: PATTERN }));
    await put();
    await events.send(
      new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "one", Arn: queue("one") }] }),
    );
    await put();
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: "all" }));
    expect(Targets).toEqual([{ Id: "one", Arn: queue("one") }]);
  });

  // Source: EventBridge quotas, "Targets per rule": 5; API reference, RetryPolicy.
  it.each([
    [
      "six targets",
      Array.from({ length: 6 }, (_, at) => ({ Id: `t${at}`, Arn: queue("one") })),
      "LimitExceededException",
    ],
    [
      "too many retries",
      [{ Id: "t", Arn: queue("one"), RetryPolicy: { MaximumRetryAttempts: 186 } }],
      "ValidationException",
    ],
    [
      "too long an age",
      [{ Id: "t", Arn: queue("one"), RetryPolicy: { MaximumEventAgeInSeconds: 86_401 } }],
      "ValidationException",
    ],
    [
      "two kinds of input",
      [{ Id: "t", Arn: queue("one"), Input: "{}", InputPath: "$.detail" }],
      "ValidationException",
    ],
    ["what is no ARN", [{ Id: "t", Arn: "queue" }], "ValidationException"],
    [
      "a service that takes no events",
      [{ Id: "t", Arn: "arn:aws:iam::000000000000:role/team" }],
      "ValidationException",
    ],
    ["a FIFO queue without a group", [{ Id: "t", Arn: queue("one.fifo") }], "ValidationException"],
    [
      "a template with a variable that has no path",
      [
        {
          Id: "t",
          Arn: queue("one"),
          InputTransformer: { InputPathsMap: { id: "$.id" }, InputTemplate: '"<id> of <other>"' },
        },
      ],
      "ValidationException",
    ],
  ])("refuse %s", async (_what, Targets, name) => {
    const { events } = await start();
    await events.send(new PutRuleCommand({ Name: "all", EventPattern: PATTERN }));
    await expect(
      events.send(new PutTargetsCommand({ Rule: "all", Targets })),
    ).rejects.toMatchObject({ name });
    const { Targets: kept } = await events.send(new ListTargetsByRuleCommand({ Rule: "all" }));
    expect(kept).toEqual([]);
  });
});
