import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { type Engine, newTable, startDynalite } from "../../test/tables.ts";
import { DownstreamSystem } from "../config/downstream-schema.ts";
import type { OutgoingEvent } from "../events/event.ts";
import { derivedId } from "../kernel/ids.ts";
import { acknowledge, learnPair } from "./commands.ts";
import { control, type Order } from "./control.ts";
import { changeOf, Pair, pairIdOf, type Task } from "./schema.ts";
import { downstreamStore } from "./store.ts";
import type { Applied, System } from "./system.ts";
import { work } from "./work.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

const settings = z.parse(DownstreamSystem, {
  kind: "event",
  keyedOn: "newSub",
  retry: { maxAttempts: 3, firstDelaySeconds: 60 },
});

function person(name: string): Pair {
  const sub = derivedId("old", name);
  return z.parse(Pair, {
    userId: sub,
    old: { sourceId: "legacy", poolId: "us-east-1_Old", sub },
    new: { poolId: "us-east-1_New", region: "us-east-1", sub: derivedId("new", name) },
  });
}

/** The service with queues that a test empties, and a clock that it moves. */
async function service(systems: readonly string[] = ["crm"]) {
  const table = await newTable(engine.client, "downstream", "gsi1");
  let nowMs = Date.parse("2026-11-23T00:00:00Z");
  const tasks: { system: string; task: Task }[] = [];
  const orders: Order[] = [];
  const events: OutgoingEvent[] = [];
  const store = downstreamStore(engine.client, table);
  const common = {
    store,
    publish: async (more: readonly OutgoingEvent[]) => void events.push(...more),
    origin: { stage: "test", region: "us-east-1", clock: () => nowMs },
    log: () => undefined,
    send: async (system: string, more: readonly Task[]) => {
      tasks.push(...more.map((task) => ({ system, task })));
    },
  };
  const configured = () => Object.fromEntries(systems.map((name) => [name, settings]));
  const learn = (pair: Pair, into = configured()) =>
    learnPair(
      { ...common, systems: into },
      {
        metadata: {
          id: pairIdOf(pair),
          version: 1,
          occurredAt: "2026-11-23T00:00:00.000Z",
          correlationId: "r1",
          stage: "test",
          region: "us-east-1",
        },
        data: pair,
      },
    );
  return {
    store,
    tasks,
    orders,
    events,
    learn,
    configured,
    deps: common,
    later: (seconds: number) => {
      nowMs += seconds * 1000;
    },
    /** Carries out an order with all of its pages. */
    async order(order: Order) {
      const waiting = [order];
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        orders.push(next);
        await control(
          { ...common, systems: configured(), next: async (one) => void waiting.push(one) },
          next,
          "order-1",
        );
      }
    },
    /** Works on what is in the queue; what that adds is left for the next time. */
    async workOff(system: System) {
      for (const { system: name, task } of tasks.splice(0)) {
        await work(
          { ...common, name, settings, system, budgetMs: 10_000, random: () => 0.5 },
          task,
        );
      }
    },
    statusOf: async (pair: Pair) =>
      (await store.ofUser(pair.userId, "crm")).map(({ status }) => status),
  };
}

const answering = (answer: Applied): System => ({
  apply: async () => answer,
  verify: async () => ({ outcome: "counted", remaining: 0 }),
});
const fine = answering({ outcome: "done", changed: 2 });

describe("an order for a system that there is not", () => {
  it.each(["erp", "constructor"])("is nobody's work: %s", async (system) => {
    const { learn, order, tasks, store } = await service();
    const pair = person("nobody");
    await learn(pair, {});
    await order({ order: "backfill", system });
    expect(tasks).toEqual([]);
    expect(await store.ofUser(pair.userId, system)).toEqual([]);
  });
});

describe("a system that is added later", () => {
  it("gets everybody by a backfill, page by page and once", async () => {
    const { learn, order, workOff, store, tasks, orders, events } = await service();
    const people = Array.from({ length: 320 }, (_, n) => person(`backfill ${n}`));
    for (let n = 0; n < people.length; n += 50) {
      await Promise.all(people.slice(n, n + 50).map((one) => learn(one, {})));
    }
    expect(tasks).toEqual([]);

    await order({ order: "backfill", system: "crm" });

    expect(new Set(tasks.map(({ task }) => pairIdOf(task.pair))).size).toBe(people.length);
    expect(tasks).toHaveLength(people.length);
    // Sixteen lists of some twenty each, one page for every list.
    expect(orders).toHaveLength(16);
    await workOff(fine);
    expect(await store.count("crm", "done")).toBe(people.length);
    expect(await store.count("crm", "pending")).toBe(0);
    expect(new Set(events.map(({ detail }) => detail.metadata.id)).size).toBe(people.length);
  }, 120_000);

  it("gets a list of more than one page whole, and nobody again who is done", async () => {
    const { learn, order, workOff, tasks, orders, statusOf } = await service();
    // All in one list: their old subs begin alike.
    const people = Array.from({ length: 150 }, (_, n) => {
      const sub = derivedId("old", `page ${n}`).replace(/^./, "a");
      return z.parse(Pair, { ...person(`page ${n}`), old: { ...person("x").old, sub } });
    });
    await Promise.all(people.map((one) => learn(one, {})));

    await order({ order: "backfill", system: "crm" });
    expect(tasks).toHaveLength(150);
    expect(orders).toHaveLength(17);
    await workOff(fine);
    await order({ order: "backfill", system: "crm" });
    expect(tasks).toEqual([]);

    const [first] = people;
    await order({ order: "verify", system: "crm" });
    await workOff(fine);
    expect(first && (await statusOf(first))).toEqual(["verified"]);
  });
});

describe("work on a system", () => {
  it("that throws is tried again like any other, and ends with a person", async () => {
    const { learn, order, workOff, later, statusOf, events } = await service();
    const ann = person("throws");
    await learn(ann);
    const throwing: System = {
      ...fine,
      // As a merge function of the configuration does.
      apply: async () => {
        throw new TypeError("ann@example.com has no total");
      },
    };
    for (let n = 1; n <= 3; n += 1) {
      await workOff(throwing);
      later(3600);
      await order({ order: "sweep" });
    }
    expect(await statusOf(ann)).toEqual(["failed"]);
    const failures = events.filter(({ name }) => name === "DownstreamFailed");
    expect(failures.map(({ detail }) => detail.data)).toEqual([
      expect.objectContaining({ userId: ann.userId, reason: "TypeError" }),
    ]);
    expect(JSON.stringify(events)).not.toContain("ann@example.com");
  });

  it("that failed waits, is tried again when it is due, and ends with a person", async () => {
    const { learn, order, workOff, tasks, later, statusOf, events } = await service();
    const ann = person("ann");
    await learn(ann);
    let calls = 0;
    const failing: System = {
      ...fine,
      apply: async () => {
        calls += 1;
        return { outcome: "retry", reason: "http-500" };
      },
    };
    for (let n = 1; n <= 3; n += 1) {
      await workOff(failing);
      // The message comes once more, too early.
      tasks.push({ system: "crm", task: taskOf(ann) });
      await workOff(failing);
      await order({ order: "sweep" });
      later(3600);
      await order({ order: "sweep" });
    }
    expect(calls).toBe(3);
    expect(await statusOf(ann)).toEqual(["failed"]);
    expect(events.map(({ name }) => name)).toContain("DownstreamFailed");
    const [failed] = events.filter(({ name }) => name === "DownstreamFailed");
    expect(failed?.detail.data).toEqual({
      userId: ann.userId,
      system: "crm",
      attempts: 3,
      changed: 0,
      reason: "http-500",
    });

    await order({ order: "retry", system: "crm" });
    await workOff(failing);
    expect(await statusOf(ann)).toEqual(["pending"]);
    later(3600);
    await order({ order: "sweep" });
    await workOff(fine);
    expect(await statusOf(ann)).toEqual(["done"]);
  });

  it("stays pending while the system is paused, and goes on when it is resumed", async () => {
    const { learn, order, workOff, store, later, statusOf } = await service();
    const [ann, bob] = [person("ann"), person("bob")];
    await learn(ann);
    await workOff(answering({ outcome: "closed", reason: "http-410" }));
    expect(await store.findSystem("crm")).toMatchObject({ paused: true, reason: "http-410" });
    await learn(bob);
    await workOff(fine);
    later(3600);
    await order({ order: "sweep" });
    await workOff(fine);
    expect([await statusOf(ann), await statusOf(bob)]).toEqual([["pending"], ["pending"]]);

    await store.setSystem({ system: "crm", paused: false, since: "2026-11-23T00:00:00.000Z" });
    await order({ order: "sweep" });
    await workOff(fine);
    expect([await statusOf(ann), await statusOf(bob)]).toEqual([["done"], ["done"]]);
  });

  it("goes on where it stopped, and counts all of its pieces", async () => {
    const { learn, workOff, store } = await service();
    const ann = person("ann");
    await learn(ann);
    const cursors: (string | undefined)[] = [];
    const long: System = {
      ...fine,
      apply: async (_, { cursor }) => {
        cursors.push(cursor);
        const at = Number(cursor ?? 0) + 1;
        return at < 3
          ? { outcome: "more", changed: 10, cursor: String(at) }
          : { outcome: "done", changed: 1 };
      },
    };
    for (let n = 0; n < 3; n += 1) await workOff(long);
    expect(cursors).toEqual([undefined, "1", "2"]);
    expect(await store.ofUser(ann.userId)).toMatchObject([
      { status: "done", changed: 21, attempts: 1 },
    ]);
  });

  it("that is verified shows what was left over as a failure", async () => {
    const { learn, order, workOff, store } = await service();
    const ann = person("ann");
    await learn(ann);
    await workOff(fine);
    await order({ order: "verify", system: "crm" });
    await workOff({ ...fine, verify: async () => ({ outcome: "counted", remaining: 4 }) });
    expect(await store.ofUser(ann.userId)).toMatchObject([
      { status: "failed", reason: "left-over", remaining: 4 },
    ]);
  });

  it("in a dry run leaves no progress behind, only what it found", async () => {
    const { learn, order, workOff, store } = await service();
    const ann = person("ann");
    await learn(ann, {});
    await order({ order: "dry-run", system: "crm" });
    await workOff(answering({ outcome: "refused", reason: "conflict", changed: 3 }));
    expect(await store.ofUser(ann.userId)).toEqual([]);
    expect((await store.dryRuns("crm")).items).toMatchObject([
      { userId: ann.userId, changes: 3, reason: "conflict" },
    ]);
  });

  it("needs no call where the system is keyed on what the user ID is already", async () => {
    const change = changeOf("crm", { keyedOn: "userId" }, person("ann"));
    expect(change.from).toBe(change.to);
    expect(change.wrong).toEqual([person("ann").new.sub]);
  });

  it("that a system acknowledges itself fails when it says nothing in time", async () => {
    const { learn, order, workOff, later, deps, statusOf, store } = await service();
    const [ann, bob] = [person("ann"), person("bob")];
    await learn(ann);
    await learn(bob);
    const waiting = answering({ outcome: "waiting", withinSeconds: 3600 });
    await workOff(waiting);
    const data = { userId: ann.userId, system: "crm", changed: 5 };
    await acknowledge(deps, { data });
    await acknowledge(deps, { data });
    later(4000);
    await order({ order: "sweep" });
    await workOff(waiting);
    expect([await statusOf(ann), await statusOf(bob)]).toEqual([["done"], ["failed"]]);
    expect(await store.ofUser(ann.userId)).toMatchObject([{ changed: 5 }]);
    await expect(
      acknowledge(deps, { data: { ...data, userId: person("nobody").userId } }),
    ).rejects.toMatchObject({ kind: "missing" });
  });

  it("is acknowledged although its own function writes at the same moment, and not for ever", async () => {
    const { learn, deps, store } = await service();
    const ann = person("ann");
    await learn(ann);
    const data = { userId: ann.userId, system: "crm", changed: 5 };
    const busy = (writes: number) => {
      let left = writes;
      const save: typeof store.save = async (progress, previous) => {
        left -= 1;
        if (left >= 0) await store.save({ ...progress, status: "pending" }, previous);
        return store.save(progress, previous);
      };
      return { ...deps, store: { ...store, save } };
    };
    await expect(acknowledge(busy(9), { data })).rejects.toMatchObject({ kind: "unavailable" });
    await acknowledge(busy(2), { data });
    expect(await store.ofUser(ann.userId)).toMatchObject([{ status: "done", changed: 5 }]);
  });

  it("is acknowledged for user IDs alone: what else is said, such as an address, is repeated nowhere", async () => {
    const { deps } = await service();
    const data = { userId: "ann@example.com", system: "crm" };
    const failure = await acknowledge(deps, { data }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "invalid", facts: { fields: "userId" } });
    expect(JSON.stringify(failure)).not.toContain("ann@");
  });

  it("ends done, whatever repeats, comes in another order or is lost", async () => {
    const people = ["a", "b", "c"].map(person);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.record({ do: fc.constant("learn" as const), who: fc.nat(2) }),
            fc.record({ do: fc.constant("repeat" as const), who: fc.nat(2) }),
            fc.record({
              do: fc.constantFrom(
                "lose" as const,
                "sweep" as const,
                "work" as const,
                "fail" as const,
                "backfill" as const,
              ),
            }),
          ),
          { maxLength: 12 },
        ),
        async (steps) => {
          const { learn, order, workOff, tasks, later, store, events } = await service();
          for (const step of steps) {
            const who = "who" in step ? people[step.who] : undefined;
            if (step.do === "learn" && who) await learn(who);
            if (step.do === "repeat" && who) tasks.push({ system: "crm", task: taskOf(who) });
            if (step.do === "lose") tasks.splice(0);
            if (step.do === "work") await workOff(fine);
            if (step.do === "fail")
              await workOff(answering({ outcome: "retry", reason: "x", afterSeconds: 1 }));
            if (step.do === "sweep") await order({ order: "sweep" });
            if (step.do === "backfill") await order({ order: "backfill", system: "crm" });
          }
          for (const one of people) await learn(one);
          for (let round = 0; round < 3; round += 1) {
            later(86_400);
            await order({ order: "retry", system: "crm" });
            await order({ order: "sweep" });
            await workOff(fine);
          }
          expect(await store.count("crm", "done")).toBe(people.length);
          const done = events.filter(({ name }) => name === "DownstreamUpdated");
          expect(new Set(done.map(({ detail }) => detail.metadata.id)).size).toBe(people.length);
        },
      ),
      { numRuns: 20 },
    );
  });
});

function taskOf(pair: Pair): Task {
  return { task: "apply", pair, cause: { id: "c", correlationId: "r1" } };
}
