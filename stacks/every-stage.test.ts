import { type Api, apis } from "@carryover/functions/apis";
import { deployed } from "@carryover/functions/deployed";
import { type Job, jobs } from "@carryover/functions/jobs";
import { type ResourceName, resources as shapes } from "@carryover/functions/resources";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { systemWorkers } from "@carryover/functions/systems";
import { describe, expect, it } from "vitest";
import { evaluate } from "./test/evaluate.ts";
import { describeStacks, of } from "./test/evaluated.ts";
import { misplaced } from "./test/misplaced.ts";
import { pascal, regionless } from "./test/names.ts";
import { actionsOf, rightsOf } from "./test/rights.ts";
import { all, arnOf, json, one } from "./test/stage.ts";
import { configOf, stageNames, stages, triggersOf } from "./test/stages.ts";

describeStacks("every stage", stageNames, () => {
  describe.each(stageNames)("in stage %s", (stage) => {
    it("puts every regional resource where its name says", () => {
      const { resources, app } = of(stage);
      const regions = all(of(stage), "bus").flatMap(({ region }) => region ?? []);

      expect(misplaced(resources, { homeRegion: app.homeRegion, regions })).toEqual([]);
      expect(regions).toContain(app.homeRegion);
    });

    it("names no resource that AWS lets a policy name by *, and no action by *", () => {
      const statements = all(of(stage), "function").flatMap(({ name }) =>
        rightsOf(of(stage), name.replace(/Function$/, "")),
      );

      expect(statements.length).toBeGreaterThan(0);
      expect(actionsOf(statements).filter((action) => action.includes("*"))).toEqual([]);
      // X-Ray and the quota of SES know no resources (Service Authorization Reference).
      const open = statements.filter(({ Resource }) => [Resource].flat().includes("*"));
      expect(new Set(actionsOf(open).filter((action) => action !== "ses:GetAccount"))).toEqual(
        new Set(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]),
      );
    });

    it("gives each function a role of its own that only Lambda can assume, with no policy of AWS but to be in a network", () => {
      const roles = all(of(stage), "function").map(({ inputs }) => inputs["role"]);

      expect(new Set(roles).size).toBe(roles.length);
      const inVpc = all(of(stage), "function").filter(({ inputs }) => "vpcConfig" in inputs);
      const rolesInVpc = inVpc.map(({ name }) => name.replace(/Function$/, "Role"));
      for (const { name, inputs } of all(of(stage), "role")) {
        // To have an address there, on resources that have no name yet: AWS's own, from SST.
        expect(inputs["managedPolicyArns"], name).toEqual(
          rolesInVpc.includes(name)
            ? ["arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess"]
            : undefined,
        );
        expect(inputs, name).not.toHaveProperty("inlinePolicies");
        expect(JSON.stringify(inputs["assumeRolePolicy"]), name).not.toContain(":root");
      }
    });

    it("traces every function, as the right to do so would be of no use otherwise", () => {
      for (const { inputs, name } of all(of(stage), "function")) {
        expect(inputs["tracingConfig"], name).toEqual({ mode: "Active" });
      }
      expect.hasAssertions();
    });

    it("links what each function asks for, in the shape it expects", () => {
      const needsOf = (functionID: string): readonly ResourceName[] => {
        const entries = [
          ...triggersOf(stage),
          ...deployed<string, Subscriber>(subscribers, configOf(stage)),
          ...deployed<string, Job>(jobs, configOf(stage)),
          ...deployed<string, Api>(apis, configOf(stage)),
          ...Object.entries(configOf(stage).downstream ?? {}).map(
            ([name, { kind }]) => [`downstream-${name}`, systemWorkers[kind]] as const,
          ),
        ];
        // `downstream` begins the name of `downstream-control` as well: what is left is a region or nothing.
        const [, entry] = entries.find(([name]) => regionless(functionID) === pascal(name)) ?? [];
        return entry?.needs ?? [];
      };
      for (const { functionID, links } of of(stage).builds) {
        expect(Object.keys(links), functionID).toEqual(
          expect.arrayContaining([...needsOf(functionID)]),
        );
        expect(
          Object.keys(links).filter((name) => name in shapes),
          functionID,
        ).toHaveLength(needsOf(functionID).length);
        for (const name of needsOf(functionID)) {
          // SST's own mark, which the functions take off.
          const { type, ...properties } = links[name] as Record<string, unknown>;
          expect(type).toBe("carryover.Link");
          expect(shapes[name].safeParse(properties).error, `${functionID} ${name}`).toBeUndefined();
        }
      }
      expect(of(stage).builds.length).toBeGreaterThan(0);
    });

    it("keeps dead letters of every queue for fourteen days, and watches them", () => {
      const queues = all(of(stage), "queue");
      const watched = all(of(stage), "alarm").map(({ inputs }) => inputs["dimensions"]);
      const deadLetters = queues.filter(({ name }) => name.includes("DeadLetters"));

      for (const { inputs, name } of queues) {
        expect(inputs["sqsManagedSseEnabled"], name).toBe(true);
      }
      for (const { inputs, region } of deadLetters) {
        expect(inputs["messageRetentionSeconds"]).toBe(1_209_600);
        expect(watched, String(region)).toContainEqual({ QueueName: inputs["name"] });
      }
      const others = queues.filter(({ name }) => !name.includes("DeadLetters"));
      for (const queue of others) {
        const { deadLetterTargetArn } = json(queue, "redrivePolicy") as Record<string, unknown>;
        expect(deadLetters.map((resource) => arnOf("sqs", resource))).toContain(
          deadLetterTargetArn,
        );
      }
      expect(others.length).toBeGreaterThan(0);
    });

    it("drains each fallback queue in its own region", () => {
      const { timeoutSeconds, batchSize, maxAttempts } = jobs["drain-fallback"];
      for (const { name, region } of all(of(stage), "bus")) {
        const suffix = name.slice("Bus".length, -"Bus".length);
        const queue = one(of(stage), "queue", `Fallback${suffix}QueueQueue`);
        const fn = one(of(stage), "function", `DrainFallback${suffix}Function`);

        expect(queue.inputs["visibilityTimeoutSeconds"]).toBe(6 * timeoutSeconds);
        expect(json(queue, "redrivePolicy")).toMatchObject({ maxReceiveCount: maxAttempts });
        expect(fn).toMatchObject({ region, inputs: { timeout: timeoutSeconds } });
        expect(one(of(stage), "mapping", `DrainFallback${suffix}Mapping`).inputs).toMatchObject({
          eventSourceArn: arnOf("sqs", queue),
          functionName: arnOf("lambda", fn, "function:"),
          functionResponseTypes: ["ReportBatchItemFailures"],
          batchSize,
        });
      }
      expect.hasAssertions();
    });

    it("warns before a trigger's five seconds are over, and when one fails", () => {
      const alarms = all(of(stage), "alarm");
      for (const bus of all(of(stage), "bus")) {
        const suffix = bus.name.slice("Bus".length, -"Bus".length);
        for (const [name] of triggersOf(stage)) {
          const fn = one(of(stage), "function", `${pascal(name)}${suffix}Function`);
          const dimensions = { FunctionName: fn.inputs["name"] };
          expect(one(of(stage), "alarm", `${pascal(name)}Errors${suffix}`).inputs).toMatchObject({
            dimensions,
            metricName: "Errors",
          });
          expect(one(of(stage), "alarm", `${pascal(name)}Slow${suffix}`).inputs).toMatchObject({
            dimensions,
            extendedStatistic: "p99",
            threshold: 4000,
          });
        }
      }
      for (const { inputs } of alarms) expect(inputs["alarmActions"]).toHaveLength(1);
    });
  });

  it("stops before anything is created when the configuration is wrong", async () => {
    const config = { ...stages["one region"].config, regions: ["xx-nowhere-1"] };

    await expect(evaluate({ stage: "dev", config })).rejects.toThrow(
      /regions\[0\]: is not a region with Cognito user pools/,
    );
  });
});
