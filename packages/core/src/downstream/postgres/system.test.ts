import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod/mini";
import { startPglite } from "../../../test/postgres.ts";
import { PostgresSystem } from "../../config/downstream-schema.ts";
import { derivedId } from "../../kernel/ids.ts";
import { changeOf, Pair } from "../schema.ts";
import { postgresPool } from "./connect.ts";
import { postgresSystem } from "./system.ts";

/** A server of one's own, where one is given: CI starts Debian's. */
const SERVER = process.env["CARRYOVER_TEST_POSTGRES"];

const engines = [
  { name: "PGlite", start: startPglite, skipped: false },
  {
    name: SERVER === undefined ? "a server (set CARRYOVER_TEST_POSTGRES to one)" : "a server",
    start: async () => ({ url: SERVER ?? "", stop: async () => undefined }),
    skipped: SERVER === undefined,
  },
];

/** PGlite compiles PostgreSQL when it starts. */
const START_MS = 60_000;

const OLD = derivedId("old");
const NEW = derivedId("new");
const OTHER = derivedId("other");
const change = changeOf(
  "crm",
  { keyedOn: "newSub" },
  z.parse(Pair, {
    userId: OLD,
    old: { sourceId: "legacy", poolId: "us-east-1_Old", sub: OLD },
    new: { poolId: "us-east-1_New", region: "us-east-1", sub: NEW },
  }),
);

describe.each(engines)("rows on $name", ({ start, skipped }) => {
  let url = "";
  let stop = async () => {};
  beforeAll(async () => {
    if (!skipped) ({ url, stop } = await start());
  }, START_MS);
  afterAll(() => stop());
  beforeEach(async () => {
    if (skipped) return;
    await sql(`
      DROP SCHEMA IF EXISTS crm CASCADE;
      CREATE SCHEMA crm;
      CREATE TABLE crm."User Accounts" (sub uuid PRIMARY KEY, name text);
      CREATE TABLE crm.orders (id int PRIMARY KEY, buyer uuid
        REFERENCES crm."User Accounts" (sub) DEFERRABLE INITIALLY IMMEDIATE);
      CREATE TABLE crm.likes (who text, what int, n int, PRIMARY KEY (who, what));
      INSERT INTO crm."User Accounts" VALUES ('${OLD}', 'Ann'), ('${OTHER}', 'Bob');
      INSERT INTO crm.orders VALUES (1, '${OLD}'), (2, '${OLD}'), (3, '${OTHER}');
      INSERT INTO crm.likes VALUES ('user:${OLD}', 1, 10), ('user:${OLD}', 2, 20), ('user:${OTHER}', 1, 30);`);
  });
  const test = it.skipIf(skipped);

  async function sql(text: string): Promise<Record<string, unknown>[]> {
    const client = new Client(url);
    await client.connect();
    try {
      const answer = await client.query(text);
      return Array.isArray(answer) ? [] : answer.rows;
    } finally {
      await client.end();
    }
  }

  function given(columns: readonly object[], more: object = {}) {
    const settings = z.parse(PostgresSystem, {
      kind: "postgres",
      connection: { secret: "Crm" },
      tls: "off",
      columns: columns.map((column) => ({ schema: "crm", ...column })),
      ...more,
    });
    const pool = postgresPool(url, settings, undefined);
    const system = postgresSystem(settings, pool);
    const piece = { cursor: undefined, signal: new AbortController().signal };
    const close = () => (pool.ended ? Promise.resolve() : pool.end());
    onTestFinished(close);
    /** PGlite has one connection: it is given back after each call. */
    const once = async <Answer>(call: Promise<Answer>) => {
      const answer = await call;
      await close();
      return answer;
    };
    return {
      apply: (dryRun = false) => once(system.apply(change, { ...piece, dryRun })),
      verify: () => once(system.verify(change, piece)),
    };
  }

  function likes(onConflict: "stop" | "keep" | "replace", uniqueWith: readonly string[]) {
    return { table: "likes", column: "who", template: "user:<sub>", onConflict, uniqueWith };
  }
  const likesOf = async (sub: string) =>
    (await sql(`SELECT n FROM crm.likes WHERE who = 'user:${sub}' ORDER BY what`)).map(
      ({ n }) => n,
    );

  const everywhere = [
    { table: "User Accounts", column: "sub" },
    { table: "orders", column: "buyer" },
    { table: "likes", column: "who", template: "user:<sub>" },
  ];

  test("are brought to the new ID in every declared column, and nobody else's are", async () => {
    expect(await given(everywhere).verify()).toEqual({ outcome: "counted", remaining: 5 });

    expect(await given(everywhere).apply()).toEqual({ outcome: "done", changed: 5 });

    expect(await sql('SELECT sub, name FROM crm."User Accounts" ORDER BY name')).toEqual([
      { sub: NEW, name: "Ann" },
      { sub: OTHER, name: "Bob" },
    ]);
    expect(await sql("SELECT id, buyer FROM crm.orders ORDER BY id")).toEqual([
      { id: 1, buyer: NEW },
      { id: 2, buyer: NEW },
      { id: 3, buyer: OTHER },
    ]);
    expect(await given(everywhere).verify()).toEqual({ outcome: "counted", remaining: 0 });
    expect(await given(everywhere).apply()).toEqual({ outcome: "done", changed: 0 });
  });

  test("change all together or not at all", async () => {
    const broken = [...everywhere, { table: "gone", column: "sub" }];

    expect(await given(broken).apply()).toEqual({ outcome: "refused", reason: "sql-42P01" });

    expect(await given(everywhere).verify()).toEqual({ outcome: "counted", remaining: 5 });
  });

  test("are counted by a dry run that changes nothing", async () => {
    expect(await given(everywhere).apply(true)).toEqual({ outcome: "done", changed: 5 });
    expect(await given(everywhere).verify()).toEqual({ outcome: "counted", remaining: 5 });
  });

  test("that others refer to stay when the reference cannot wait, in a dry run too", async () => {
    await sql("ALTER TABLE crm.orders ALTER CONSTRAINT orders_buyer_fkey NOT DEFERRABLE");

    for (const dryRun of [true, false]) {
      expect(await given(everywhere).apply(dryRun)).toEqual({
        outcome: "refused",
        reason: "foreign-key",
      });
    }
    await sql("ALTER TABLE crm.orders ALTER CONSTRAINT orders_buyer_fkey DEFERRABLE");
    expect(await given(everywhere).apply()).toEqual({ outcome: "done", changed: 5 });
  });

  test("that refer to a table which is not declared are refused in a dry run", async () => {
    const forgotten = everywhere.filter(({ table }) => table !== "orders");
    expect(await given(forgotten).apply(true)).toEqual({
      outcome: "refused",
      reason: "foreign-key",
    });
  });

  test.each([
    ["stop", { outcome: "refused", reason: "conflict" }, [10, 20], [99]],
    ["keep", { outcome: "done", changed: 2 }, [], [99, 20]],
    ["replace", { outcome: "done", changed: 3 }, [], [10, 20]],
  ] as const)(
    "under %s, a row that the person has already …",
    async (onConflict, outcome, old, now) => {
      await sql(`INSERT INTO crm.likes VALUES ('user:${NEW}', 1, 99)`);
      expect(await given([likes(onConflict, ["what"])]).apply()).toEqual(outcome);

      expect(await likesOf(OLD)).toEqual(old);
      expect(await likesOf(NEW)).toEqual(now);
    },
  );

  test("under keep, a row that an app adds meanwhile is found, not lost", async () => {
    await sql(`INSERT INTO crm.likes VALUES ('user:${NEW}', 1, 99);
      CREATE FUNCTION crm.like() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO crm.likes VALUES ('user:${OLD}', 3, 77); RETURN NULL; END $$;
      CREATE TRIGGER meanwhile AFTER UPDATE ON crm.likes FOR EACH STATEMENT EXECUTE FUNCTION crm.like();`);
    const columns = [likes("keep", ["what"])];

    expect(await given(columns).apply()).toEqual({ outcome: "done", changed: 2 });

    expect(await likesOf(OLD)).toEqual([77]);
    expect(await likesOf(NEW)).toEqual([99, 20]);
    expect(await given(columns).verify()).toEqual({ outcome: "counted", remaining: 1 });
  });

  test.each([
    ["keep", "crm.orders", { table: "orders", column: "buyer" }],
    ["replace", "crm.orders", { table: "orders", column: "buyer" }],
    ["keep", "crm.likes", likes("keep", ["n"])],
    ["replace", "crm.likes", likes("replace", [])],
  ] as const)(
    "under %s, none of %s gives way without a unique key",
    async (onConflict, table, column) => {
      await sql(`INSERT INTO crm."User Accounts" VALUES ('${NEW}', 'Ann');
      INSERT INTO crm.orders VALUES (4, '${NEW}');
      INSERT INTO crm.likes VALUES ('user:${NEW}', 9, 10);
      CREATE UNIQUE INDEX ON crm.likes (who, n) WHERE n > 50;`);
      const before = await sql(`SELECT * FROM ${table} ORDER BY 1, 2`);

      for (const dryRun of [true, false]) {
        expect(await given([{ ...column, onConflict }]).apply(dryRun)).toEqual({
          outcome: "refused",
          reason: "no-unique-key",
        });
      }

      expect(await sql(`SELECT * FROM ${table} ORDER BY 1, 2`)).toEqual(before);
    },
  );

  test.each([
    ["keep", "Ann, made anew"],
    ["replace", "Ann"],
  ] as const)(
    "under %s, one row stays where the column is a key by itself",
    async (onConflict, name) => {
      await sql(`INSERT INTO crm."User Accounts" VALUES ('${NEW}', 'Ann, made anew')`);
      const columns = [
        { table: "User Accounts", column: "sub", onConflict },
        { table: "orders", column: "buyer" },
      ];

      expect(await given(columns).apply()).toMatchObject({ outcome: "done" });

      expect(await sql('SELECT name FROM crm."User Accounts" ORDER BY name')).toEqual([
        { name },
        { name: "Bob" },
      ]);
      expect(await sql(`SELECT id FROM crm.orders WHERE buyer = '${NEW}' ORDER BY id`)).toEqual([
        { id: 1 },
        { id: 2 },
      ]);
    },
  );

  test.each(["keep", "replace"] as const)(
    "under %s, rows without a value in the key do not conflict",
    async (onConflict) => {
      await sql(`CREATE TABLE crm.seats (who uuid, place int, n int, UNIQUE (who, place));
        INSERT INTO crm.seats VALUES ('${OLD}', NULL, 1), ('${NEW}', NULL, 2);`);
      const columns = [{ table: "seats", column: "who", onConflict, uniqueWith: ["place"] }];

      expect(await given(columns).apply()).toEqual({ outcome: "done", changed: 1 });

      expect(await sql(`SELECT n FROM crm.seats WHERE who = '${NEW}' ORDER BY n`)).toEqual([
        { n: 1 },
        { n: 2 },
      ]);
    },
  );

  test("take names that are hostile as names", async () => {
    const columns = [{ table: 'likes"; DROP TABLE crm.orders; --', column: 'who" = $1; --' }];
    expect(await given(columns).apply()).toEqual({ outcome: "refused", reason: "sql-42P01" });
    expect(await sql("SELECT count(*)::int AS n FROM crm.orders")).toEqual([{ n: 3 }]);
  });
});

describe("a database", () => {
  it("that is not there is tried again, and nothing of its address is said", async () => {
    const settings = { columns: [], statementTimeoutSeconds: 1, tls: "off" as const };
    const pool = postgresPool("postgres://ann:secret@127.0.0.1:1/db", settings, undefined);
    onTestFinished(() => pool.end());
    const piece = { cursor: undefined, signal: new AbortController().signal, dryRun: false };
    expect(await postgresSystem(settings, pool).apply(change, piece)).toEqual({
      outcome: "retry",
      reason: "econnrefused",
    });
  });
});

describe.skipIf(SERVER === undefined)("somebody who holds a row", () => {
  it("makes it wait for a bounded time", async () => {
    const holder = new Client(SERVER ?? "");
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query("CREATE SCHEMA IF NOT EXISTS held");
    await holder.query("CREATE TABLE IF NOT EXISTS held.rows (sub uuid)");
    await holder.query("INSERT INTO held.rows VALUES ($1)", [OLD]);
    await holder.query("BEGIN");
    await holder.query("SELECT 1 FROM held.rows FOR UPDATE");
    const settings = z.parse(PostgresSystem, {
      kind: "postgres",
      connection: { secret: "Held" },
      tls: "off",
      statementTimeoutSeconds: 1,
      columns: [{ schema: "held", table: "rows", column: "sub" }],
    });
    const pool = postgresPool(SERVER ?? "", settings, undefined);
    onTestFinished(() => pool.end());
    const piece = { cursor: undefined, signal: new AbortController().signal, dryRun: false };

    expect(await postgresSystem(settings, pool).apply(change, piece)).toMatchObject({
      outcome: "retry",
    });
  });
});
