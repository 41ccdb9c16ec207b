import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { rightsOf } from "./test/rights.ts";
import { all, arnOf, json, one } from "./test/stage.ts";

describeStacks("the buses", ["dev", "home elsewhere"], () => {
  it("publishes on the bus of its own region only, as carryover only", () => {
    const rights = rightsOf(of("dev"), "UserMigrationEuCentral1");

    expect(rights.filter(({ Action }) => String(Action).includes("events:"))).toEqual([
      {
        Effect: "Allow",
        Action: ["events:PutEvents"],
        Resource: ["arn:aws:events:eu-central-1:123456789012:event-bus/carryover-dev"],
        Condition: { StringEquals: { "events:source": ["carryover"] } },
      },
    ]);
  });

  it("hands events of other regions to the hub, and keeps those that it would not take", () => {
    const stage = of("dev");
    const deadLetters = one(stage, "queue", "ForwardEuCentral1DeadLettersQueue");

    expect(json(one(stage, "rule", "ForwardEuCentral1"), "eventPattern")).toEqual({
      source: ["carryover"],
    });
    expect(one(stage, "target", "ForwardTargetEuCentral1").inputs).toMatchObject({
      arn: "arn:aws:events:us-east-1:123456789012:event-bus/carryover-dev",
      deadLetterConfig: { arn: arnOf("sqs", deadLetters) },
    });
    expect(all(stage, "rule").map(({ name }) => name)).not.toContain("ForwardUsEast1");
    expect(one(stage, "archive", "HubArchive")).toMatchObject({
      region: "us-east-1",
      inputs: { retentionDays: 90 },
    });
  });

  it("lets accounts of the configuration have rules of their own on the hub", () => {
    expect(all(of("dev"), "busPolicy")).toEqual([]);
    const policy = one(of("home elsewhere"), "busPolicy", "HubSubscribers");

    expect(policy.region).toBe("eu-central-1");
    expect(json(policy, "policy")).toMatchObject({
      Statement: [
        {
          Principal: { AWS: ["arn:aws:iam::111111111111:root"] },
          Resource: "arn:aws:events:eu-central-1:123456789012:rule/carryover-production/*",
        },
      ],
    });
    expect(one(of("home elsewhere"), "archive", "HubArchive").inputs["retentionDays"]).toBe(30);
  });
});
