import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  accountOf,
  EU,
  newPlacements,
  REGIONS,
  recordingLedger,
  somebody,
  US,
} from "../../test/placements.ts";
import { type Engine, startDynalite } from "../../test/tables.ts";
import { directoryStore } from "./directory-store.ts";
import type { Draft, Entry } from "./entry.ts";
import type { Directory } from "./home.ts";
import { record } from "./ledger.ts";
import { loginKeys } from "./login-key.ts";
import { afterCopyDeleted, afterForgotten, afterRequest, afterSeen } from "./steps.ts";
import { whereabouts, whereaboutsOf } from "./whereabouts.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

const keys = loginKeys({ stageKey: Buffer.alloc(32, 7), caseSensitive: false, regions: REGIONS });
const LOGIN = "ada@example.com";
const KNOWN = keys.keyOf(LOGIN);

async function given() {
  const { ledger, table } = await newPlacements(engine.client);
  const { deps } = recordingLedger(ledger);
  const cause = { id: "first", correlationId: "first" };
  await record(deps, somebody(1), cause, (head) =>
    afterSeen(
      head,
      { account: accountOf(1, EU), decided: { region: EU, rule: "europe" } },
      { version: 1, graceDays: 30 },
      0,
    ),
  );
  await ledger.claimLogin(KNOWN, { userId: somebody(1), isProved: true });
  const calls: string[] = [];
  const store = directoryStore(engine.client, table, () => AbortSignal.timeout(5000));
  const directory = new Proxy<Directory>(store, {
    get(target, name, receiver) {
      calls.push(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
  return { ledger, deps, directory, calls };
}

describe("where a login signs in", () => {
  it("is the user's home, however the login is written", async () => {
    const { directory } = await given();
    await expect(whereabouts(directory, keys, "Ada@Example.COM")).resolves.toMatchObject({
      region: EU,
      home: { home: EU, account: accountOf(1, EU) },
    });
  });

  it("is where a user is to move", async () => {
    const { deps, directory } = await given();
    const by = { decidedBy: "operator", reason: "operator", policyVersion: 1 } as const;
    await record(deps, somebody(1), { id: "ask", correlationId: "ask" }, (head) => {
      const draft = head && afterRequest(head, US, by, 0);
      return draft ? [draft] : [];
    });
    await expect(whereabouts(directory, keys, LOGIN)).resolves.toMatchObject({ region: US });
    await expect(whereaboutsOf(directory, keys, somebody(1), EU)).resolves.toBe(US);
  });

  it("is nobody's for somebody forgotten, who does not get in by an old copy either", async () => {
    const { ledger, deps, directory } = await given();
    const tell = (id: string, decide: (head: Entry) => readonly (Draft | undefined)[]) =>
      record(deps, somebody(1), { id, correlationId: id }, (head) =>
        head ? decide(head).flatMap((draft) => draft ?? []) : [],
      );
    const by = { decidedBy: "operator", reason: "operator", policyVersion: 1 } as const;
    const moved = { account: accountOf(1, US), decided: { region: US, rule: "us" } };
    await tell("ask", (head) => [afterRequest(head, US, by, 0)]);
    await tell("move", (head) => afterSeen(head, moved, { version: 1, graceDays: 30 }, 0));
    await tell("forget", (head) => [afterForgotten(head, by, 0)]);
    const there = () =>
      Promise.all([EU, US].map((here) => whereaboutsOf(directory, keys, somebody(1), here)));

    await expect(there()).resolves.toEqual([US, undefined]);
    const due = await ledger.dueDeletions(EU, "1970-01-01T00:00:00.000Z", 10);
    expect(due).toMatchObject([accountOf(1, EU)]);
    await tell("delete", (head) => [afterCopyDeleted(head, accountOf(1, EU), "grace-over")]);
    await expect(there()).resolves.toEqual([undefined, undefined]);
    await expect(whereabouts(directory, keys, LOGIN)).resolves.toMatchObject({ home: undefined });
  });

  it("costs the same reads, whether somebody has the login or not", async () => {
    const { directory, calls } = await given();
    const readsOf = async (look: () => Promise<unknown>) => {
      calls.length = 0;
      await look();
      return [...calls];
    };
    const reads = ["findLogin", "homeOf"];
    expect(await readsOf(() => whereabouts(directory, keys, LOGIN))).toEqual(reads);
    expect(await readsOf(() => whereabouts(directory, keys, "nobody@example.com"))).toEqual(reads);
    expect(await readsOf(() => whereaboutsOf(directory, keys, somebody(1), EU))).toEqual(reads);
    expect(await readsOf(() => whereaboutsOf(directory, keys, somebody(2), EU))).toEqual(reads);
  });

  it("is any region for a login that nobody has, and the same one each time", async () => {
    const { directory } = await given();
    const ask = () =>
      Promise.all(
        Array.from(
          { length: 40 },
          async (_, n) => (await whereabouts(directory, keys, `nobody-${n}@example.com`)).region,
        ),
      );
    const answers = await ask();
    expect(new Set(answers)).toEqual(new Set(REGIONS));
    await expect(ask()).resolves.toEqual(answers);
  });

  it("is where somebody is expected who proved who they are, until the login is somebody's", async () => {
    const { ledger, directory } = await given();
    const key = keys.keyOf("new@example.com");
    await directory.expect(key, somebody(2), US);
    await expect(whereabouts(directory, keys, "new@example.com")).resolves.toMatchObject({
      region: US,
    });
    // Nobody is sent away from home by it.
    await directory.expect(KNOWN, somebody(2), US);
    await expect(whereabouts(directory, keys, LOGIN)).resolves.toMatchObject({ region: EU });
    await ledger.claimLogin(key, { userId: somebody(1), isProved: false });
    await expect(whereabouts(directory, keys, "new@example.com")).resolves.toMatchObject({
      region: EU,
    });
  });

  it("does not go to who only says that a login is theirs, once somebody proved it", async () => {
    const { ledger, directory } = await given();
    await ledger.claimLogin(KNOWN, { userId: somebody(2), isProved: false });
    await ledger.claimLogin(KNOWN, { userId: somebody(2), isProved: true });
    await expect(directory.findLogin(KNOWN)).resolves.toMatchObject({ userId: somebody(1) });
    const key = keys.keyOf("claimed@example.com");
    await ledger.claimLogin(key, { userId: somebody(2), isProved: false });
    await ledger.claimLogin(key, { userId: somebody(1), isProved: true });
    await expect(directory.findLogin(key)).resolves.toMatchObject({ userId: somebody(1) });
  });
});
