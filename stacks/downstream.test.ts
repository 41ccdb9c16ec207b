import { type SystemWorker, systemWorkers } from "@carryover/functions/systems";
import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { pascal } from "./test/names.ts";
import { actionsOf, resourcesFor, rightsOf } from "./test/rights.ts";
import { all, arnOf, json, one } from "./test/stage.ts";
import { withDownstream } from "./test/stages.ts";

const systems = Object.entries(withDownstream.downstream ?? {});

describeStacks("the downstream systems", ["downstream"], () => {
  const stage = () => of("downstream");
  const componentOf = (name: string) => `Downstream${pascal(name)}`;
  const buildOf = (name: string) =>
    stage().builds.find(({ functionID }) => functionID === componentOf(name));

  it.each(systems)(
    "gives %s a queue and a function of its own",
    (name, { kind, concurrency = 5 }) => {
      const worker: SystemWorker = systemWorkers[kind];
      const component = componentOf(name);
      const queue = one(stage(), "queue", `${component}QueueQueue`);
      const fn = one(stage(), "function", `${component}Function`);

      expect(queue.inputs["visibilityTimeoutSeconds"]).toBe(6 * worker.timeoutSeconds);
      expect(json(queue, "redrivePolicy")).toEqual({
        deadLetterTargetArn: arnOf("sqs", one(stage(), "queue", `${component}DeadLettersQueue`)),
        maxReceiveCount: worker.maxAttempts,
      });
      expect(fn.inputs["timeout"]).toBe(worker.timeoutSeconds);
      expect(buildOf(name)).toMatchObject({
        handler: worker.handler,
        links: { DownstreamSystem: { name } },
      });
      expect(one(stage(), "mapping", `${component}Mapping`).inputs).toMatchObject({
        eventSourceArn: arnOf("sqs", queue),
        functionName: arnOf("lambda", fn, "function:"),
        scalingConfig: { maximumConcurrency: concurrency },
        functionResponseTypes: ["ReportBatchItemFailures"],
      });
    },
  );

  it("links each to its own secrets alone", () => {
    const secretsOf = (name: string) =>
      new Set(Object.keys(buildOf(name)?.links ?? {}).filter((link) => /^(Orders|Led)/.test(link)));

    expect(Object.fromEntries(systems.map(([name]) => [name, secretsOf(name)]))).toEqual({
      orders: new Set(["OrdersOldSecret", "OrdersSigningSecret", "OrdersUrl"]),
      ledger: new Set(["LedgerConnection"]),
      profiles: new Set(),
      partner: new Set(),
      billing: new Set(),
    });
    expect(buildOf("orders")?.links["OrdersUrl"]).toMatchObject({ value: "value-of-OrdersUrl" });
  });

  it("lets each change its own tables alone, in another account by that account's role", () => {
    const rightsIn = (name: string) => rightsOf(stage(), componentOf(name));
    const own = `arn:aws:dynamodb:eu-west-1:123456789012:table/${one(stage(), "table", "DownstreamTableTable").inputs["name"]}`;
    const theirs = "arn:aws:dynamodb:eu-central-1:123456789012:table/profiles";

    expect(resourcesFor(rightsIn("profiles"), "dynamodb:PutItem")).toEqual(
      expect.arrayContaining([theirs]),
    );
    expect(resourcesFor(rightsIn("profiles"), "dynamodb:Query")).toContain(
      `${theirs}/index/by-owner`,
    );
    expect(resourcesFor(rightsIn("profiles"), "dynamodb:Scan")).toEqual([]);
    expect(rightsIn("partner")).toContainEqual({
      Effect: "Allow",
      Action: ["sts:AssumeRole"],
      Resource: ["arn:aws:iam::222222222222:role/rekey"],
      Condition: { StringEquals: { "sts:ExternalId": ["shared-secret"] } },
    });
    for (const [name] of systems) {
      const rights = rightsIn(name);
      const tables = resourcesFor(rights, "dynamodb:PutItem").filter((arn) => arn !== theirs);
      expect(tables, name).toEqual([own, `${own}/index/gsi1`]);
      expect(actionsOf(rights).filter((action) => action.startsWith("cognito-idp:"))).toEqual([]);
    }
  });

  it("puts a function into the private network of its database, and no other", () => {
    const { inputs } = one(stage(), "function", "DownstreamLedgerFunction");
    const others = all(stage(), "function").filter(
      ({ name }) => name !== "DownstreamLedgerFunction",
    );

    expect(inputs["vpcConfig"]).toEqual({
      subnetIds: ["subnet-1", "subnet-2"],
      securityGroupIds: ["sg-1"],
    });
    for (const other of others) expect(other.inputs, other.name).not.toHaveProperty("vpcConfig");
  });
});
