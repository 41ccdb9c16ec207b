import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accountOf, EU, newPlacements, somebody, US } from "../../test/placements.ts";
import { type Engine, startDynalite } from "../../test/tables.ts";
import type { Region, UserId } from "../kernel/ids.ts";
import { type Draft, type Entry, follow } from "../placement/entry.ts";
import { homeWalk } from "../placement/home-walk-store.ts";
import type { PlacementStore } from "../placement/placement-store.ts";
import { examineHome, type HomeDeps, type HomeLedger, homesGone, type Resident } from "./homes.ts";
import type { NewPool } from "./ports.ts";

let engine: Engine;
let ledger: PlacementStore;
let walk: ReturnType<typeof homeWalk>;
beforeAll(async () => {
  engine = await startDynalite();
});
beforeEach(async () => {
  const { ledger: store, table } = await newPlacements(engine.client);
  ledger = store;
  walk = homeWalk(engine.client, table);
});
afterAll(() => engine.stop());

const NOW = Date.UTC(2026, 10, 22, 10);
const at = (hoursFromNow: number) => new Date(NOW + hoursFromNow * 3_600_000).toISOString();

const placedIn = (n: number, region: Region): Draft => ({
  fact: "placed",
  home: region,
  account: accountOf(n, region),
  decidedBy: "policy",
  copies: [],
  reason: "default",
  policyVersion: 1,
});

/** Writes a user's chain. */
async function given(userId: UserId, ...drafts: readonly Draft[]): Promise<void> {
  let head: Entry | undefined;
  for (const draft of drafts) {
    head = follow(head, draft, { userId, at: at(0), cause: "test" });
    await ledger.append(head);
  }
}

const NOTHING_ELSE = { hasSecondFactor: false, attributes: {} };

/** Pools in which just these accounts are. */
function pools(...there: readonly Resident["account"][]): NewPool[] {
  return [US, EU].map((region) => ({
    poolId: accountOf(0, region).poolId,
    region,
    count: async () => undefined,
    page: async () => ({ items: [], cursor: undefined }),
    find: async (sub) =>
      there.some((one) => one.region === region && one.sub === sub)
        ? { username: sub, sub, enabled: true, status: "CONFIRMED", ...NOTHING_ELSE }
        : undefined,
  }));
}

function deps(...there: readonly Resident["account"][]): HomeDeps & { readonly homes: HomeLedger } {
  const homes = {
    stateOf: async (userId: UserId) => (await ledger.recent(userId, 1))[0],
    page: walk.page,
  };
  return { homes, pools: pools(...there), clock: () => NOW };
}

const residentIn = (region: Region, hasArrived = true): Resident => ({
  userId: somebody(1),
  account: accountOf(1, region),
  hasArrived,
});

describe("an account", () => {
  it("is at home, or one of which the ledger has not heard once the user has arrived", async () => {
    await given(somebody(2), placedIn(2, US));
    const at2 = { userId: somebody(2), account: accountOf(2, US), hasArrived: true };

    expect(await examineHome(deps(), at2)).toBeUndefined();
    expect(await examineHome(deps(), residentIn(US))).toBe("placement-missing");
    expect(await examineHome(deps(), residentIn(US, false))).toBeUndefined();
  });

  it("is none of the ledger's business where people have no homes", async () => {
    expect(await examineHome({ ...deps(), homes: undefined }, residentIn(US))).toBeUndefined();
  });

  it("is a move that was not heard of where the user is to move, and a stray one after it was cancelled", async () => {
    const requested = {
      ...placedIn(1, US),
      fact: "relocation-requested",
      movingTo: EU,
      from: US,
    } as const;
    await given(somebody(1), placedIn(1, US), requested);
    const moving = await examineHome(deps(), residentIn(EU));
    const asked = await examineHome(deps(), residentIn(EU, false));

    const [head] = await ledger.recent(somebody(1), 1);
    const cancelled = { ...placedIn(1, US), fact: "relocation-cancelled" } as const;
    await ledger.append(
      follow(head, cancelled, { userId: somebody(1), at: at(0), cause: "cancel" }),
    );

    expect([moving, asked]).toEqual(["placement-missing", undefined]);
    // Who asked for a reset code there has not finished a sign-in, and the copy stays all the same.
    expect(await examineHome(deps(), residentIn(EU, false))).toBe("stray-account");
    expect(await examineHome(deps(), residentIn(US))).toBeUndefined();
  });

  it.each([
    [1, undefined],
    [-0.5, undefined],
    [-2, "copy-overdue"],
  ])("is an old copy until %i h from now", async (hours, kind) => {
    const copies = [{ ...accountOf(1, US), deleteAfter: at(hours) }];
    await given(somebody(1), placedIn(1, US), {
      ...placedIn(1, EU),
      fact: "relocated",
      from: US,
      copies,
    });

    expect(await examineHome(deps(), residentIn(US))).toBe(kind);
  });

  it("was made again where the one that the ledger knows is gone, and is a stray one beside it", async () => {
    const before = { ...accountOf(1, US), sub: accountOf(9, US).sub };
    await given(somebody(1), { ...placedIn(1, US), account: before });

    expect(await examineHome(deps(), residentIn(US))).toBe("placement-missing");
    expect(await examineHome(deps(before), residentIn(US))).toBe("stray-account");
  });

  it("is a stray one of somebody whom an operator has forgotten", async () => {
    const { account: _, ...forgotten } = placedIn(1, US);
    await given(somebody(1), placedIn(1, US), { ...forgotten, fact: "forgotten" });

    expect(await examineHome(deps(), residentIn(US))).toBe("stray-account");
  });
});

it("finds by pages who lives by an account that no pool has, and forgets who is forgotten", async () => {
  const PEOPLE = 130;
  await Promise.all(Array.from({ length: PEOPLE }, (_, n) => given(somebody(n), placedIn(n, US))));
  const { account: _, ...forgotten } = placedIn(7, US);
  await given(somebody(PEOPLE + 1), placedIn(7, US), { ...forgotten, fact: "forgotten" });
  const { homes } = deps();
  const there = Array.from({ length: PEOPLE }, (_, n) => accountOf(n, US)).filter(
    (_, n) => n !== 3,
  );

  const seen: UserId[] = [];
  const gone: UserId[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const page = await homes.page(cursor);
    seen.push(...page.items);
    gone.push(...(await homesGone(homes, pools(...there), page.items)).map((one) => one.userId));
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined);

  expect(new Set(seen).size).toBe(PEOPLE + 1);
  expect(pages).toBeGreaterThan(1);
  expect(gone).toEqual([somebody(3)]);
});
