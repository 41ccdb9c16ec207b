import {
  DescribeEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "vitest";
import { startParts } from "../gateway/parts.ts";

// Source: EventBridge UG, "Permissions for event buses"; API reference, "PutPermission".

const BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default";
const PARTNER = "111122223333";

async function start() {
  const parts = await startParts();
  return {
    owner: parts.eventBridge(),
    /** Another account: on the stage, any twelve digits are one. */
    inPartner: () =>
      new EventBridgeClient({
        ...parts.client(),
        credentials: { accessKeyId: PARTNER, secretAccessKey: "local" },
      }),
  };
}

const event = { Source: "shop", DetailType: "Ordered", Detail: "{}", EventBusName: BUS };
const rule = { Name: "orders", EventBusName: BUS, EventPattern: '{"source":["shop"]}' };

describe("the policy of a bus", () => {
  it("lets another account do what a statement allows, and nothing else", async () => {
    const { owner, inPartner } = await start();
    const partner = inPartner();
    const refused = await partner.send(new PutEventsCommand({ Entries: [event] }));
    expect(refused.FailedEntryCount).toBe(1);
    expect(refused.Entries?.[0]?.ErrorCode).toBe("AccessDeniedException");

    await owner.send(
      new PutPermissionCommand({
        StatementId: "partner",
        Action: "events:PutEvents",
        Principal: PARTNER,
      }),
    );
    const taken = await partner.send(new PutEventsCommand({ Entries: [event] }));
    expect(taken.FailedEntryCount).toBe(0);
    await expect(partner.send(new PutRuleCommand(rule))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  it("can be a whole document, with wildcards and denials", async () => {
    const { owner, inPartner } = await start();
    const partner = inPartner();
    const Statement = [
      { Sid: "rules", Effect: "Allow", Principal: { AWS: PARTNER }, Action: "events:*" },
      { Sid: "but", Effect: "Deny", Principal: "*", Action: ["events:DeleteRule"] },
    ];
    await owner.send(new PutPermissionCommand({ Policy: JSON.stringify({ Statement }) }));
    const { RuleArn } = await partner.send(new PutRuleCommand(rule));
    expect(RuleArn).toContain(":rule/orders");
    const { Policy } = await owner.send(new DescribeEventBusCommand({}));
    expect(JSON.parse(Policy ?? "")).toMatchObject({ Version: "2012-10-17", Statement });
  });

  it("does not allow on a condition that cannot be judged here", async () => {
    const { owner, inPartner } = await start();
    const partner = inPartner();
    await owner.send(
      new PutPermissionCommand({
        StatementId: "organisation",
        Action: "events:PutEvents",
        Principal: "*",
        Condition: { Type: "StringEquals", Key: "aws:PrincipalOrgID", Value: "o-1234567890" },
      }),
    );
    const { FailedEntryCount } = await partner.send(new PutEventsCommand({ Entries: [event] }));
    expect(FailedEntryCount).toBe(1);
  });

  it("takes one action by itself, all others as a whole document", async () => {
    const { owner } = await start();
    const statement = { StatementId: "partner", Action: "events:PutRule", Principal: PARTNER };
    await expect(owner.send(new PutPermissionCommand(statement))).rejects.toMatchObject({
      name: "ValidationException",
      message: "Provided value in parameter 'action' is not supported.",
    });
  });

  it("is taken back statement by statement, or whole", async () => {
    const { owner } = await start();
    const remove = (StatementId: string) =>
      owner.send(new RemovePermissionCommand({ StatementId }));
    await expect(remove("partner")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Statement with the provided id does not exist.",
    });
    await owner.send(
      new PutPermissionCommand({
        StatementId: "partner",
        Action: "events:PutEvents",
        Principal: PARTNER,
      }),
    );
    await expect(remove("other")).rejects.toMatchObject({
      message: "Statement with the provided id does not exist.",
    });
    await remove("partner");
    expect((await owner.send(new DescribeEventBusCommand({}))).Policy).toBeUndefined();
  });
});
