import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import type { Attributes } from "../config/schema.ts";
import { PoolId, Sub } from "../kernel/ids.ts";
import { ensureUserId, giveUserId } from "./give-user-id.ts";

const OWN_ID = "11111111-1111-4111-8111-111111111111";
const VERSION_5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/;
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/;

const user = (attributes: Attributes = {}) => ({
  poolId: z.parse(PoolId, "eu-central-1_New"),
  sub: z.parse(Sub, "22222222-2222-4222-8222-222222222222"),
  username: "ann",
  attributes,
});

/** A pool whose first writes fail. */
function pool({ failures = 0, arrivesAnyway = false } = {}) {
  const written: string[] = [];
  const counted: string[] = [];
  const lines: object[] = [];
  let left = failures;
  return {
    written,
    counted,
    lines,
    deps: {
      async setAttributes(username: string, attributes: Attributes) {
        expect(username).toBe("ann");
        const id = attributes["custom:user_id"] ?? "";
        left -= 1;
        if (left < 0 || arrivesAnyway) written.push(id);
        if (left >= 0) throw new DOMException("took too long", "TimeoutError");
      },
      // What the newest write left, whatever its caller was told.
      findAttributes: async () =>
        written.length > 0 ? { "custom:user_id": written.at(-1) ?? "" } : {},
      log: (level: string, message: string, facts?: object) =>
        void lines.push({ level, message, ...facts }),
      count: (metric: string) => void counted.push(metric),
    },
  };
}

describe("a confirmed user", () => {
  it("gets an ID that sorts by time", async () => {
    const { deps, written } = pool();
    const userId = await giveUserId(deps, user());
    expect(userId).toMatch(VERSION_7);
    expect(written).toEqual([userId]);
  });

  it("keeps the ID that the pool holds", async () => {
    const { deps, written } = pool();
    expect(await giveUserId(deps, user({ "custom:user_id": OWN_ID }))).toBe(OWN_ID);
    expect(written).toEqual([]);
  });

  it("keeps the ID of an earlier call for the same confirmation, which did not see its write", async () => {
    const { deps, written } = pool();
    const first = await giveUserId(deps, user());
    expect(await giveUserId(deps, user())).toBe(first);
    expect(written).toEqual([first]);
  });

  it("gets an ID when the pool cannot be read", async () => {
    const { deps } = pool();
    const unread = { ...deps, findAttributes: async () => undefined };
    expect(await giveUserId(unread, user())).toMatch(VERSION_7);
  });

  it("gets the derived ID when the first write fails, so that no unclear write wins", async () => {
    const { deps, written, counted } = pool({ failures: 1, arrivesAnyway: true });
    const userId = await giveUserId(deps, user());
    expect(userId).toMatch(VERSION_5);
    expect(written.at(-1)).toBe(userId);
    expect(counted).toEqual(["UserIdNotStored"]);
  });

  it("gets the derived ID, always the same, when the pool cannot be written at all", async () => {
    const first = pool({ failures: 2 });
    const userId = await giveUserId(first.deps, user());
    expect(first.counted).toEqual(["UserIdNotStored", "UserIdNotStored"]);
    expect(first.lines).toHaveLength(2);
    expect(await ensureUserId(pool({ failures: 1 }).deps, user())).toBe(userId);
  });
});

describe("a user who gets tokens", () => {
  it("has the ID that the pool holds, without a write", async () => {
    const { deps, written } = pool();
    expect(await ensureUserId(deps, user({ "custom:user_id": OWN_ID }))).toBe(OWN_ID);
    expect(written).toEqual([]);
  });

  it("has the derived ID when the pool holds none, and the pool gets it", async () => {
    const { deps, written } = pool();
    const userId = await ensureUserId(deps, user());
    expect(userId).toMatch(VERSION_5);
    expect(written).toEqual([userId]);
  });

  it("has it in another pool too, but not the same one", async () => {
    const { deps } = pool();
    const elsewhere = { ...user(), poolId: z.parse(PoolId, "us-east-1_New") };
    expect(await ensureUserId(deps, elsewhere)).not.toBe(await ensureUserId(deps, user()));
  });

  it("has the derived ID when the pool holds something else, which stays there", async () => {
    const { deps, written, counted } = pool();
    expect(await ensureUserId(deps, user({ "custom:user_id": "customer 7" }))).toMatch(VERSION_5);
    expect(written).toEqual([]);
    expect(counted).toEqual(["UserIdMalformed"]);
  });
});
