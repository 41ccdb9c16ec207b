import type { OutgoingEvent } from "@carryover/core/events/event";
import { advance, newRun } from "@carryover/core/reconcile/advance";
import { countsOf, DRIFT_KINDS } from "@carryover/core/reconcile/schema";
import { clientsFor } from "@carryover/local/clients";
import { type Services, startServices } from "@carryover/local/services";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWorld, type Inhabitant, type World } from "./steps/world.ts";

let services: Services;
beforeAll(async () => {
  services = await startServices({ port: 0, homeRegion: "us-east-1" });
});
afterAll(() => services.stop());

const people = fc.array(
  fc.record({
    crossed: fc.constantFrom(true, true, true, false),
    groups: fc.subarray(["readers", "editors"], { minLength: 1 }),
    /** Somebody takes the groups away in the new pool, once they are there. */
    revoked: fc.boolean(),
  }),
  { minLength: 1, maxLength: 3 },
);

/**
 * What becomes of the event, or of the message in a queue, that is next. `half heard`: its service did the work, and the
 * events that followed from it were lost. `heard by one`: of the services that listen to it.
 */
const fate = fc.record({
  next: fc.nat(100),
  fate: fc.constantFrom(
    "heard",
    "heard twice",
    "twice at once",
    "lost",
    "half heard",
    "heard by one",
  ),
});

const history = fc.record({
  people,
  fates: fc.array(fate, { maxLength: 12 }),
  /** When the identity table is lost with all that is in it. */
  tableIsLost: fc.constantFrom("never", "on the way", "at the end"),
  /** With everything that is still on it; else that arrives. */
  busGoesDown: fc.boolean(),
  /** The order in which reconcile's own events arrive, some of them twice. */
  after: fc.array(fate, { maxLength: 6 }),
});

/** Said again after a loss, a mapping must not give back what somebody took away meanwhile. */
const GROUPS_TAKEN_AND_TABLE_LOST = {
  people: [{ crossed: true, groups: ["readers"], revoked: true }],
  fates: [],
  tableIsLost: "at the end" as const,
  busGoesDown: false,
  after: [],
};

/** Of the two services that listen to a mapping, one alone hears of it. */
const heardByGroups = { next: 0, fate: "heard by one" as const };
const HEARD_BY_ONE = {
  people: [{ crossed: true, groups: ["readers"], revoked: false }],
  fates: [heardByGroups, heardByGroups, heardByGroups],
  tableIsLost: "never" as const,
  busGoesDown: false,
  after: [],
};

it("ends in the model's state, whatever was lost, repeated, or overtook another, once it is reconciled", async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ people, fates, tableIsLost, busGoesDown, after }) => {
      const world = await createWorld(clientsFor(services.endpoint, "us-east-1"));
      const inhabitants: (Inhabitant & { readonly revoked: boolean })[] = [];
      for (const [index, { revoked, ...somebody }] of people.entries()) {
        inhabitants.push({ ...(await world.arrive(somebody, `person${index}`)), revoked });
      }
      for (const [index, { next, fate }] of fates.entries()) {
        if (index === 3 && tableIsLost === "on the way") await world.loseIdentityTable();
        await befall(world, next, fate);
      }
      if (busGoesDown) world.bus.length = 0;
      await settle(world);
      const taken = await revoke(world, inhabitants);
      if (tableIsLost === "at the end") await world.loseIdentityTable();

      await reconcile(world, "repair");
      for (const { next, fate } of after) {
        await befall(world, next, fate === "heard twice" ? fate : "heard");
      }
      await settle(world);
      // What is lacking behind a mapping is seen once the mapping is there.
      await reconcile(world, "repair again");
      await settle(world);

      expect(await reconcile(world, "at the end")).toEqual([]);
      for (const { userId, old, now, crossed, groups } of inhabitants) {
        expect((await world.identities.resolveSub(world.newPool, now))?.userId).toBe(userId);
        expect(await world.identities.linksOf(userId)).toHaveLength(crossed ? 2 : 1);
        if (old !== undefined) {
          expect((await world.identities.resolveSub(world.oldPool, old))?.userId).toBe(userId);
        }
        const model = crossed && !taken.has(now) ? groups : [];
        expect(await world.groupsOf(now)).toEqual([...model].toSorted());
        const ids = world.said.filter((event) => isMapping(event, userId)).map(idOf);
        expect(new Set(ids).size).toBe(crossed ? 1 : 0);
        const progress = await world.progressOf(userId);
        expect(progress.map(({ status }) => status)).toEqual(crossed ? ["done"] : []);
        if (old !== undefined)
          expect([world.books.get(old), world.books.get(now)]).toEqual([undefined, 1]);
      }
      expect((await world.identities.listReviews("conflict")).reviews).toEqual([]);
    }),
    { numRuns: 10, examples: [[GROUPS_TAKEN_AND_TABLE_LOST], [HEARD_BY_ONE]] },
  );
}, 150_000);

async function befall(world: World, next: number, fate: string): Promise<void> {
  const { bus, tasks } = world;
  const at = next % Math.max(1, bus.length + tasks.length);
  const times = fate === "twice at once" ? 2 : 1;
  const [task] = at < bus.length ? [] : tasks.splice(at - bus.length, 1);
  // A queue loses nothing.
  if (task) await Promise.all(Array.from({ length: times }, () => world.workOn(task)));
  if (task && fate === "heard twice") tasks.push(task);
  const [event] = bus.splice(at, 1);
  if (task || !event || fate === "lost") return;
  const before = new Set(bus);
  const to = next % 2 === 0 ? "groups" : "downstream";
  await Promise.all(
    Array.from({ length: times }, () =>
      world.deliver(event, fate === "heard by one" ? to : undefined),
    ),
  );
  if (fate === "heard twice") bus.push(event);
  if (fate === "half heard") bus.splice(0, bus.length, ...bus.filter((one) => before.has(one)));
}

/** Everything on the bus and in the queue arrives, and what follows from it. */
async function settle(world: World): Promise<void> {
  const { bus, tasks } = world;
  while (bus.length + tasks.length > 0) {
    const event = bus.shift();
    if (event) await world.deliver(event);
    const task = tasks.shift();
    if (task) await world.workOn(task);
  }
}

/** Takes their groups from those who are to lose them, and have them. Answers from whom. */
async function revoke(
  world: World,
  inhabitants: readonly (Inhabitant & { readonly revoked: boolean })[],
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  for (const { revoked, old, now } of inhabitants) {
    if (!revoked || old === undefined) continue;
    const carriage = {
      old: { poolId: world.oldPool, sub: old },
      new: { poolId: world.newPool, sub: now },
    };
    if (!(await world.groups.find(carriage))) continue;
    await world.takeGroups(now, await world.groupsOf(now));
    taken.add(now);
  }
  return taken;
}

/** Answers what was found. */
async function reconcile({ reconciling }: World, runId: string) {
  const run = await newRun(reconciling, {
    runId,
    repair: runId !== "at the end",
    kinds: DRIFT_KINDS,
  });
  await reconciling.runs.save(run);
  const done = await advance(reconciling, runId, () => false);
  return done ? countsOf(done).filter(({ found }) => found > 0) : "another worker has it";
}

function isMapping({ name, detail }: OutgoingEvent, userId: string): boolean {
  return name === "UserIdMapped" && (detail.data as { userId: string }).userId === userId;
}

function idOf({ detail }: OutgoingEvent): string {
  return detail.metadata.id;
}
