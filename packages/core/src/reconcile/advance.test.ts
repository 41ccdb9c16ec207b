import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import {
  legacy,
  newPool,
  newSub,
  oldSub,
  recording,
  sourcePools,
  userId,
} from "../../test/person.ts";
import { type Engine, newStore, newTable, startDynalite } from "../../test/tables.ts";
import { Region } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";
import { advance, newRun, type ReconcileDeps } from "./advance.ts";
import { CursorExpiredError, ReconcileUnavailableError, RunMissingError } from "./errors.ts";
import type { NewPool } from "./ports.ts";
import { countsOf, DRIFT_KINDS, type DriftKind, isDone } from "./schema.ts";
import { sealedWalk } from "./sealed-walk.ts";
import { runOf } from "./start.ts";
import { reconcileStore } from "./store.ts";

const region = z.parse(Region, "eu-central-1");
const PAGE = 60;
const never = () => false;

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

/** Everybody crossed, and no service has heard of anybody. */
function user(n: number): PoolUser {
  return {
    username: newSub(n),
    sub: newSub(n),
    enabled: true,
    status: "CONFIRMED",
    hasSecondFactor: false,
    attributes: {
      email: `${n}@example.com`,
      "custom:user_id": userId(n),
      "custom:legacy_sub": oldSub(n),
      "custom:legacy_source": legacy.id,
    },
  };
}

/** A pool of so many users that makes each of them when it is asked, and forgets them. */
function poolOf(users: number) {
  const held = { most: 0, now: 0, pages: [] as string[], fail: undefined as Error | undefined };
  const pool: NewPool = {
    poolId: newPool,
    region,
    count: async () => users,
    find: async () => undefined,
    async page(cursor) {
      if (held.fail) {
        const { fail } = held;
        held.fail = undefined;
        throw fail;
      }
      held.pages.push(cursor ?? "first");
      // A page that is asked for while another is in hand is held beside it.
      held.most = Math.max(held.most, held.now + PAGE);
      held.now += PAGE;
      const from = Number(cursor ?? 0);
      const to = Math.min(from + PAGE, users);
      const items = Array.from({ length: to - from }, (_, index) => user(from + index));
      return { items, cursor: to < users ? String(to) : undefined };
    },
  };
  return { pool, held };
}

let deps: ReconcileDeps;
let held: ReturnType<typeof poolOf>["held"];
let nowEpochMs: number;
let published: ReturnType<typeof recording>["published"];
async function given(users: number) {
  const identity = recording(await newStore(engine.client));
  const made = poolOf(users);
  const runs = reconcileStore(engine.client, await newTable(engine.client, "reconcile"));
  held = made.held;
  published = identity.published;
  nowEpochMs = Date.UTC(2026, 10, 22, 10);
  deps = {
    runs: {
      ...runs,
      save: (...of) => {
        held.now = 0;
        return runs.save(...of);
      },
    },
    pools: [made.pool],
    linked: { page: async () => ({ items: [], cursor: undefined }) },
    identity: identity.deps,
    identities: identity.deps.identities,
    sourcePools,
    sources: new Map(),
    userIds: "mint",
    mfa: "verify",
    mapAttributes: (attributes) => attributes,
    pairChecks: [],
    homes: undefined,
    publishIn: () => async () => {},
    clock: () => nowEpochMs,
    log: () => {},
    count: () => {},
  };
}

async function start(runId: string, order: { repair?: boolean; kinds?: DriftKind[] } = {}) {
  const { repair = false, kinds = ["unmapped"] } = order;
  await deps.runs.save(await newRun(deps, { runId, repair, kinds }));
}

describe("a run", () => {
  beforeEach(() => given(130));

  it("holds one page of users at a time, however many there are", async () => {
    await given(6000);
    await start("whole", { kinds: ["unknown-source"] });

    const run = await advance(deps, "whole", never);

    expect(run && isDone(run)).toBe(true);
    expect(run?.steps).toMatchObject([{ expected: 6000, seen: 6000 }]);
    expect(held.pages).toHaveLength(100);
    expect(held.most).toBe(PAGE);
  });

  it("goes on where it was stopped, and ends as if it had not been", async () => {
    await start("pieces");
    const pieces: unknown[] = [];
    for (let run = await deps.runs.find("pieces"); run && !isDone(run); ) {
      let pages = 0;
      run = await advance(deps, "pieces", () => ++pages > 2);
      pieces.push(run?.steps[0]?.seen);
    }

    expect(pieces).toEqual([120, 130]);
    expect(held.pages).toEqual(["first", "60", "120"]);
  });

  it("does a page again on which a pool did not answer, and counts nobody twice", async () => {
    await start("outage");
    let pages = 0;
    await advance(deps, "outage", () => ++pages > 1);
    held.fail = new ReconcileUnavailableError("a pool did not answer");

    await expect(advance(deps, "outage", never)).rejects.toThrow(ReconcileUnavailableError);
    const run = await advance(deps, "outage", never);

    expect(run?.steps).toMatchObject([{ seen: 130, found: { unmapped: 130 }, done: true }]);
  });

  it("starts a pool anew whose page is not known any more, and lists everybody once", async () => {
    await start("expired");
    let pages = 0;
    await advance(deps, "expired", () => ++pages > 1);
    held.fail = new CursorExpiredError("the page is not known any more");

    const run = await advance(deps, "expired", never);

    expect(run?.steps).toMatchObject([{ seen: 130, found: { unmapped: 130 }, done: true }]);
    const listed = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await deps.runs.findings("expired", "unmapped", cursor ? { cursor } : {});
      for (const { userId: found } of page.items) listed.add(found);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed.size).toBe(130);
  });

  it("keeps no token of a pool in clear, and starts anew at one that it cannot open", async () => {
    const { pools } = deps;
    const sealedBy = (byte: number) => ({
      ...deps,
      pools: pools.map((pool) => sealedWalk(pool, Buffer.alloc(32, byte))),
    });
    await start("sealed");
    let pages = 0;
    const stopped = await advance(sealedBy(1), "sealed", () => ++pages > 1);
    expect(stopped?.steps[0]?.cursor).toBeDefined();
    expect(stopped?.steps[0]?.cursor).not.toBe("60");

    pages = 0;
    await advance(sealedBy(1), "sealed", () => ++pages > 1);
    const run = await advance(sealedBy(2), "sealed", never);

    expect(held.pages).toEqual(["first", "60", "first", "60", "120"]);
    expect(run?.steps).toMatchObject([{ seen: 130, found: { unmapped: 130 }, done: true }]);
  });

  it("is one worker's: another that comes to the same page leaves it", async () => {
    await start("twice");

    const both = await Promise.all([advance(deps, "twice", never), advance(deps, "twice", never)]);

    expect(both.filter((run) => run !== undefined)).toHaveLength(1);
    expect((await deps.runs.find("twice"))?.steps).toMatchObject([{ seen: 130, done: true }]);
  });

  it("changes nothing and says nothing unless it is to repair", async () => {
    await start("looking");
    await advance(deps, "looking", never);
    expect(published).toEqual([]);

    await start("mending", { repair: true });
    const run = await advance(deps, "mending", never);
    expect(run && countsOf(run)).toEqual([{ kind: "unmapped", found: 130, repaired: 130 }]);
    const said = published.map(({ name }) => name);
    expect(said.filter((name) => name === "UserMigrated")).toHaveLength(130);
    expect(said.filter((name) => name === "UserIdMapped")).toHaveLength(130);

    await start("again", { repair: true });
    const after = await advance(deps, "again", never);
    expect(after && countsOf(after)).toEqual([{ kind: "unmapped", found: 0, repaired: 0 }]);
    expect(published).toHaveLength(260);
  });

  it("says a lost sign-in again, under one id, for whom a mail is missing", async () => {
    await given(2);
    await start("mapping", { repair: true });
    await advance(deps, "mapping", never);
    const missing = async () => ["welcome"];
    deps = { ...deps, pairChecks: [{ kind: "mail-missing", missing }] };
    published.length = 0;

    for (const runId of ["mails", "mails again"]) {
      await start(runId, { repair: true, kinds: ["mail-missing"] });
      const run = await advance(deps, runId, never);
      expect(run && countsOf(run)).toEqual([{ kind: "mail-missing", found: 2, repaired: 2 }]);
    }

    expect(published.map(({ name }) => name)).toEqual(Array(4).fill("UserSignedIn"));
    expect(published[0]?.detail.data).toMatchObject({
      userId: userId(0),
      sub: newSub(0),
      legacySub: oldSub(0),
      clientId: "carryover-reconcile",
    });
    expect(new Set(published.map(({ detail }) => detail.metadata.id)).size).toBe(2);
  });

  it("cannot be worked on when there is none", async () => {
    await expect(advance(deps, "none", never)).rejects.toThrow(RunMissingError);
  });
});

describe("what a message starts", () => {
  beforeEach(() => given(130));

  it("is the run that it orders, once", async () => {
    const order = { runId: "ordered", repair: true, kinds: ["unmapped" as const] };
    expect(await runOf(deps, order)).toBe("ordered");
    const run = await advance(deps, "ordered", never);

    expect(await runOf(deps, order)).toBe("ordered");
    expect(await deps.runs.find("ordered")).toEqual(run);
    expect(run).toMatchObject({ repair: true, kinds: ["unmapped"] });
  });

  it("is a look at everything once a day, which two messages at once start once", async () => {
    const started = await Promise.all([runOf(deps, {}), runOf(deps, {})]);
    const runs = started.filter((runId) => runId !== undefined);
    expect(runs).toHaveLength(1);
    const [runId = ""] = runs;
    expect(await deps.runs.find(runId)).toMatchObject({ repair: false, kinds: DRIFT_KINDS });

    // The next day's, while yesterday's is still at work, is left out; one that fell silent is gone on with.
    expect(await runOf(deps, {})).toBeUndefined();
    nowEpochMs += 2 * 60 * 60 * 1000;
    expect(await runOf(deps, {})).toBe(runId);
    await advance(deps, runId, never);
    expect(await runOf(deps, {})).not.toBe(runId);
  });
});
