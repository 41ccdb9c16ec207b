import { describe, expect, it } from "vitest";
import { awsNames, ofBusesAndQueues } from "./aws-names.ts";
import { isLeftover, newPrefix, prefixOfTest } from "./aws-run.ts";

const ACCOUNT = "123456789012";
const { toAws, fromAws } = awsNames(ofBusesAndQueues, { prefix: "our-", account: ACCOUNT });
const ARN = `arn:aws:events:us-east-1:${ACCOUNT}`;
const STAGE_ARN = "arn:aws:events:us-east-1:000000000000";

describe("the names of a test on AWS", () => {
  it.each<[operation: string, input: object, there: object]>([
    ["CreateQueue", { QueueName: "orders.fifo" }, { QueueName: "our-orders.fifo" }],
    [
      "SendMessage",
      {
        QueueUrl: "https://sqs.us-east-1.amazonaws.com/000000000000/orders",
        MessageBody: "orders",
      },
      {
        QueueUrl: `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/our-orders`,
        MessageBody: "orders",
      },
    ],
    [
      "CreateQueue",
      {
        QueueName: "orders",
        Attributes: {
          RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead"}',
        },
      },
      {
        QueueName: "our-orders",
        Attributes: {
          RedrivePolicy: `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:${ACCOUNT}:our-dead"}`,
        },
      },
    ],
    ["CreateEventBus", { Name: "default" }, { Name: "our-default" }],
    ["PutRule", { Name: "all" }, { Name: "our-all", EventBusName: "our-default" }],
    ["PutRule", { Name: "all", EventBusName: "x" }, { Name: "our-all", EventBusName: "our-x" }],
    [
      "PutRule",
      { Name: "hourly", ScheduleExpression: "rate(1 hour)" },
      { Name: "our-hourly", ScheduleExpression: "rate(1 hour)" },
    ],
    [
      "PutTargets",
      {
        Rule: "all",
        EventBusName: `${STAGE_ARN}:event-bus/default`,
        Targets: [{ Id: "one", Arn: `${STAGE_ARN}:event-bus/hub` }],
      },
      {
        Rule: "our-all",
        EventBusName: `${ARN}:event-bus/our-default`,
        Targets: [{ Id: "one", Arn: `${ARN}:event-bus/our-hub` }],
      },
    ],
    [
      "PutEvents",
      { Entries: [{ Source: "shop" }, { Source: "shop", EventBusName: "x" }, {}] },
      {
        Entries: [
          { Source: "shop", EventBusName: "our-default" },
          { Source: "shop", EventBusName: "our-x" },
          {},
        ],
      },
    ],
    [
      "TagResource",
      { ResourceARN: `${STAGE_ARN}:rule/all` },
      { ResourceARN: `${ARN}:rule/our-default/our-all` },
    ],
    [
      "TagResource",
      { ResourceARN: `${STAGE_ARN}:rule/orders/all` },
      { ResourceARN: `${ARN}:rule/our-orders/our-all` },
    ],
    ["ListArchives", {}, { NamePrefix: "our-" }],
    ["ListArchives", { NamePrefix: "al" }, { NamePrefix: "our-al" }],
  ])("are in %s %j those of the run, in its account", (operation, input, there) => {
    expect(toAws(operation, input)).toEqual(there);
  });

  it("come back as the test wrote them, in whatever AWS answers", () => {
    const CreationTime = new Date(0);
    expect(
      fromAws({
        Rules: [
          { Arn: `${ARN}:rule/our-default/our-all` },
          { Arn: `${ARN}:rule/our-orders/our-all` },
        ],
        Body: `{"account":"${ACCOUNT}"}`,
        CreationTime,
      }),
    ).toEqual({
      Rules: [{ Arn: `${STAGE_ARN}:rule/all` }, { Arn: `${STAGE_ARN}:rule/orders/all` }],
      Body: '{"account":"000000000000"}',
      CreationTime,
    });
    expect(fromAws("Rule our-all does not exist on EventBus our-default.")).toBe(
      "Rule all does not exist on EventBus default.",
    );
  });

  it("are known of every operation that is sent, or it is not sent", () => {
    expect(() => toAws("CreateConnection", { Name: "partner" })).toThrow("CreateConnection");
  });
});

describe("the prefix of a run", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  const hour = 3_600_000;

  it("says when the run began: after a day, what has it was left behind", () => {
    const prefix = newPrefix(now - 25 * hour);
    const ofTest = prefixOfTest({ prefix, account: ACCOUNT, settleMs: 0 });
    expect(ofTest.startsWith(prefix)).toBe(true);
    expect(ofTest).not.toBe(prefixOfTest({ prefix, account: ACCOUNT, settleMs: 0 }));
    // The shortest limit is an archive's: 48 characters.
    expect(ofTest.length).toBeLessThanOrEqual(40);
    expect(isLeftover(`${ofTest}orders`, now)).toBe(true);
    expect(isLeftover(`${newPrefix(now - 23 * hour)}orders`, now)).toBe(false);
  });

  it.each([
    "orders",
    "carryover-contract-",
    "carryover-contract-orders-queue-1",
    "carryover-local",
  ])("is not in the name %s, which is somebody else's", (name) => {
    expect(isLeftover(name, now)).toBe(false);
  });
});
