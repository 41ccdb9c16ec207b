import {
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminUpdateUserAttributesCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { identityStore } from "@carryover/core/identity/store";
import { PoolId, Sub } from "@carryover/core/kernel/ids";
import { countsOf, DRIFT_KINDS, type DriftKind, isDone } from "@carryover/core/reconcile/schema";
import { reconcileStore } from "@carryover/core/reconcile/store";
import { describe, expect, it } from "vitest";
import { depthOf } from "./steps/bus.ts";
import { givenASubscriber } from "./steps/downstream.ts";
import { signIn } from "./steps/sign-in.ts";
import {
  aUser,
  broken,
  configFile,
  eventually,
  givenAStage,
  type TestStage,
} from "./steps/stage.ts";
import { createTable, deleteTable } from "./steps/table.ts";

const LEGACY = "us-east-1_Legacy001";
const people = ["anna", "ben", "cleo", "dan", "eve", "finn"];
const email = (name: string) => `${name}@example.com`;

const given = givenAStage({
  configFile: configFile("groups"),
  // A message that is worked on must not come again: its attempts would be used up by waiting.
  visibilitySeconds: 10,
  seed: {
    sources: {
      legacy: {
        users: [...people, "gone", "forged"].map((name) =>
          aUser(email(name), { groups: ["readers"], attributes: { nickname: name } }),
        ),
      },
      partner: { users: [aUser(email("ben"), { groups: ["customers"] })] },
    },
  },
});

describe("reconcile", () => {
  it("brings back what was lost with the identity table, the bus and the fallback queue", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team", ["UserIdMapped"]);
    for (const name of people.slice(0, 3)) await signIn(test, email(name));
    // An event that a busy machine has lost already is none of what this test loses.
    await reconcile(test, "start", { repair: true });
    // Two old accounts are ben's.
    await said(subscriber, 4);
    const saidBefore = await pairs(subscriber);
    await idle(test);
    expect(await drift(await reconcile(test, "before"))).toEqual({});

    const { endpoint } = test.stage.ready;
    const effect = { kind: "cut-off" };
    await broken(endpoint, { service: "events", operation: "PutEvents", effect });
    const mend = await broken(endpoint, { service: "sqs", operation: "SendMessageBatch", effect });
    for (const name of people.slice(3)) await signIn(test, email(name));
    await recreateTable(test, "identity");
    await mend();

    // What the groups service has carried it need not carry again.
    expect(await drift(await reconcile(test, "after"))).toEqual({ unmapped: 6 });
    const repaired = await reconcile(test, "repair", { repair: true });
    expect(countsOf(repaired).filter(({ found }) => found > 0)).toEqual([
      { kind: "unmapped", found: 6, repaired: 6 },
    ]);

    await said(subscriber, 7);
    await idle(test);
    // Under the same ids: who had heard of a pair has not heard of it twice.
    expect([...(await pairs(subscriber))]).toEqual(expect.arrayContaining([...saidBefore]));
    for (const name of people) {
      const { userId, sub, legacySub } = await accountOf(test, name);
      expect(await holderOf(test, test.target.userPoolId, sub), name).toBe(userId);
      expect(await holderOf(test, LEGACY, legacySub), name).toBe(userId);
      expect(await groupsOf(test, name), name).toEqual(
        name === "ben" ? ["customers", "readers"] : ["readers"],
      );
    }
    expect(await drift(await reconcile(test, "at the end"))).toEqual({});
  }, 150_000);

  it("lists, and leaves to a person, what nobody can decide by rules", async () => {
    const test = given();
    for (const name of ["gone", "forged"]) await signIn(test, email(name));
    await reconcile(test, "settle", { repair: true });
    await idle(test);
    const gone = await accountOf(test, "gone");
    const forged = await accountOf(test, "forged");
    const { userPoolId } = test.target;
    await test.clients.cognito.send(
      new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: email("gone") }),
    );
    const other = (await accountOf(test, "forged")).legacySub.replace(/^./, "f");
    await test.clients.cognito.send(
      new AdminUpdateUserAttributesCommand({
        UserPoolId: userPoolId,
        Username: email("forged"),
        UserAttributes: [
          { Name: "custom:user_id", Value: other },
          { Name: "nickname", Value: "" },
        ],
      }),
    );

    const run = await reconcile(test, "to decide", { repair: true });

    expect(countsOf(run).filter(({ found }) => found > 0)).toEqual([
      { kind: "mapped-but-gone", found: 1, repaired: 0 },
      { kind: "two-user-ids", found: 1, repaired: 0 },
      { kind: "attribute-drift", found: 1, repaired: 0 },
    ]);
    const runs = runStore(test);
    expect((await runs.findings("to decide", "mapped-but-gone")).items).toMatchObject([
      { userId: gone.userId, poolId: userPoolId, sub: gone.sub },
    ]);
    const [attributes] = (await runs.findings("to decide", "attribute-drift")).items;
    expect(attributes).toMatchObject({
      userId: other,
      sub: forged.sub,
      detail: ["custom:user_id", "nickname"],
    });
    const { reviews } = await store(test).listReviews("conflict");
    expect(reviews).toMatchObject([{ sub: expect.any(String), otherUserId: forged.userId }, {}]);
    // Names of fields and ids: what was found is no register of people.
    expect(JSON.stringify([run, attributes])).not.toContain("@");
  });

  it("looks once a day by itself, and mends nothing then", async () => {
    const test = given();
    const runs = runStore(test);
    expect(await runs.latestScheduled()).toBeUndefined();

    test.stage.services.clock.advance(24 * 3_600_000);

    const runId = await eventually("a run by the schedule", () => runs.latestScheduled());
    const run = await finished(test, runId);
    expect(run).toMatchObject({ repair: false, kinds: DRIFT_KINDS });
  });
});

function runStore({ clients, stage }: TestStage) {
  return reconcileStore(
    DynamoDBDocumentClient.from(clients.dynamodb),
    stage.ready.tables["reconcile"] ?? "",
  );
}

function store({ clients, stage }: TestStage) {
  return identityStore(
    DynamoDBDocumentClient.from(clients.dynamodb),
    stage.ready.tables["identity"] ?? "",
  );
}

/** Orders a run as the command does, and waits for its end. */
async function reconcile(test: TestStage, runId: string, { repair = false } = {}) {
  await test.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: test.stage.ready.queues["reconcile"],
      MessageBody: JSON.stringify({ runId, repair, kinds: DRIFT_KINDS }),
    }),
  );
  return finished(test, runId);
}

function finished(test: TestStage, runId: string) {
  return eventually(`the run ${runId} is done`, async () => {
    const run = await runStore(test).find(runId);
    return run && isDone(run) ? run : undefined;
  });
}

async function drift(run: Awaited<ReturnType<typeof reconcile>>) {
  const found = countsOf(run).filter((count) => count.found > 0);
  return Object.fromEntries(found.map((count): [DriftKind, number] => [count.kind, count.found]));
}

/** The ids of the pairs that were announced. */
async function pairs(subscriber: Awaited<ReturnType<typeof givenASubscriber>>) {
  const events = await subscriber.all();
  return new Set(events.map(({ detail }) => String(detail.metadata["id"])));
}

async function said(subscriber: Awaited<ReturnType<typeof givenASubscriber>>, count: number) {
  const look = async () => ((await pairs(subscriber)).size === count ? true : undefined);
  await eventually(`${count} pairs were said`, look);
}

async function accountOf({ clients, target }: TestStage, name: string) {
  const { UserAttributes = [] } = await clients.cognito.send(
    new AdminGetUserCommand({ UserPoolId: target.userPoolId, Username: email(name) }),
  );
  const value = (attribute: string) =>
    UserAttributes.find(({ Name }) => Name === attribute)?.Value ?? "";
  return {
    userId: value("custom:user_id"),
    sub: value("sub"),
    legacySub: value("custom:legacy_sub"),
  };
}

async function holderOf(test: TestStage, poolId: string, sub: string) {
  const link = await store(test).resolveSub(PoolId.parse(poolId), Sub.parse(sub));
  return link?.userId;
}

async function groupsOf({ clients, target }: TestStage, name: string): Promise<string[]> {
  const { Groups = [] } = await clients.cognito.send(
    new AdminListGroupsForUserCommand({ UserPoolId: target.userPoolId, Username: email(name) }),
  );
  return Groups.flatMap(({ GroupName }) => GroupName ?? []).toSorted();
}

async function recreateTable({ clients, stage }: TestStage, key: string): Promise<void> {
  const TableName = stage.ready.tables[key] ?? "";
  const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName }));
  await deleteTable(clients.dynamodb, TableName);
  await createTable(clients.dynamodb, {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: Table?.AttributeDefinitions,
    KeySchema: Table?.KeySchema,
  });
}

/** Nothing that was said is still on its way. */
function idle(test: TestStage): Promise<boolean> {
  let quiet = 0;
  return eventually("the services are idle", async () => {
    const names = ["identity", "mergeSources", "groups", "fallback"];
    const depths = await Promise.all(names.map((name) => depthOf(test, name)));
    quiet = depths.every((depth) => depth === 0) ? quiet + 1 : 0;
    // One service's message is another's in a moment.
    return quiet >= 5 ? true : undefined;
  });
}
