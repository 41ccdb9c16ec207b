import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  PutPermissionCommand,
  PutRuleCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import { expect, it } from "vitest";
import { startParts } from "../gateway/parts.ts";

// Source: EventBridge API reference, "TagResource"; LocalStack's tests/aws/services/events/test_events_tags.py,
// which was recorded on AWS.

const ARN = "arn:aws:events:us-east-1:000000000000";
const PATTERN = '{"source":["shop"]}';
const SHOP = { Key: "team", Value: "shop" };
const HIGH = { Key: "tier", Value: "high" };

async function start() {
  const parts = await startParts();
  const events = parts.eventBridge();
  await events.send(new CreateEventBusCommand({ Name: "orders", Tags: [SHOP] }));
  const put = (EventBusName: string) =>
    events.send(
      new PutRuleCommand({ Name: "all", EventBusName, EventPattern: PATTERN, Tags: [SHOP] }),
    );
  await put("orders");
  await put("default");
  return {
    events,
    parts,
    put,
    tags: async (ResourceARN: string) =>
      (await events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags,
  };
}

it.each([
  ["a bus", `${ARN}:event-bus/orders`],
  ["a rule", `${ARN}:rule/orders/all`],
  ["a rule of the default bus", `${ARN}:rule/all`],
])("tags of %s are given with it, added, replaced and taken away", async (_what, ResourceARN) => {
  const { events, tags } = await start();
  expect(await tags(ResourceARN)).toEqual([SHOP]);
  const Tags = [{ ...SHOP, Value: "other" }, HIGH];
  await events.send(new TagResourceCommand({ ResourceARN, Tags }));
  expect(await tags(ResourceARN)).toEqual(Tags);
  await events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["team", "unknown"] }));
  expect(await tags(ResourceARN)).toEqual([HIGH]);
});

it("a rule that is put again keeps its tags and takes no new ones; deleted, it loses them", async () => {
  const { events, tags, put } = await start();
  await events.send(new TagResourceCommand({ ResourceARN: `${ARN}:rule/all`, Tags: [HIGH] }));
  await put("default");
  expect(await tags(`${ARN}:rule/all`)).toEqual([SHOP, HIGH]);
  await events.send(new DeleteRuleCommand({ Name: "all" }));
  await put("default");
  expect(await tags(`${ARN}:rule/all`)).toEqual([SHOP]);
});

it.each([
  ["rule/unknown", "Rule unknown does not exist on EventBus default."],
  ["rule/orders/unknown", "Rule unknown does not exist on EventBus orders."],
  ["event-bus/unknown", "Event bus unknown does not exist."],
])("tags of %s are not found", async (path, message) => {
  const { events } = await start();
  const ResourceARN = `${ARN}:${path}`;
  for (const command of [
    new TagResourceCommand({ ResourceARN, Tags: [SHOP] }),
    new UntagResourceCommand({ ResourceARN, TagKeys: ["team"] }),
    new ListTagsForResourceCommand({ ResourceARN }),
  ]) {
    const call = events.send(command as TagResourceCommand);
    await expect(call).rejects.toMatchObject({ name: "ResourceNotFoundException", message });
  }
});

it("a rule shows its role, and a bus when it was changed", async () => {
  const { events, parts } = await start();
  const { clock } = parts;
  const RoleArn = "arn:aws:iam::000000000000:role/bus";
  await events.send(new PutRuleCommand({ Name: "role", EventPattern: PATTERN, RoleArn }));
  expect(await events.send(new DescribeRuleCommand({ Name: "role" }))).toMatchObject({ RoleArn });

  clock.advance(60_000);
  await events.send(
    new PutPermissionCommand({
      EventBusName: "orders",
      StatementId: "partner",
      Action: "events:PutEvents",
      Principal: "111122223333",
    }),
  );
  const bus = await events.send(new DescribeEventBusCommand({ Name: "orders" }));
  const sinceMs = Number(bus.LastModifiedTime) - Number(bus.CreationTime);
  expect(sinceMs).toBeGreaterThanOrEqual(60_000);
});
