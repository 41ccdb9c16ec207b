import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  accountOf,
  EU,
  newPlacements,
  recordingLedger,
  somebody,
  US,
} from "../../test/placements.ts";
import { type Engine, startDynalite } from "../../test/tables.ts";
import { deleteDueCopies } from "./delete-copies.ts";
import type { Account, Draft, Entry } from "./entry.ts";
import { PlacementUnavailableError } from "./errors.ts";
import { record } from "./ledger.ts";
import { afterForgotten, afterRequest, afterSeen } from "./steps.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

const POLICY = { version: 1, graceDays: 30 };
const OPERATOR = { decidedBy: "operator", reason: "operator", policyVersion: 1 } as const;
const HOUR_MS = 60 * 60 * 1000;
const GRACE_MS = 31 * 24 * HOUR_MS;

/** A ledger, and two pools that lose accounts and hold them as the test says. */
async function given() {
  const { ledger } = await newPlacements(engine.client);
  const { deps, time } = recordingLedger(ledger);
  const deleted: string[] = [];
  const told: { readonly level: string; readonly message: string }[] = [];
  const failing = new Set<string>();
  const missing = new Set<string>();
  let hasTime = () => true;
  const run = () =>
    deleteDueCopies({
      ...deps,
      ledger,
      region: US,
      async deleteAccount({ sub }: Account) {
        if (failing.has(sub))
          throw new PlacementUnavailableError("a pool did not answer", { reason: "denied" });
        deleted.push(sub);
        return true;
      },
      isThere: async ({ sub }) => !missing.has(sub),
      hasTime: () => hasTime(),
      log: (level, message) => void told.push({ level, message }),
      count: () => undefined,
    });
  const tell = (n: number, id: string, decide: (head?: Entry) => readonly (Draft | undefined)[]) =>
    record(deps, somebody(n), { id, correlationId: id }, (head) =>
      decide(head).flatMap((draft) => draft ?? []),
    );
  const seenAt = (n: number, region: typeof US) =>
    tell(n, `seen-${region}`, (head) =>
      afterSeen(
        head,
        { account: accountOf(n, region), decided: { region, rule: "rule" } },
        POLICY,
        time.nowMs,
      ),
    );
  return {
    ledger,
    time,
    deleted,
    told,
    failing,
    missing,
    run,
    hasTimeFor(copies: number) {
      let left = copies;
      hasTime = () => left-- > 0;
    },
    /** Somebody who lived in the US, and left a copy there. */
    async moved(n: number) {
      await seenAt(n, US);
      await tell(n, "ask", (head) => [head && afterRequest(head, EU, OPERATOR, time.nowMs)]);
      await seenAt(n, EU);
    },
    forget: (n: number) =>
      tell(n, "forget", (head) => [head && afterForgotten(head, OPERATOR, time.nowMs)]),
  };
}

const subOf = (n: number) => accountOf(n, US).sub;

describe("old copies", () => {
  it("of somebody forgotten go at once, with a receipt, and are not asked for again", async () => {
    const test = await given();
    await test.moved(1);
    await test.run();
    expect(test.deleted).toEqual([]);

    await test.forget(1);
    await test.run();

    expect(test.deleted).toEqual([subOf(1)]);
    const [head] = await test.ledger.recent(somebody(1), 1);
    expect(head).toMatchObject({ fact: "copy-deleted", copies: [] });
    expect(head).not.toHaveProperty("account");
    test.time.nowMs += GRACE_MS;
    await test.run();
    expect(test.deleted).toEqual([subOf(1)]);
    expect(test.told).toEqual([]);
  });

  it("that fail, or have to stay, hold up no other and come again later", async () => {
    const test = await given();
    for (const n of [1, 2, 3]) await test.moved(n);
    test.failing.add(subOf(1));
    test.missing.add(accountOf(2, EU).sub);
    test.time.nowMs += GRACE_MS;

    await test.run();
    expect(test.deleted).toEqual([subOf(3)]);
    expect(test.told).toHaveLength(2);
    await test.run();
    expect(test.told).toHaveLength(2);

    test.failing.clear();
    test.time.nowMs += HOUR_MS;
    await test.run();
    expect(test.deleted).toEqual([subOf(3), subOf(1)]);
    test.missing.clear();
    test.time.nowMs += 23 * HOUR_MS;
    await test.run();
    expect(test.deleted).toEqual([subOf(3), subOf(1), subOf(2)]);
  });

  it("are deleted for as long as there is time, and the next run goes on", async () => {
    const test = await given();
    for (const n of [1, 2, 3]) await test.moved(n);
    test.time.nowMs += GRACE_MS;

    test.hasTimeFor(2);
    await test.run();
    expect(test.deleted).toHaveLength(2);
    test.hasTimeFor(9);
    await test.run();
    expect(new Set(test.deleted)).toEqual(new Set([1, 2, 3].map(subOf)));
    expect(test.deleted).toHaveLength(3);
  });
});
