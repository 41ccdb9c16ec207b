import type { EventDetail } from "@carryover/events/define";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  legacy,
  migrated,
  newPool,
  newSub,
  oldSub,
  recording,
  signedIn,
  signedInAfterCrossing,
  userId,
} from "../../test/person.ts";
import { type Engine, newStore, startDynalite } from "../../test/tables.ts";
import { linkMigration, linkSignIn } from "./commands.ts";
import type { IdentityStore } from "./store.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

/** What reaches the service about one person: some of it is missing, some comes several times. */
type Told = "both" | "migration is lost" | "sign-in does not say the old side";

const eventsOf: Record<Told, (n: number) => Message[]> = {
  both: (n) => [migrated(n), signedInAfterCrossing(n)],
  "migration is lost": (n) => [signedIn(n), signedInAfterCrossing(n)],
  "sign-in does not say the old side": (n) => [migrated(n), signedIn(n)],
};
type Message =
  | ReturnType<typeof migrated>
  | ReturnType<typeof signedIn>
  | ReturnType<typeof signedInAfterCrossing>;

const people = fc.array(
  fc.constantFrom<Told>("both", "migration is lost", "sign-in does not say the old side"),
  { minLength: 1, maxLength: 3 },
);

/** Messages with duplicates, in any order, in batches whose messages are handled at the same time. */
const deliveries = people.chain((told) => {
  const messages = told.flatMap((one, n) => eventsOf[one](n));
  return fc
    .tuple(
      fc.shuffledSubarray([...messages, ...messages], {
        minLength: messages.length,
      }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 10 }),
    )
    .map(([chosen, sizes]) => ({
      told,
      // At least once: what the shuffle left out comes last.
      messages: [...chosen, ...messages.filter((message) => !chosen.includes(message))],
      sizes,
    }));
});

/** Lets the calls of messages that are handled at the same time go in any order, one by one. */
function interleaved(store: IdentityStore, scheduler: fc.Scheduler): IdentityStore {
  return {
    ...store,
    resolveSub: scheduler.scheduleFunction(store.resolveSub),
    claim: scheduler.scheduleFunction(store.claim),
    addToUser: scheduler.scheduleFunction(store.addToUser),
    linksOf: scheduler.scheduleFunction(store.linksOf),
    settle: scheduler.scheduleFunction(store.settle),
  };
}

it("ends with one person for each, in whatever order and however often the events come", async () => {
  const idsEverSaid = new Map<string, string>();
  await fc.assert(
    fc.asyncProperty(deliveries, fc.scheduler(), async ({ told, messages, sizes }, scheduler) => {
      const store = await newStore(engine.client);
      const { deps, published } = recording(interleaved(store, scheduler));
      const handle = (message: Message) =>
        "source" in message.data
          ? linkMigration(deps, message as EventDetail<ReturnType<typeof migrated>["data"]>)
          : linkSignIn(deps, message as EventDetail<ReturnType<typeof signedIn>["data"]>);

      for (let start = 0, turn = 0; start < messages.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        await scheduler.waitFor(Promise.all(messages.slice(start, start + size).map(handle)));
        start += size;
      }

      for (const n of told.keys()) {
        const sides = [
          await store.resolveSub(legacy.userPoolId, oldSub(n)),
          await store.resolveSub(newPool, newSub(n)),
        ];
        expect(sides.map((side) => side?.userId)).toEqual([userId(n), userId(n)]);
        expect(await store.linksOf(userId(n))).toHaveLength(2);

        const said = published.filter(({ detail }) =>
          JSON.stringify(detail.data).includes(newSub(n)),
        );
        const ids = new Set(said.map(({ detail }) => detail.metadata.id));
        expect(ids.size).toBe(1);
        expect(said[0]?.detail.data).toMatchObject({
          userId: userId(n),
          old: { sub: oldSub(n) },
          new: { sub: newSub(n) },
        });
        const [id = ""] = ids;
        expect(idsEverSaid.get(newSub(n)) ?? id).toBe(id);
        idsEverSaid.set(newSub(n), id);
      }
      expect((await store.listReviews("conflict")).reviews).toEqual([]);
    }),
    { numRuns: 20 },
  );
}, 60_000);
