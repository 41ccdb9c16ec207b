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
import { type AdvanceCohortsDeps, advanceCohorts } from "./advance-cohorts.ts";
import { cohortStore } from "./cohort-store.ts";
import { loginKeys } from "./login-key.ts";
import { seal, unseal } from "./seal.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

const HOUR_MS = 60 * 60 * 1000;
const POOL = accountOf(1, US).poolId;

const userOf = (n: number) => ({
  username: accountOf(n, US).sub,
  sub: accountOf(n, US).sub,
  enabled: true,
  status: "CONFIRMED",
  hasSecondFactor: false,
  attributes: {},
});

/** A pool of six whose tokens are page numbers, and cohorts that stop after as many pages as the test says. */
async function given() {
  const { ledger, table } = await newPlacements(engine.client);
  const { deps, time } = recordingLedger(ledger);
  const cohorts = cohortStore(engine.client, table);
  const asked: { readonly from: string | undefined; readonly limit: number }[] = [];
  const told: string[] = [];
  const state = { stageKey: Buffer.alloc(32, 1), pages: 9, tokensAreGood: true, pageSize: 2 };
  const run = () => {
    let left = state.pages;
    const { stageKey, pageSize } = state;
    const all: AdvanceCohortsDeps = {
      ...deps,
      ledger,
      cohorts,
      region: US,
      homeRegion: US,
      regions: [US],
      keys: loginKeys({ stageKey: Buffer.alloc(32, 7), caseSensitive: false, regions: REGIONS }),
      policy: { version: 1, rules: [], default: US, graceDays: 30 },
      target: {
        usernameAttributes: ["email"],
        aliasAttributes: [],
        caseSensitive: false,
        requiredAttributes: [],
        attributes: {},
      },
      pool: {
        poolId: POOL,
        async page(_, from, limit) {
          asked.push({ from, limit });
          if (from !== undefined && !state.tokensAreGood) return undefined;
          const start = Number(from ?? 0);
          const end = start + limit;
          const users = [1, 2, 3, 4, 5, 6].slice(start, end).map(userOf);
          return { users, next: end < 6 ? String(end) : undefined };
        },
      },
      pageSize,
      pace: async () => undefined,
      hasTime: () => left-- > 0,
      seal: (text) => seal(stageKey, text),
      unseal: (text) => unseal(stageKey, text),
      endSessions: async () => {},
      log: (_, message) => void told.push(message),
    };
    return advanceCohorts(all);
  };
  const start = (id: string) =>
    cohorts.create({ id, kind: "policy", startedAt: "2026-11-22T10:00:00.000Z" }, []);
  return { cohorts, time, state, asked, told, run, start };
}

describe("a cohort", () => {
  it.each<[string, (test: Awaited<ReturnType<typeof given>>) => void]>([
    [
      "too old",
      ({ time }) => {
        time.nowMs += HOUR_MS;
      },
    ],
    [
      "not taken by the pool",
      ({ state }) => {
        state.tokensAreGood = false;
      },
    ],
    [
      "sealed under another key",
      ({ state }) => {
        state.stageKey = Buffer.alloc(32, 2);
      },
    ],
  ])("starts again where its place in the pool is %s, and counts nobody twice", async (_, lose) => {
    const test = await given();
    await test.start("all");
    test.state.pages = 1;
    await test.run();
    lose(test);
    await test.run();
    test.state.tokensAreGood = true;
    test.state.pages = 9;
    await test.run();

    await expect(test.cohorts.progressOf("all")).resolves.toMatchObject([
      { region: US, isDone: true, seen: 6 },
    ]);
    await expect(test.cohorts.open()).resolves.toEqual([]);
    expect(test.told).toContain("a cohort starts again: its place in the pool is lost");
  });

  it("goes on where it was, with pages of the size that the pace allows", async () => {
    const test = await given();
    await test.start("all");
    test.state.pages = 1;
    await test.run();
    test.state.pages = 9;
    await test.run();

    expect(test.asked).toEqual(
      ["none", "2", "4"].map((from) => ({
        from: from === "none" ? undefined : from,
        limit: 2,
      })),
    );
    expect(test.told).toEqual([]);
  });

  it("that fails does not hold up the others, and is told of", async () => {
    const test = await given();
    // To a region without a pool: no such request is taken, and this one is here all the same.
    await test.cohorts.create(
      { id: "a", kind: "users", to: EU, startedAt: "2026-11-22T10:00:00.000Z" },
      [somebody(1)],
    );
    await test.start("b");

    await expect(test.run()).rejects.toThrow("there is no new pool in that region");

    await expect(test.cohorts.progressOf("b")).resolves.toMatchObject([{ isDone: true, seen: 6 }]);
    expect((await test.cohorts.open()).map(({ id }) => id)).toEqual(["a"]);
    expect(test.told).toEqual(["a cohort could not go on"]);
  });
});
