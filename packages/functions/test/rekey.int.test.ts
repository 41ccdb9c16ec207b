import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactionCanceledException,
  UpdateItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { rekeyTable } from "@carryover/core/aws/rekey-table";
import { DynamodbSystem, type DynamodbTable } from "@carryover/core/config/downstream-schema";
import { TableError } from "@carryover/core/downstream/dynamodb/errors";
import { dynamodbSystem } from "@carryover/core/downstream/dynamodb/system";
import type { Image, RekeyTable } from "@carryover/core/downstream/dynamodb/table";
import { changeOf, Pair } from "@carryover/core/downstream/schema";
import { derivedId } from "@carryover/core/kernel/ids";
import { clientsFor } from "@carryover/local/clients";
import { startServices } from "@carryover/local/services";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { isJavaHere, startDynamoDbLocal } from "../../core/test/tables.ts";

interface Engine {
  readonly dynamodb: DynamoDBClient;
  stop(): Promise<void>;
}

async function localStage(): Promise<Engine> {
  const services = await startServices({ port: 0, homeRegion: "us-east-1" });
  return { dynamodb: clientsFor(services.endpoint, "us-east-1").dynamodb, stop: services.stop };
}

async function amazonsOwn(): Promise<Engine> {
  const { client, stop } = await startDynamoDbLocal();
  return { dynamodb: client as unknown as DynamoDBClient, stop };
}

const OLD = derivedId("old");
const NEW = derivedId("new");
const pair = z.parse(Pair, {
  userId: OLD,
  old: { sourceId: "legacy", poolId: "us-east-1_Old", sub: OLD },
  new: { poolId: "us-east-1_New", region: "us-east-1", sub: NEW },
});
const change = changeOf("orders", { keyedOn: "newSub" }, pair);

const engines: {
  name: string;
  start: () => Promise<Engine>;
  runs: number;
  workers: number;
  here: boolean;
}[] = [
  { name: "the local stage", start: localStage, runs: 25, workers: 3, here: true },
  { name: "Amazon's DynamoDB Local", start: amazonsOwn, runs: 8, workers: 1, here: isJavaHere() },
];

describe.each(engines.filter(({ here }) => here))(
  "re-keying on $name",
  ({ start, runs, workers: most }) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine?.stop());

    it("moves composite keys, sort keys, index keys and plain attributes, by pages", async () => {
      const shop = await givenATable(engine, {
        places: { pk: "USER#<sub>", sk: "OF#<sub>#<any>", owner: "<sub>", note: "by <sub>" },
        indexes: { byOwner: "owner" },
      });
      for (let n = 0; n < 60; n += 1) await shop.put(key(`USER#${OLD}`, `OF#${OLD}#${n}`), n);
      // Found by the index alone: another partition, the sub in an attribute.
      await shop.put(key("TEAM#1", "lead"), 1, { owner: { S: OLD }, note: { S: `by ${OLD}` } });
      await shop.put(key(`USER#${NEW}x`, `OF#${OLD}#1`), 1);

      const outcomes = [];
      let cursor: string | undefined;
      do {
        const applied = await shop.apply(cursor);
        outcomes.push(applied);
        cursor = applied.outcome === "more" ? applied.cursor : undefined;
      } while (cursor !== undefined);

      expect(outcomes.at(-1)).toMatchObject({ outcome: "done" });
      const all = await shop.all();
      expect(all.filter(({ pk }) => pk === `USER#${NEW}`).map(({ sk }) => sk)).toHaveLength(60);
      expect(all).toContainEqual(
        expect.objectContaining({ pk: "TEAM#1", owner: NEW, note: `by ${NEW}` }),
      );
      // Somebody else's, whose key only looks alike.
      expect(all).toContainEqual(expect.objectContaining({ pk: `USER#${NEW}x` }));
      expect(await shop.verify()).toEqual({ outcome: "counted", remaining: 0 });
      expect(await shop.apply()).toEqual({ outcome: "done", changed: 0 });
    });

    it("keeps numbers, sets, binaries and lists exactly as they are", async () => {
      const shop = await givenATable(engine, { places: { pk: "<sub>" } });
      const odd = {
        big: { N: "12345678901234567890123456789012345678" },
        set: { SS: ["a", "b"] },
        bytes: { B: Uint8Array.of(0, 255) },
        list: { L: [{ NULL: true }, { M: { deep: { N: "1.5" } } }] },
      };
      await shop.put(key(OLD, "x"), 1, odd);

      await shop.apply();

      expect(await shop.find(key(NEW, "x"))).toEqual({ ...key(NEW, "x"), n: { N: "1" }, ...odd });
      expect(await shop.find(key(OLD, "x"))).toBeUndefined();
    });

    it("finds plain attributes by a scan where it is told to", async () => {
      const shop = await givenATable(engine, { places: { note: "by <sub>" }, scan: true });
      await shop.put(key("a", "1"), 1, { note: { S: `by ${OLD}` } });

      expect(await shop.apply()).toEqual({ outcome: "done", changed: 1 });
      expect(await shop.find(key("a", "1"))).toMatchObject({ note: { S: `by ${NEW}` } });
    });

    it.each([
      ["stop", { n: "2", old: "1" }, { outcome: "refused", reason: "conflict", changed: 0 }],
      ["keep", { n: "2", old: undefined }, { outcome: "done", changed: 1 }],
      ["replace", { n: "1", old: undefined }, { outcome: "done", changed: 1 }],
    ] as const)(
      "under %s, an item that the person made under the new key …",
      async (onConflict, then, outcome) => {
        const shop = await givenATable(engine, { places: { pk: "<sub>" }, onConflict });
        await shop.put(key(OLD, "cart"), 1);
        await shop.put(key(NEW, "cart"), 2);

        expect(await shop.apply()).toEqual(outcome);

        expect((await shop.find(key(NEW, "cart")))?.["n"]).toEqual({ N: then.n });
        expect((await shop.find(key(OLD, "cart")))?.["n"]).toEqual(then.old && { N: then.old });
      },
    );

    it("sets an attribute that was not there, unless somebody else was first", async () => {
      const shop = await givenATable(engine, { places: { owner: "<sub>" }, scan: true });
      const item = key("CART", "1");
      await shop.put(item, 1);
      const { signal } = new AbortController();

      const set = () => shop.table.set(item, { owner: { S: NEW } }, signal);
      expect(await set()).toBe("written");

      expect(await shop.find(item)).toEqual({ ...item, n: { N: "1" }, owner: { S: NEW } });
      expect(await set()).toBe("changed");
    });

    it("merges by a function, whose key does not count", async () => {
      const shop = await givenATable(engine, {
        places: { pk: "<sub>" },
        onConflict: (moved, existing) => ({
          pk: "elsewhere",
          n: Number(moved["n"]) + Number(existing["n"]),
        }),
      });
      await shop.put(key(OLD, "cart"), 1);
      await shop.put(key(NEW, "cart"), 2);

      expect(await shop.apply()).toEqual({ outcome: "done", changed: 1 });
      expect(await shop.all()).toEqual([{ pk: NEW, sk: "cart", n: 3 }]);
    });

    it("says what would change, conflicts too, and changes nothing", async () => {
      const shop = await givenATable(engine, { places: { pk: "<sub>" } });
      await shop.put(key(OLD, "a"), 1);
      await shop.put(key(OLD, "b"), 1);
      await shop.put(key(NEW, "b"), 2);
      const before = await shop.all();

      expect(await shop.apply(undefined, true)).toEqual({
        outcome: "refused",
        reason: "conflict",
        changed: 1,
      });
      expect(await shop.all()).toEqual(before);
      expect(await shop.verify()).toEqual({ outcome: "counted", remaining: 2 });
    });

    it("ends with each item exactly once, whatever fails, repeats or writes in between", async () => {
      const items = ["a", "b", "c"] as const;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ at: fc.nat(40), after: fc.boolean() }), { maxLength: 4 }),
          fc.array(fc.record({ at: fc.nat(40), item: fc.constantFrom(...items) }), {
            maxLength: 6,
          }),
          fc.integer({ min: 1, max: most }),
          async (crashes, writes, workers) => {
            const shop = await givenATable(engine, {
              places: { pk: "USER#<sub>", owner: "<sub>" },
            });
            for (const item of items) await shop.put(key(`USER#${OLD}`, item), 0);
            const written = new Map<string, number>(items.map((item) => [item, 0]));
            let calls = 0;
            /** Before and after each call of a worker: what else may happen there. */
            const around = async () => {
              calls += 1;
              for (const { item } of writes.filter(({ at }) => at === calls)) {
                await shop.appWrites(item);
                written.set(item, (written.get(item) ?? 0) + 1);
              }
              expect(await shop.copies()).toEqual(items);
            };
            const crash = (after: boolean) => {
              if (crashes.some((one) => one.at === calls && one.after === after)) {
                throw new TableError("crash", true);
              }
            };
            const flaky = shop.withTable((table) => watched(table, around, crash));

            for (let round = 0; round < crashes.length + 1; round += 1) {
              await Promise.all(Array.from({ length: workers }, () => flaky.apply()));
            }
            expect(await shop.apply()).toMatchObject({ outcome: "done" });

            const left = await shop.all();
            expect(left.toSorted((a, b) => String(a["sk"]).localeCompare(String(b["sk"])))).toEqual(
              items.map((item) => ({ pk: `USER#${NEW}`, sk: item, n: written.get(item) })),
            );
          },
        ),
        { numRuns: runs },
      );
    });
  },
);

/** A table whose every call something may happen before, and after which it may seem to have failed. */
function watched(
  table: RekeyTable,
  around: () => Promise<void>,
  crash: (after: boolean) => void,
): RekeyTable {
  const watch =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      await around();
      crash(false);
      const answer = await call(...args);
      crash(true);
      return answer;
    };
  return {
    ...table,
    page: watch(table.page),
    find: watch(table.find),
    set: watch(table.set),
    move: watch(table.move),
  };
}

function key(pk: string, sk: string) {
  return { pk: { S: pk }, sk: { S: sk } };
}

type Given = Partial<z.input<typeof DynamodbSystem>["tables"][number]> &
  Pick<DynamodbTable, "places">;

async function givenATable({ dynamodb }: Engine, given: Given) {
  const TableName = `orders-${crypto.randomUUID()}`;
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [text("pk"), text("sk"), text("owner")],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byOwner",
          KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
    }),
  );
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 10, minDelay: 1 }, { TableName });
  const system = z.parse(DynamodbSystem, {
    kind: "dynamodb",
    tables: [{ name: TableName, key: { partition: "pk", sort: "sk" }, ...given }],
  });
  const signal = new AbortController().signal;
  const find = async (Key: Record<string, { S: string }>) =>
    (await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  const working = (wrap: (table: RekeyTable) => RekeyTable = (table) => table) => {
    const opened = dynamodbSystem(system, (settings) => wrap(rekeyTable(dynamodb, settings)));
    return {
      apply: (cursor?: string, dryRun = false) => opened.apply(change, { cursor, dryRun, signal }),
      verify: () => opened.verify(change, { cursor: undefined, signal }),
    };
  };
  const update = (pk: string, item: string) =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: key(pk, item),
        UpdateExpression: "ADD n :one",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
  const plain = rekeyTable(dynamodb, system.tables[0] as DynamodbTable);

  return {
    ...working(),
    withTable: working,
    table: plain,
    find,
    put: (of: Image, n: number, more: Record<string, object> = {}) =>
      dynamodb.send(
        new PutItemCommand({ TableName, Item: { ...of, n: { N: String(n) }, ...more } as never }),
      ),
    all: async () => {
      const { Items = [] } = await dynamodb.send(
        new ScanCommand({ TableName, ConsistentRead: true }),
      );
      return Items.map((item) => plain.toAttributes(item));
    },
    /** The app writes to the item wherever it is, and knows that it did. */
    appWrites: async (item: string) => {
      for (;;) {
        for (const sub of [OLD, NEW]) {
          try {
            await update(`USER#${sub}`, item);
            return;
          } catch (error) {
            if (error instanceof TransactionCanceledException) throw error;
          }
        }
      }
    },
    /** The items that there are, in order, each as often as it is there. In one read: a move could fall between two. */
    copies: async () => {
      const { Items = [] } = await dynamodb.send(
        new ScanCommand({ TableName, ConsistentRead: true }),
      );
      return Items.map(({ sk }) => sk?.S).toSorted();
    },
  };
}
