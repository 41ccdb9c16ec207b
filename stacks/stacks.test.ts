import { OWN_ATTRIBUTES } from "@carryover/core/config/attributes";
import { type Api, apis } from "@carryover/functions/apis";
import { deployed } from "@carryover/functions/deployed";
import { type Job, jobs } from "@carryover/functions/jobs";
import { type ResourceName, resources as shapes } from "@carryover/functions/resources";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { tables } from "@carryover/functions/tables";
import { type Trigger, triggers } from "@carryover/functions/triggers";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "./test/evaluate.ts";
import type { Evaluation, EvaluationInput } from "./test/evaluation.ts";
import { misplaced } from "./test/placement.ts";
import { preparePlatform } from "./test/platform.ts";
import { actionsOf, resourcesFor, rightsOf } from "./test/rights.ts";
import { all, arnOf, json, one } from "./test/stage.ts";
import { type StageName, stages } from "./test/stages.ts";

const platform = await preparePlatform();
const reason = platform.available ? "" : ` (left out: ${platform.reason})`;

const stageNames = Object.keys(stages) as StageName[];
const withPools = stageNames.filter((stage) => stage !== "adopted");
const withServices = withPools.filter((stage) => stage !== "trigger-only");
const configOf = (stage: StageName): Partial<NonNullable<EvaluationInput["config"]>> => {
  const { config }: EvaluationInput = stages[stage];
  return config ?? {};
};
const triggersOf = (stage: StageName) => deployed<string, Trigger>(triggers, configOf(stage));
const triggerList = triggersOf("dev");
const homeSubscribers = deployed<string, Subscriber>(subscribers, configOf("dev"), "home");
const regionalSubscribers = deployed<string, Subscriber>(
  subscribers,
  configOf("placement"),
  "every-region",
);
const pascal = (name: string) =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

/** The name of a function component without the region that may end it: `DrainFallbackEuWest1`. */
const regionless = (functionID: string) => functionID.replace(/[A-Z][a-z]+[A-Z][a-z]+\d$/, "");

describe.skipIf(!platform.available)(`the stacks${reason}`, () => {
  const evaluations = new Map<StageName, Evaluation>();
  const of = (stage: StageName): Evaluation => {
    const evaluation = evaluations.get(stage);
    if (!evaluation) throw new Error(`${stage} was not evaluated`);
    return evaluation;
  };

  beforeAll(async () => {
    // Two at a time: each is a process that keeps a core busy.
    const waiting = [...stageNames];
    const work = async () => {
      for (let name = waiting.shift(); name; name = waiting.shift()) {
        evaluations.set(name, await evaluate(stages[name]));
      }
    };
    await Promise.all([work(), work()]);
  });

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

    it("gives each function a role of its own that only Lambda can assume, with no policy of AWS", () => {
      const roles = all(of(stage), "function").map(({ inputs }) => inputs["role"]);

      expect(new Set(roles).size).toBe(roles.length);
      for (const { name, inputs } of all(of(stage), "role")) {
        expect(inputs, name).not.toHaveProperty("managedPolicyArns");
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

  describe.each(withPools)("the pools of stage %s", (stage) => {
    it.each(triggersOf(stage))("attaches %s to each pool with five seconds", (name, trigger) => {
      for (const pool of all(of(stage), "pool")) {
        const suffix = pool.name.slice("Pool".length);
        const component = `${pascal(name)}${suffix}`;
        const fn = one(of(stage), "function", `${component}Function`);
        const arn = arnOf("lambda", fn, "function:");
        const lambdaConfig = pool.inputs["lambdaConfig"] as Record<string, unknown>;
        const key = trigger.lambdaConfig.charAt(0).toLowerCase() + trigger.lambdaConfig.slice(1);
        const attached = trigger.lambdaVersion
          ? { lambdaVersion: trigger.lambdaVersion, lambdaArn: expect.stringContaining(arn) }
          : expect.stringContaining(arn);

        expect(lambdaConfig[key]).toEqual(attached);
        expect(fn.inputs).toMatchObject({
          timeout: 5,
          memorySize: 768,
          architectures: ["arm64"],
          runtime: "nodejs24.x",
        });
        expect(fn.inputs).not.toHaveProperty("vpcConfig");
        expect(one(of(stage), "permission", `${component}Invoke`).inputs).toMatchObject({
          function: fn.inputs["name"],
          principal: "cognito-idp.amazonaws.com",
          sourceArn: `arn:aws:cognito-idp:${pool.region}:123456789012:userpool/${pool.region}_${pool.name}`,
          sourceAccount: "123456789012",
        });
        for (const action of trigger.onTarget) {
          expect(resourcesFor(rightsOf(of(stage), component), `cognito-idp:${action}`)).toContain(
            `arn:aws:cognito-idp:${pool.region}:123456789012:userpool/${pool.region}_${pool.name}`,
          );
        }
      }
      expect.hasAssertions();
    });

    it("lets nobody write Carryover's own attributes, nor learn who has an account", () => {
      // Without a list, or with an empty one, an app client writes everything.
      for (const { inputs, name } of all(of(stage), "client")) {
        expect(inputs["writeAttributes"], name).toContain("email");
        expect(inputs["writeAttributes"], name).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^custom:(user_id|legacy_)/)]),
        );
        expect(inputs["writeAttributes"], name).not.toContain("email_verified");
      }
      const clients = all(of(stage), "client").filter(({ name }) => name.startsWith("Client"));
      for (const { inputs } of clients) {
        expect(inputs["readAttributes"]).toEqual(
          expect.arrayContaining(Object.values(OWN_ATTRIBUTES)),
        );
        expect(inputs).toMatchObject({
          preventUserExistenceErrors: "ENABLED",
          enableTokenRevocation: true,
          generateSecret: false,
        });
        expect(inputs["explicitAuthFlows"]).toEqual(
          expect.arrayContaining([
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_USER_AUTH",
            "ALLOW_CUSTOM_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
          ]),
        );
      }
      expect.hasAssertions();
    });

    it("makes the own attributes mutable, so that a social sign-in can be linked", () => {
      for (const { inputs } of all(of(stage), "pool")) {
        const names = Object.values(OWN_ATTRIBUTES).map((name) => name.replace("custom:", ""));
        expect(inputs["schemas"]).toEqual(
          expect.arrayContaining(
            names.map((name) => expect.objectContaining({ name, mutable: true })),
          ),
        );
      }
      expect.hasAssertions();
    });
  });

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

  it("lets a region's trigger take users over from the other regions' pools, by a client for that alone", () => {
    const stage = of("placement");
    const poolOf = (region: string) =>
      `arn:aws:cognito-idp:${region}:123456789012:userpool/${region}_Pool${pascal(region)}`;
    const rights = rightsOf(stage, "UserMigrationPlacedEuCentral1");

    expect(resourcesFor(rights, "cognito-idp:AdminInitiateAuth")).toEqual([
      "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Legacy001",
      poolOf("us-east-1"),
    ]);
    expect(resourcesFor(rights, "cognito-idp:AdminDeleteUser")).toEqual([]);
    expect(
      resourcesFor(rightsOf(stage, "DeleteOldCopiesEuCentral1"), "cognito-idp:AdminDeleteUser"),
    ).toEqual([poolOf("eu-central-1")]);
    for (const name of ["PlaceUserEuCentral1", "AdvanceCohortsEuCentral1"]) {
      expect(
        resourcesFor(rightsOf(stage, name), "cognito-idp:AdminUserGlobalSignOut"),
        name,
      ).toEqual([poolOf("us-east-1")]);
    }
    expect(one(stage, "client", "MoveClientUsEast1").inputs).toMatchObject({
      explicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
    });
    const items = stage.resources.filter(({ type }) => type.endsWith(":TableItem"));
    expect(items.map(({ region }) => region)).toEqual(["us-east-1", "us-east-1"]);
    expect(all(of("dev"), "client").map(({ name }) => name)).not.toContain("MoveClientUsEast1");
  });

  it("says in every region when an old copy stays, and only where people move", () => {
    for (const suffix of ["UsEast1", "EuCentral1"]) {
      for (const metricName of ["OldCopyKept", "OldCopyNotDeleted"]) {
        expect(one(of("placement"), "alarm", `${metricName}${suffix}`).inputs).toMatchObject({
          metricName,
          dimensions: { service: "carryover", stage: "dev" },
          threshold: 0,
        });
      }
    }
    expect(all(of("dev"), "alarm").map(({ name }) => name)).not.toContain("OldCopyKeptUsEast1");
  });

  it("opens the look-up to sign-in pages and nothing else, and lets it and pre-authentication read alone", () => {
    const stage = of("placement");
    const ofType = (end: string) => stage.resources.filter(({ type }) => type.endsWith(end));
    const routes = ofType(":Route").map(({ inputs }) => [
      inputs["routeKey"],
      inputs["authorizationType"],
    ]);

    expect(new Set(routes)).toEqual(
      new Set(
        deployed<string, Api>(apis, configOf("placement")).flatMap(([, { auth, routes: keys }]) =>
          keys.map((key) => [key, auth === "iam" ? "AWS_IAM" : "NONE"]),
        ),
      ),
    );
    expect(routes.filter(([, auth]) => auth === "NONE")).toEqual([["POST /lookup", "NONE"]]);
    const [api] = ofType("apigatewayv2/api:Api");
    expect(api?.inputs["corsConfiguration"]).toMatchObject({
      allowOrigins: ["https://sign-in.example.com"],
      allowMethods: ["POST"],
    });
    const actions = actionsOf(rightsOf(stage, "LookUp"));
    expect(actions.filter((action) => action.startsWith("dynamodb:"))).toEqual([
      "dynamodb:GetItem",
      "dynamodb:Query",
    ]);
    const inTrigger = actionsOf(rightsOf(stage, "PreAuthenticationEuCentral1"));
    expect(inTrigger.filter((action) => action.startsWith("dynamodb:"))).toEqual([
      "dynamodb:GetItem",
      "dynamodb:Query",
    ]);
    expect(ofType("apigatewayv2/stage:Stage")[0]?.inputs["routeSettings"]).toHaveLength(
      routes.length,
    );
    expect(of("dev").resources.filter(({ type }) => type.includes("apigatewayv2"))).toEqual([]);
  });

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

  it("calls the sources of the own account by name, and others by their role and external id", () => {
    const rights = rightsOf(of("one region"), "UserMigrationEuWest1");

    expect(resourcesFor(rights, "cognito-idp:AdminInitiateAuth")).toEqual([
      "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Legacy001",
    ]);
    expect(rights).toContainEqual({
      Effect: "Allow",
      Action: ["sts:AssumeRole"],
      Resource: ["arn:aws:iam::999999999999:role/carryover"],
      Condition: { StringEquals: { "sts:ExternalId": ["shared-secret"] } },
    });
    const build = of("one region").builds.find(
      ({ functionID }) => functionID === "UserMigrationEuWest1",
    );
    expect(build?.links).toMatchObject({
      PartnerClientSecret: { value: "value-of-PartnerClientSecret" },
    });
  });

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

  it("keeps production's pools and tables whatever happens, and lets other stages go", () => {
    const kept = (stage: StageName) =>
      of(stage).options.filter(({ type }) => /userPool:UserPool|table:Table/.test(type));

    expect(of("production").app).toMatchObject({ protect: true, removal: "retain" });
    expect(of("dev").app).toMatchObject({ protect: false, removal: "remove" });
    // Two pools, two tables of sessions, and those of the services.
    expect(kept("production")).toHaveLength(4 + Object.keys(tables).length);
    for (const { isProtected, isRetained } of kept("production"))
      expect({ isProtected, isRetained }).toEqual({ isProtected: true, isRetained: true });
    for (const { isProtected, isRetained } of kept("dev"))
      expect({ isProtected, isRetained }).toEqual({ isProtected: false, isRetained: false });
    for (const [stage, state] of [
      ["production", true],
      ["dev", false],
    ] as const) {
      for (const { inputs } of all(of(stage), "table")) {
        expect(inputs["deletionProtectionEnabled"]).toBe(state);
      }
      for (const { inputs } of all(of(stage), "pool")) {
        expect(inputs["deletionProtection"]).toBe(state ? "ACTIVE" : "INACTIVE");
      }
    }
  });

  it("has tables that cost nothing idle, can be restored, and are encrypted", () => {
    const common = {
      billingMode: "PAY_PER_REQUEST",
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
    };

    expect(one(of("dev"), "table", "IdentityTableTable").inputs).toMatchObject({
      ...common,
      hashKey: "pk",
      rangeKey: "sk",
    });
    for (const name of ["MfaSessionTableUsEast1Table", "MfaSessionTableEuCentral1Table"]) {
      expect(one(of("dev"), "table", name).inputs).toMatchObject({
        ...common,
        hashKey: "id",
        ttl: { attributeName: "expiresAtEpochSeconds", enabled: true },
      });
    }
  });

  it("keeps pools where they are when another region becomes home", () => {
    const names = all(of("home elsewhere"), "pool").map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(["PoolUsEast1", "PoolEuCentral1"]));
    expect(one(of("home elsewhere"), "pool", "PoolUsEast1").region).toBe("us-east-1");
    expect(one(of("dev"), "pool", "PoolUsEast1").region).toBe("us-east-1");
  });

  it("signs in by social providers and sends by SES when the configuration says so", () => {
    expect(all(of("dev"), "identityProvider")).toEqual([]);
    expect(all(of("dev"), "domain")).toEqual([]);
    const stage = of("home elsewhere");

    expect(one(stage, "identityProvider", "GoogleUsEast1").inputs).toMatchObject({
      providerName: "Google",
      providerDetails: { client_id: "google-1", client_secret: "value-of-GoogleClientSecret" },
      attributeMapping: { email: "email", email_verified: "email_verified" },
    });
    expect(one(stage, "domain", "DomainApSoutheast2").inputs["domain"]).toBe(
      "example-ap-southeast-2",
    );
    expect(one(stage, "client", "ClientUsEast1").inputs).toMatchObject({
      supportedIdentityProviders: ["COGNITO", "Google"],
      callbackUrls: ["https://example.com/callback"],
      allowedOauthFlows: ["code"],
    });
    expect(one(stage, "pool", "PoolUsEast1").inputs["emailConfiguration"]).toEqual({
      emailSendingAccount: "DEVELOPER",
      sourceArn: "arn:aws:ses:us-east-1:123456789012:identity/example.com",
      fromEmailAddress: "Example <hello@example.com>",
      configurationSet: "sign-in",
    });
  });

  it("leaves out a social provider whose secret nobody has set, and the domain with the last of them", () => {
    const providers = (stage: StageName) =>
      all(of(stage), "identityProvider").map(({ name }) => name);

    expect(providers("home elsewhere")).toContain("GoogleUsEast1");
    expect(providers("home elsewhere")).not.toContain("LoginWithAmazonUsEast1");
    expect(providers("trigger-only")).toEqual([]);
    expect(all(of("trigger-only"), "domain")).toEqual([]);
    const [client] = all(of("trigger-only"), "client");
    expect(client?.inputs).toMatchObject({ supportedIdentityProviders: ["COGNITO"] });
    expect(client?.inputs).not.toHaveProperty("callbackUrls");
    expect(of("trigger-only").outputs).toMatchObject({ secretsToSet: ["GoogleClientSecret"] });
    expect(of("dev").outputs).not.toHaveProperty("secretsToSet");
  });

  it("stops at a source's secret that nobody has set", async () => {
    const input = { ...stages["one region"], unsetSecrets: ["PartnerClientSecret"] };

    await expect(evaluate(input)).rejects.toThrow(/PartnerClientSecret/);
  });

  it("keeps triggers warm during the migration when the configuration says so", () => {
    const { resources } = of("home elsewhere");
    const warm = resources.filter(({ type }) => type.endsWith(":ProvisionedConcurrencyConfig"));
    const { lambdaConfig } = one(of("home elsewhere"), "pool", "PoolUsEast1").inputs;

    expect(warm).toHaveLength(3 * triggerList.length);
    expect(warm[0]?.inputs["provisionedConcurrentExecutions"]).toBe(3);
    expect(lambdaConfig).toMatchObject({ userMigration: expect.stringMatching(/:1$/) });
    expect(
      one(of("home elsewhere"), "permission", "UserMigrationUsEast1Invoke").inputs["qualifier"],
    ).toBe("1");
  });

  it("watches what the sources answer, in each region, by all dimensions of the metrics", () => {
    const stage = of("one region");

    expect(one(stage, "alarm", "ThrottledPartnerEuWest1").inputs).toMatchObject({
      namespace: "Carryover",
      metricName: "SourceUnavailable",
      dimensions: {
        service: "carryover",
        stage: "dev",
        source: "partner",
        reason: "throttled",
      },
    });
    expect(one(stage, "alarm", "MisconfiguredLegacyEuWest1").inputs["threshold"]).toBe(0);
    expect(one(stage, "alarm", "WrongAnswersEuWest1").inputs["metricQueries"]).toHaveLength(3);
    const { widgets } = json(one(stage, "dashboard", "DashboardEuWest1"), "dashboardBody") as {
      widgets: { properties: { title: string; metrics: unknown[] } }[];
    };
    expect(widgets.map(({ properties }) => properties.metrics.length)).not.toContain(0);
  });

  it("warns of costs when the configuration sets a budget", () => {
    expect(all(of("dev"), "budget")).toEqual([]);
    expect(one(of("home elsewhere"), "budget", "Budget").inputs).toMatchObject({
      limitAmount: "200",
      costFilters: [{ name: "TagKeyValue", values: ["user:sst:stage$production"] }],
      notifications: [
        { notificationType: "FORECASTED", subscriberEmailAddresses: ["oncall@example.com"] },
        { notificationType: "ACTUAL", subscriberEmailAddresses: ["oncall@example.com"] },
      ],
    });
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

  it("attaches the triggers to an adopted pool, and neither creates nor declares one", () => {
    const stage = of("adopted");
    const poolArn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Team00001";
    const lambda = (name: string) =>
      arnOf("lambda", one(stage, "function", `${name}EuWest1Function`), "function:");
    const rights = rightsOf(stage, "AttachTriggersEuWest1");

    expect([...all(stage, "pool"), ...all(stage, "client")]).toEqual([]);
    expect(one(stage, "invocation", "AdoptionEuWest1").inputs["lifecycleScope"]).toBe("CRUD");
    expect(json(one(stage, "invocation", "AdoptionEuWest1"), "input")).toEqual({
      userPoolId: "eu-west-1_Team00001",
      attributes: ["user_id", "legacy_sub", "legacy_source"],
      lambdaConfig: {
        UserMigration: lambda("UserMigration"),
        PreSignUp: lambda("PreSignUp"),
        PostConfirmation: lambda("PostConfirmation"),
        PostAuthentication: lambda("PostAuthentication"),
        PreTokenGenerationConfig: {
          LambdaVersion: "V2_0",
          LambdaArn: lambda("PreTokenGeneration"),
        },
      },
    });
    expect(resourcesFor(rights, "cognito-idp:UpdateUserPool")).toEqual([poolArn]);
    expect(resourcesFor(rights, "iam:PassRole")).toEqual([
      "arn:aws:iam::123456789012:role/team-sms",
    ]);
    expect(one(stage, "permission", "UserMigrationEuWest1Invoke").inputs["sourceArn"]).toBe(
      poolArn,
    );
    expect(
      resourcesFor(rightsOf(stage, "UserMigrationEuWest1"), "cognito-idp:AdminGetUser"),
    ).toContain(poolArn);
  });

  it("stops before anything is created when the configuration is wrong", async () => {
    const config = { ...stages["one region"].config, regions: ["xx-nowhere-1"] };

    await expect(evaluate({ stage: "dev", config })).rejects.toThrow(
      /regions\[0\]: is not a region with Cognito user pools/,
    );
  });
});

describe("the check of regions", () => {
  const regions = ["us-east-1", "eu-central-1"];
  const rule = { type: "aws:cloudwatch/eventRule:EventRule", inputs: {} };

  it("finds a resource that was created without its provider", () => {
    const resources = [{ ...rule, name: "ForwardEuCentral1", region: "us-east-1" }];

    expect(misplaced(resources, { homeRegion: "us-east-1", regions })).toEqual([
      "aws:cloudwatch/eventRule:EventRule ForwardEuCentral1 is in us-east-1, not in eu-central-1",
    ]);
  });

  it("finds a resource that belongs home and is elsewhere", () => {
    const resources = [{ ...rule, name: "IdentityRule", region: "eu-central-1" }];

    expect(misplaced(resources, { homeRegion: "us-east-1", regions })).toHaveLength(1);
  });

  it("finds a reference to another region", () => {
    const inputs = { functionName: "arn:aws:lambda:us-east-1:123456789012:function:Drain" };
    const resources = [{ ...rule, name: "DrainEuCentral1", region: "eu-central-1", inputs }];

    expect(misplaced(resources, { homeRegion: "us-east-1", regions })).toEqual([
      "aws:cloudwatch/eventRule:EventRule DrainEuCentral1 in eu-central-1 names something of us-east-1",
    ]);
  });
});
