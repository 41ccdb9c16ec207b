import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  AP,
  accountOf,
  EU,
  newPlacements,
  REGIONS,
  recordingLedger,
  somebody,
  US,
} from "../../test/placements.ts";
import { type Engine, startDynalite } from "../../test/tables.ts";
import type { Region } from "../kernel/ids.ts";
import { brokenAt, type Draft, type Entry } from "./entry.ts";
import { record } from "./ledger.ts";
import type { PlacementStore } from "./placement-store.ts";
import { afterCancel, afterCopyDeleted, afterForgotten, afterRequest, afterSeen } from "./steps.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

const POLICY = { version: 1, graceDays: 30 };
const OPERATOR = { decidedBy: "operator", reason: "operator", policyVersion: 1 } as const;

/** What can happen to a user, as the ledger hears of it. */
type Happening =
  | {
      readonly kind: "seen";
      readonly at: Region;
      readonly policySays: Region;
      readonly version: number;
    }
  | { readonly kind: "asked"; readonly to: Region }
  | { readonly kind: "cancelled" }
  | { readonly kind: "forgotten" }
  | { readonly kind: "deleted"; readonly at: Region };

const region = fc.constantFrom(US, EU, AP);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("seen" as const),
      at: region,
      policySays: region,
      version: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("asked" as const), to: region }) },
  fc.constant({ kind: "cancelled" as const }),
  fc.constant({ kind: "forgotten" as const }),
  fc.record({ kind: fc.constant("deleted" as const), at: region }),
);

function draftsOf(one: Happening, head: Entry | undefined, nowMs: number): readonly Draft[] {
  const only = (draft: Draft | undefined) => (draft ? [draft] : []);
  switch (one.kind) {
    case "seen": {
      const decided = { region: one.policySays, rule: `to-${one.policySays}` };
      const policy = { ...POLICY, version: one.version };
      return afterSeen(head, { account: accountOf(1, one.at), decided }, policy, nowMs);
    }
    case "asked":
      return only(head && afterRequest(head, one.to, OPERATOR, nowMs));
    case "cancelled":
      return only(head && afterCancel(head, OPERATOR));
    case "forgotten":
      return only(head && afterForgotten(head, OPERATOR, nowMs));
    case "deleted":
      return only(head && afterCopyDeleted(head, accountOf(1, one.at), "grace-over"));
  }
}

/** Lets the calls of messages that are handled at the same time go in any order, one by one. */
function interleaved(ledger: PlacementStore, scheduler: fc.Scheduler): PlacementStore {
  return {
    ...ledger,
    recent: scheduler.scheduleFunction(ledger.recent),
    append: scheduler.scheduleFunction(ledger.append),
  };
}

it("ends in one whole chain with one home, in whatever order and however often it is told", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(5), { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
      fc.scheduler(),
      async (happenings, repeats, sizes, scheduler) => {
        const { ledger } = await newPlacements(engine.client);
        const { deps, published } = recordingLedger(interleaved(ledger, scheduler));
        const told = happenings.map((one, index) => ({ one, id: `cause-${index}` }));
        const messages = [...told, ...repeats.flatMap((index) => told[index] ?? [])];
        const handle = ({ one, id }: (typeof told)[number]) =>
          record(deps, somebody(1), { id, correlationId: id }, (head) =>
            draftsOf(one, head, deps.origin.clock()),
          );

        for (let start = 0, turn = 0; start < messages.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          await scheduler.waitFor(Promise.all(messages.slice(start, start + size).map(handle)));
          start += size;
        }

        const entries = await ledger.history(somebody(1));
        expect(brokenAt(entries)).toBeUndefined();
        for (const entry of entries) {
          // One home: no copy is the home account, and no two copies are of one region.
          expect(entry.account?.region ?? entry.home).toBe(entry.home);
          expect(entry.copies.map(({ region: of }) => of)).not.toContain(entry.home);
          expect(new Set(entry.copies.map(({ poolId }) => poolId)).size).toBe(entry.copies.length);
          expect(entry.movingTo).not.toBe(entry.home);
          expect(REGIONS).toContain(entry.home);
          // Who is forgotten moves nowhere, and leaves nothing behind.
          if (!entry.account) {
            expect(["forgotten", "copy-deleted"]).toContain(entry.fact);
            expect(entry.movingTo).toBeUndefined();
            for (const { deleteAfter } of entry.copies)
              expect(deleteAfter <= entry.at, "due").toBe(true);
          }
        }
        // Nobody is lost: every account that was home is home still, a copy, has its receipt, or is forgotten.
        const homes = new Set(entries.flatMap(({ account }) => account?.sub ?? []));
        const last = entries.at(-1);
        const kept = [last?.account?.sub, ...(last?.copies ?? []).map(({ sub }) => sub)];
        const deleted = entries
          .filter(({ fact }) => fact === "copy-deleted")
          .map(({ from }) => from && accountOf(1, from).sub);
        const forgotten = entries
          .filter((_, at) => entries[at + 1]?.fact === "forgotten")
          .map(({ account }) => account?.sub);
        for (const sub of homes) expect([...kept, ...deleted, ...forgotten]).toContain(sub);
        // Each step was said under one id, and only what is in the ledger.
        const saidOf = entries.filter(({ fact }) =>
          ["placed", "relocation-requested", "relocated"].includes(fact),
        );
        expect(new Set(published.map(({ detail }) => detail.metadata.id)).size).toBe(saidOf.length);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
