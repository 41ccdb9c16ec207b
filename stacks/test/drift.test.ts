import { fileURLToPath } from "node:url";
import {
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type KeySchemaElement,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeArchiveCommand,
  ListArchivesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { GetQueueAttributesCommand, ListQueuesCommand } from "@aws-sdk/client-sqs";
import { clientsFor } from "@carryover/local/clients";
import { type Stage, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import type { Evaluation } from "./evaluation.ts";
import migration from "./everything.config.ts";
import { pascal } from "./names.ts";
import { preparePlatform } from "./platform.ts";
import { all, json, one } from "./stage.ts";

const CONFIG = new URL("everything.config.ts", import.meta.url);

const platform = await preparePlatform();
const reason = platform.available ? "" : ` (left out: ${platform.reason})`;

describe.skipIf(!platform.available)(`the local stage and the stacks${reason}`, () => {
  let local: Stage;
  let deployed: Evaluation;
  const clients = (region: string) => clientsFor(local.ready.endpoint, region);

  beforeAll(async () => {
    [local, deployed] = await Promise.all([
      startStage({ configFile: fileURLToPath(CONFIG) }),
      evaluate({ stage: "local", config: migration.input }),
    ]);
  });
  afterAll(() => local?.stop());

  /**
   * The rules of a bus of the local stage with their targets; without a name, of the default bus. Not those that
   * EventBridge keeps itself, as it does for an archive.
   */
  async function rulesIn(region: string, EventBusName?: string) {
    const { events } = clients(region);
    const { Rules = [] } = await events.send(new ListRulesCommand({ EventBusName }));
    return Promise.all(
      Rules.filter(({ ManagedBy }) => ManagedBy === undefined).map(
        async ({ Name = "", EventPattern, ScheduleExpression }) => {
          const { Targets } = await events.send(
            new ListTargetsByRuleCommand({ EventBusName, Rule: Name }),
          );
          return { Name, EventPattern, ScheduleExpression, Targets };
        },
      ),
    );
  }

  it("have the same pools: sign-in, attributes, triggers and app client", async () => {
    expect(local.ready.targets.map(({ region }) => region)).toEqual(
      all(deployed, "pool").map(({ region }) => region),
    );
    for (const { region, userPoolId, clientId } of local.ready.targets) {
      const { cognito } = clients(region);
      const suffix = pascal(region);
      const pool = one(deployed, "pool", `Pool${suffix}`).inputs;
      const client = one(deployed, "client", `Client${suffix}`).inputs;
      const { UserPool } = await cognito.send(
        new DescribeUserPoolCommand({ UserPoolId: userPoolId }),
      );
      const { UserPoolClient } = await cognito.send(
        new DescribeUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId }),
      );

      expect(UserPool?.UsernameAttributes).toEqual(pool["usernameAttributes"]);
      expect(UserPool?.AliasAttributes).toEqual(pool["aliasAttributes"]);
      expect(UserPool?.SmsConfiguration !== undefined).toBe("smsConfiguration" in pool);
      expect(UserPool?.AutoVerifiedAttributes).toEqual(pool["autoVerifiedAttributes"]);
      expect(UserPool?.UsernameConfiguration?.CaseSensitive).toBe(
        (pool["usernameConfiguration"] as { caseSensitive: boolean }).caseSensitive,
      );
      expect(UserPool?.MfaConfiguration).toBe(pool["mfaConfiguration"]);
      const custom = UserPool?.SchemaAttributes?.flatMap(({ Name }) =>
        Name?.startsWith("custom:") ? Name.slice("custom:".length) : [],
      );
      const schemas = pool["schemas"] as { name: string }[];
      expect(new Set(custom)).toEqual(new Set(schemas.map(({ name }) => name)));
      expect(triggersOf(UserPool?.LambdaConfig)).toEqual(triggersOf(pool["lambdaConfig"]));
      expect(new Set(UserPoolClient?.ExplicitAuthFlows)).toEqual(
        new Set(client["explicitAuthFlows"] as string[]),
      );
      expect(new Set(UserPoolClient?.WriteAttributes)).toEqual(
        new Set(client["writeAttributes"] as string[]),
      );
      expect(UserPoolClient?.PreventUserExistenceErrors).toBe(client["preventUserExistenceErrors"]);
      expect(UserPoolClient?.EnableTokenRevocation).toBe(client["enableTokenRevocation"]);
      expect(UserPoolClient?.SupportedIdentityProviders).toEqual(
        client["supportedIdentityProviders"],
      );
    }
  });

  it("have the same rules with the same patterns on both buses of each region", async () => {
    for (const { region } of local.ready.targets) {
      const rules = [...(await rulesIn(region, local.ready.busName)), ...(await rulesIn(region))];
      const patterns = rules.flatMap(({ EventPattern }) => EventPattern ?? []);
      const expected = all(deployed, "rule")
        .filter((rule) => rule.region === region && rule.inputs["eventPattern"] !== undefined)
        .map((rule) => json(rule, "eventPattern"));

      for (const { Name, Targets } of rules) expect(Targets, Name).toHaveLength(1);
      expect(patterns).toHaveLength(expected.length);
      expect(patterns.map((pattern) => JSON.parse(pattern) as unknown)).toEqual(
        expect.arrayContaining(expected),
      );
    }
  });

  it("have the same archive on the hub", async () => {
    const { events } = clients(local.ready.region);
    const { Archives } = await events.send(new ListArchivesCommand({}));
    const archive = await events.send(
      new DescribeArchiveCommand({ ArchiveName: Archives?.[0]?.ArchiveName }),
    );
    const declared = one(deployed, "archive", "HubArchive");

    expect(Archives).toHaveLength(all(deployed, "archive").length);
    expect(archive.RetentionDays).toBe(declared.inputs["retentionDays"]);
    expect(JSON.parse(archive.EventPattern ?? "null")).toEqual(json(declared, "eventPattern"));
  });

  it("have the same schedules, on the default bus of each region", async () => {
    for (const { region } of local.ready.targets) {
      const schedules = (await rulesIn(region)).flatMap(({ ScheduleExpression, Targets = [] }) =>
        ScheduleExpression === undefined
          ? []
          : [[ScheduleExpression, ...Targets.map(({ Input }) => Input)].join(" ")],
      );
      const expected = all(deployed, "rule")
        .filter((rule) => rule.region === region && rule.inputs["eventPattern"] === undefined)
        .map(({ name, inputs }) => {
          const { inputs: target } = one(deployed, "target", `${name}Target`);
          return [inputs["scheduleExpression"], target["input"]].join(" ");
        });

      expect(schedules.toSorted(byText)).toEqual(expected.toSorted(byText));
    }
  });

  it("have the same queues: visibility and receives before a dead letter", async () => {
    for (const { region } of local.ready.targets) {
      const { sqs } = clients(region);
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
      const settings = await Promise.all(
        QueueUrls.map(async (QueueUrl) => {
          const { Attributes = {} } = await sqs.send(
            new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
          );
          return settingsOf(Attributes["VisibilityTimeout"], Attributes["RedrivePolicy"]);
        }),
      );
      const expected = all(deployed, "queue")
        // The stand-in's forwarding cannot fail, so it has no dead letters.
        .filter((queue) => queue.region === region && !queue.name.startsWith("Forward"))
        .map(({ inputs }) =>
          settingsOf(inputs["visibilityTimeoutSeconds"], inputs["redrivePolicy"]),
        );

      expect(settings.toSorted(byText)).toEqual(expected.toSorted(byText));
    }
  });

  it("have the same tables", async () => {
    const { dynamodb } = clients(local.ready.region);
    const places = [
      ...Object.entries(local.ready.tables).map(
        ([key, name]) => [`${pascal(key)}TableTable`, name] as const,
      ),
      ["MfaSessionTableUsEast1Table", "carryover-local-mfa-session"] as const,
    ];
    for (const [component, TableName] of places) {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      const { inputs } = one(deployed, "table", component);
      expect(keysOf(Table?.KeySchema), component).toEqual(declared(inputs));
      const indexes = (inputs["globalSecondaryIndexes"] ?? []) as Record<string, unknown>[];
      expect(
        (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema }) => [
          IndexName,
          ...keysOf(KeySchema),
        ]),
      ).toEqual(indexes.map((index) => [index["name"], ...declared(index)]));

      const { TimeToLiveDescription } = await dynamodb.send(
        new DescribeTimeToLiveCommand({ TableName }),
      );
      const ttl = inputs["ttl"] as { attributeName: string } | undefined;
      expect(TimeToLiveDescription?.AttributeName, component).toBe(ttl?.attributeName);
    }
  });

  it("have the same functions: handler, timeout and what they are linked to", () => {
    for (const { region } of local.ready.targets) {
      const functions = local.services.lambda
        .functions(region)
        .map(({ handler, timeoutSeconds, environment = {} }) => ({
          handler,
          timeoutSeconds,
          links: Object.keys(environment)
            .flatMap((name) => /^SST_RESOURCE_(?!App$)(.+)/.exec(name)?.[1] ?? [])
            .toSorted(byText),
        }));
      const expected = deployed.builds.flatMap(({ functionID, handler, links }) => {
        const fn = one(deployed, "function", `${functionID}Function`);
        if (fn.region !== region) return [];
        const names = Object.keys(links).toSorted(byText);
        return { handler, timeoutSeconds: fn.inputs["timeout"], links: names };
      });

      expect(functions).toHaveLength(expected.length);
      expect(functions).toEqual(expect.arrayContaining(expected));
    }
  });
});

function keysOf(schema: readonly KeySchemaElement[] = []): unknown[] {
  return schema.map(({ AttributeName }) => AttributeName);
}

/** The keys of a table or an index as the stacks declare them. */
function declared({ hashKey, rangeKey }: Readonly<Record<string, unknown>>): unknown[] {
  return rangeKey === undefined ? [hashKey] : [hashKey, rangeKey];
}

/** Which triggers there are, and in which version. The functions' ARNs differ. */
function triggersOf(config: unknown): Record<string, unknown> {
  const entries = Object.entries((config ?? {}) as Record<string, unknown>).map(([key, value]) => {
    const name = key.charAt(0).toUpperCase() + key.slice(1);
    if (typeof value === "string") return [name, "attached"];
    const { LambdaVersion, lambdaVersion } = value as Record<string, unknown>;
    return [name, LambdaVersion ?? lambdaVersion];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function settingsOf(visibilitySeconds: unknown, redrivePolicy: unknown): string {
  const { maxReceiveCount = "none" } =
    typeof redrivePolicy === "string" && redrivePolicy !== ""
      ? (JSON.parse(redrivePolicy) as { maxReceiveCount?: number })
      : {};
  return `${String(visibilitySeconds)} s, ${maxReceiveCount} receives`;
}

function byText(a: string, b: string): number {
  return a.localeCompare(b);
}
