import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { actionsOf, rightsOf } from "./test/rights.ts";
import { all, arnOf, one } from "./test/stage.ts";

describeStacks("the mails", ["dev", "home elsewhere"], () => {
  it("sends mail as the configured sender only, from each region", () => {
    const rights = rightsOf(of("home elsewhere"), "SendOnboardingMail");
    const arns = ["us-east-1", "eu-central-1", "ap-southeast-2"].flatMap((region) => [
      `arn:aws:ses:${region}:123456789012:identity/example.com`,
      `arn:aws:ses:${region}:123456789012:configuration-set/carryover-production-onboarding`,
    ]);

    expect(rights.filter(({ Action }) => [Action].flat().includes("ses:SendEmail"))).toEqual([
      {
        Effect: "Allow",
        Action: ["ses:SendEmail"],
        Resource: arns,
        Condition: { StringEquals: { "ses:FromAddress": ["hello@example.com"] } },
      },
    ]);
    for (const { name } of all(of("home elsewhere"), "function")) {
      const other = rightsOf(of("home elsewhere"), name.replace(/Function$/, ""));
      if (name === "SendOnboardingMailFunction") continue;
      expect(
        actionsOf(other).filter((action) => action.startsWith("ses:")),
        name,
      ).toEqual([]);
    }
  });

  it("lets no address out of what the mail service reports, and keeps the reports in their region", () => {
    const stage = of("home elsewhere");
    for (const bus of all(stage, "bus")) {
      const suffix = bus.name.slice("Bus".length, -"Bus".length);
      const queue = one(stage, "queue", `MailFeedback${suffix}QueueQueue`);
      const { inputs } = one(stage, "target", `MailFeedbackTarget${suffix}`);

      expect(inputs["arn"]).toBe(arnOf("sqs", queue));
      expect(queue.region).toBe(bus.region);
      // EventBridge would put the whole event there.
      expect(inputs).not.toHaveProperty("deadLetterConfig");
      const { inputPaths, inputTemplate } = inputs["inputTransformer"] as {
        inputPaths: Record<string, string>;
        inputTemplate: string;
      };
      expect(Object.values(inputPaths).toSorted()).toEqual([
        "$.detail.bounce.bounceType",
        "$.detail.eventType",
        "$.detail.mail.messageId",
        "$.detail.mail.tags.template",
        "$.detail.mail.tags.user_id",
      ]);
      expect(inputTemplate).not.toContain("aws.events");
      expect(one(stage, "mailReports", `MailReports${suffix}`).inputs).toMatchObject({
        configurationSetName: "carryover-production-onboarding",
        eventDestination: {
          matchingEventTypes: ["SEND", "REJECT", "BOUNCE", "COMPLAINT"],
          eventBridgeDestination: {
            eventBusArn: `arn:aws:events:${bus.region}:123456789012:event-bus/default`,
          },
        },
      });
      expect(one(stage, "alarm", `MailBounceRate${suffix}`).inputs).toMatchObject({
        namespace: "AWS/SES",
        metricName: "Reputation.BounceRate",
        threshold: 0.025,
      });
    }
    expect.hasAssertions();
  });

  it("makes nothing for mails where none are configured", () => {
    expect(all(of("dev"), "mailSet")).toEqual([]);
    expect(all(of("home elsewhere"), "mailSet")).toHaveLength(3);
  });
});
