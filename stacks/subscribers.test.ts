import { deployed } from "@carryover/functions/deployed";
import { type Job, jobs } from "@carryover/functions/jobs";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { describe, expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { pascal } from "./test/names.ts";
import { resourcesFor, rightsOf } from "./test/rights.ts";
import { all, arnOf, json, one } from "./test/stage.ts";
import { configOf, triggersOf, withServices } from "./test/stages.ts";

const homeSubscribers = deployed<string, Subscriber>(subscribers, configOf("dev"), "home");
const regionalSubscribers = deployed<string, Subscriber>(
  subscribers,
  configOf("placement"),
  "every-region",
);

describeStacks("the subscribers", [...withServices, "trigger-only"], () => {
  describe.each(withServices)("the services of stage %s", (stage) => {
    it.each(homeSubscribers)("wires %s from the rule to the function", (name, subscriber) => {
      const component = pascal(name);
      const rule = one(of(stage), "rule", `${component}Rule`);
      const queue = one(of(stage), "queue", `${component}QueueQueue`);
      const deadLetters = one(of(stage), "queue", `${component}DeadLettersQueue`);
      const fn = one(of(stage), "function", `${component}Function`);
      const ruleArn = `arn:aws:events:${rule.region}:123456789012:rule/${String(rule.inputs["eventBusName"])}/${String(rule.inputs["name"])}`;

      expect(json(rule, "eventPattern")).toEqual({
        source: ["carryover"],
        "detail-type": subscriber.on.map((event) => event.name),
      });
      expect(one(of(stage), "target", `${component}Target`).inputs).toMatchObject({
        rule: rule.inputs["name"],
        eventBusName: rule.inputs["eventBusName"],
        arn: arnOf("sqs", queue),
        deadLetterConfig: { arn: arnOf("sqs", deadLetters) },
        retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      });
      expect(queue.inputs["visibilityTimeoutSeconds"]).toBe(6 * subscriber.timeoutSeconds);
      expect(json(queue, "redrivePolicy")).toEqual({
        deadLetterTargetArn: arnOf("sqs", deadLetters),
        maxReceiveCount: subscriber.maxAttempts,
      });
      for (const policy of ["QueuePolicy", "DeadLetterPolicy"]) {
        expect(
          json(one(of(stage), "queuePolicy", `${component}${policy}`), "policy"),
        ).toMatchObject({
          Statement: [
            {
              Action: "sqs:SendMessage",
              Principal: { Service: "events.amazonaws.com" },
              Condition: { ArnEquals: { "aws:SourceArn": ruleArn } },
            },
          ],
        });
      }
      expect(fn.inputs["timeout"]).toBe(subscriber.timeoutSeconds);
      expect(one(of(stage), "mapping", `${component}Mapping`).inputs).toMatchObject({
        eventSourceArn: arnOf("sqs", queue),
        functionName: arnOf("lambda", fn, "function:"),
        functionResponseTypes: ["ReportBatchItemFailures"],
      });
      expect(of(stage).builds.find(({ functionID }) => functionID === component)?.handler).toBe(
        subscriber.handler,
      );
    });
  });

  it.each(regionalSubscribers)("wires %s in each region, to the region's own events", (name) => {
    const stage = of("placement");
    for (const region of ["us-east-1", "eu-central-1"]) {
      const component = `${pascal(name)}${pascal(region)}`;
      expect(json(one(stage, "rule", `${component}Rule`), "eventPattern")).toMatchObject({
        detail: { metadata: { region: [region] } },
      });
      expect(one(stage, "function", `${component}Function`).region).toBe(region);
      const rights = rightsOf(stage, component);
      expect(resourcesFor(rights, "cognito-idp:AdminGetUser")).toEqual([
        `arn:aws:cognito-idp:${region}:123456789012:userpool/${region}_Pool${pascal(region)}`,
      ]);
      expect(resourcesFor(rights, "dynamodb:PutItem")).toEqual([
        expect.stringContaining("arn:aws:dynamodb:us-east-1:123456789012:table/"),
      ]);
    }
    expect.hasAssertions();
  });

  it("deploys no service in trigger-only mode, and all triggers", () => {
    const functions = all(of("trigger-only"), "function").map(({ name }) => name);

    expect(all(of("trigger-only"), "rule")).toEqual([]);
    expect(all(of("trigger-only"), "table").map(({ name }) => name)).toEqual([
      "MfaSessionTableEuWest1Table",
    ]);
    const config = configOf("trigger-only");
    const regionalJobs = deployed<string, Job>(jobs, config, "every-region");
    expect(functions).toHaveLength(triggersOf("trigger-only").length + regionalJobs.length);
    expect(all(of("trigger-only"), "bus")).toHaveLength(1);
  });
});
