import { randomUUID } from "node:crypto";
import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTable, type Engine, startDynalite } from "../../test/tables.ts";
import { type MfaSessions, mfaSessionStore, type SessionOwner } from "./mfa-session-store.ts";

const owner: SessionOwner = {
  sourceId: "legacy",
  login: "alice@example.com",
  password: "Secret-1",
};
const kept = { name: "SMS_MFA", session: "source-session", username: "alice" };
const signal = new AbortController().signal;

let engine: Engine;
let tableName: string;
let nowEpochMs: number;
let sessions: MfaSessions;

const storeWith = (stageKey: Uint8Array) =>
  mfaSessionStore({ client: engine.client, tableName, stageKey, clock: () => nowEpochMs });
const rows = async () =>
  (await engine.client.send(new ScanCommand({ TableName: tableName }))).Items ?? [];

beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());
beforeEach(async () => {
  nowEpochMs = Date.parse("2026-11-22T10:00:00Z");
  tableName = `mfa-${randomUUID()}`;
  await createTable(engine.client, {
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  });
  sessions = storeWith(new Uint8Array(32).fill(1));
});

describe("half-finished second factors", () => {
  it("opens what the same login and password kept, until it is forgotten", async () => {
    await sessions.keep(owner, kept, signal);
    expect(await sessions.open(owner, signal)).toEqual(kept);
    expect(await sessions.open(owner, signal)).toEqual(kept);
    await sessions.forget(owner, signal);
    expect(await sessions.open(owner, signal)).toBeUndefined();
  });

  it.each([
    ["password", { password: "Secret-2" }],
    ["login", { login: "bob@example.com" }],
    ["source", { sourceId: "other" }],
  ])("does not open with another %s", async (_, other) => {
    await sessions.keep(owner, kept, signal);
    expect(await sessions.open({ ...owner, ...other }, signal)).toBeUndefined();
    expect(await sessions.open(owner, signal)).toEqual(kept);
  });

  it("does not open with another stage's key", async () => {
    await sessions.keep(owner, kept, signal);
    expect(await storeWith(new Uint8Array(32).fill(2)).open(owner, signal)).toBeUndefined();
  });

  it("opens for three minutes, not a second longer", async () => {
    await sessions.keep(owner, kept, signal);
    nowEpochMs += 179_999;
    expect(await sessions.open(owner, signal)).toEqual(kept);
    nowEpochMs += 1;
    expect(await sessions.open(owner, signal)).toBeUndefined();
  });

  it("gives DynamoDB the second to delete the row", async () => {
    await sessions.keep(owner, kept, signal);
    const [row] = await rows();
    expect(row?.["expiresAtEpochSeconds"]).toBe(nowEpochMs / 1000 + 180);
  });

  it("cannot be prolonged or moved in the table", async () => {
    await sessions.keep(owner, kept, signal);
    const [row] = await rows();
    const later = { ...row, expiresAtEpochSeconds: nowEpochMs / 1000 + 9999 };
    await engine.client.send(new PutCommand({ TableName: tableName, Item: later }));
    expect(await sessions.open(owner, signal)).toBeUndefined();
  });

  it("keeps the newest session of a login", async () => {
    await sessions.keep(owner, kept, signal);
    await sessions.keep(owner, { ...kept, session: "newer" }, signal);
    expect(await sessions.open(owner, signal)).toMatchObject({ session: "newer" });
    expect(await rows()).toHaveLength(1);
  });

  it("writes nothing that can be read: no login, password, session or username", async () => {
    await sessions.keep(owner, kept, signal);
    const found = await rows();
    expect(found).toHaveLength(1);
    const text = JSON.stringify(
      found.map((row) => ({ ...row, sealed: Buffer.from(row["sealed"]).toString("latin1") })),
    );
    for (const secret of [owner.login, owner.password, kept.session, kept.username, kept.name])
      expect(text).not.toContain(secret);
  });
});
