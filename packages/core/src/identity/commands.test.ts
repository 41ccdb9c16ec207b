import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  counting,
  legacy,
  migrated,
  newPool,
  newSub,
  oldSub,
  recording,
  shop,
  signedIn,
  signedInAfterCrossing,
  signedUp,
  userId,
} from "../../test/person.ts";
import { type Engine, newStore, startDynalite } from "../../test/tables.ts";
import { linkMigration, linkSignIn } from "./commands.ts";
import { IdentityInputError } from "./errors.ts";
import type { IdentityStore } from "./store.ts";

let engine: Engine;
let store: IdentityStore;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());
beforeEach(async () => {
  store = await newStore(engine.client);
});

const holderOf = async (poolId: typeof newPool, sub: ReturnType<typeof newSub>) =>
  (await store.resolveSub(poolId, sub))?.userId;

describe("linking", () => {
  it("leads both sides to the user and says that they are one, after both events", async () => {
    const { deps, published } = recording(store);
    await linkMigration(deps, migrated(1));
    expect(published).toEqual([]);
    const signIn = signedIn(1);
    await linkSignIn(deps, signIn);

    expect(await holderOf(legacy.userPoolId, oldSub(1))).toBe(userId(1));
    expect(await holderOf(newPool, newSub(1))).toBe(userId(1));
    expect(published).toHaveLength(1);
    expect(published[0]?.name).toBe("UserIdMapped");
    expect(published[0]?.detail.data).toEqual({
      userId: userId(1),
      old: { sourceId: "legacy", poolId: "us-east-1_Legacy", sub: oldSub(1) },
      new: { poolId: "eu-central-1_New", region: "eu-central-1", sub: newSub(1) },
    });
    expect(published[0]?.detail.metadata).toMatchObject({
      correlationId: signIn.metadata.correlationId,
      causationId: signIn.metadata.id,
    });
  });

  it("does the same when the sign-in comes first, under the same id", async () => {
    const one = recording(store);
    await linkMigration(one.deps, migrated(1));
    await linkSignIn(one.deps, signedIn(1));

    const other = recording(await newStore(engine.client));
    await linkSignIn(other.deps, signedIn(1));
    await linkMigration(other.deps, migrated(1));
    expect(other.published).toHaveLength(1);
    expect(other.published[0]?.detail.metadata.id).toBe(one.published[0]?.detail.metadata.id);
  });

  it("needs no UserMigrated when the sign-in names the old side", async () => {
    const { deps, published } = recording(store);
    await linkSignIn(deps, signedInAfterCrossing(1));
    expect(await holderOf(legacy.userPoolId, oldSub(1))).toBe(userId(1));
    expect(published).toHaveLength(1);
  });

  it("says each pair of a person with two old and two new accounts", async () => {
    const { deps, published } = recording(store);
    await linkMigration(deps, migrated(1, legacy));
    await linkMigration(deps, migrated(2, shop, userId(1)));
    await linkSignIn(deps, signedIn(1));
    await linkSignIn(deps, signedIn(2, { userId: userId(1) }));
    expect(new Set(published.map(({ detail }) => detail.metadata.id)).size).toBe(4);
    expect(published).toHaveLength(4);
  });

  it("costs a user who signs in again one read and nothing else", async () => {
    const { deps, published } = recording(store);
    await linkSignIn(deps, signedInAfterCrossing(1));
    const { counted, calls } = counting(store);
    await linkSignIn({ ...deps, identities: counted }, signedInAfterCrossing(1));
    await linkSignIn({ ...deps, identities: counted }, signedIn(1));
    expect(calls).toEqual(["resolveSub", "resolveSub"]);
    expect(published).toHaveLength(1);
  });

  it("links a new user, and costs them one read at each sign-in", async () => {
    const { deps, published } = recording(store);
    await linkSignIn(deps, signedUp(1));
    const { counted, calls } = counting(store);
    await linkSignIn({ ...deps, identities: counted }, signedIn(1));
    expect(calls).toEqual(["resolveSub"]);
    expect(await holderOf(newPool, newSub(1))).toBe(userId(1));
    expect(published).toEqual([]);
  });

  it("links the old side when a later sign-in is the first to name it", async () => {
    const { deps, published } = recording(store);
    await linkSignIn(deps, signedIn(1));
    await linkSignIn(deps, signedInAfterCrossing(1));
    expect(published).toHaveLength(1);
  });

  it("says it again at the next sign-in when the publication was cut off", async () => {
    const { deps, published } = recording(store);
    const down = {
      ...deps,
      publish: () => Promise.reject(new Error("neither bus nor queue")),
    };
    await expect(linkSignIn(down, signedInAfterCrossing(1))).rejects.toThrow("neither");
    await linkSignIn(deps, signedInAfterCrossing(1));
    expect(published).toHaveLength(1);
  });

  it("ends right when any single call of the store fails and the message is received again", async () => {
    const whole = counting(await newStore(engine.client));
    await linkSignIn(recording(whole.counted).deps, signedInAfterCrossing(1));
    const count = whole.calls.length;
    expect(count).toBeGreaterThan(5);

    for (let failing = 0; failing < count; failing += 1) {
      const fresh = await newStore(engine.client);
      const { deps, published } = recording(fresh);
      let seen = -1;
      const failingOnce = new Proxy(fresh, {
        get(target, name, receiver) {
          seen += 1;
          if (seen === failing) return () => Promise.reject(new Error("cut off"));
          return Reflect.get(target, name, receiver);
        },
      });
      const message = signedInAfterCrossing(1);
      await expect(linkSignIn({ ...deps, identities: failingOnce }, message)).rejects.toThrow();
      await linkSignIn(deps, message);
      expect(new Set(published.map(({ detail }) => detail.metadata.id)).size).toBe(1);
      expect(await fresh.linksOf(userId(1))).toHaveLength(2);
      expect((await fresh.resolveSub(newPool, newSub(1)))?.settled).toBe(true);
    }
  });
});

describe("a conflict", () => {
  it("never takes an account from who has it, and lists it once for an operator", async () => {
    const { deps, published, lines } = recording(store);
    await linkMigration(deps, migrated(1));
    await linkMigration(deps, migrated(1, legacy, userId(2)));
    await linkMigration(deps, migrated(1, legacy, userId(2)));

    expect(await holderOf(legacy.userPoolId, oldSub(1))).toBe(userId(1));
    expect(await store.linksOf(userId(2))).toEqual([]);
    expect(published).toEqual([]);
    expect((await store.listReviews("conflict")).reviews).toEqual([
      {
        kind: "conflict",
        poolId: legacy.userPoolId,
        sub: oldSub(1),
        userId: userId(2),
        otherUserId: userId(1),
        sourceId: "legacy",
        openedAt: "2026-11-22T10:00:00.000Z",
      },
    ]);
    expect(lines.map(({ level }) => level)).toEqual(["warn", "warn"]);
  });

  it("about the old side still links the new side, and costs later sign-ins one read", async () => {
    const { deps, published } = recording(store);
    await linkMigration(deps, migrated(1, legacy, userId(2)));
    await linkSignIn(deps, signedInAfterCrossing(1));
    expect(await holderOf(newPool, newSub(1))).toBe(userId(1));
    expect(published).toEqual([]);
    const { counted, calls } = counting(store);
    await linkSignIn({ ...deps, identities: counted }, signedInAfterCrossing(1));
    expect(calls).toEqual(["resolveSub"]);
  });

  it("is listed too when the attributes name a source that is not configured", async () => {
    const { deps } = recording(store);
    await linkSignIn(deps, signedIn(1, { legacySub: oldSub(1), legacySource: "gone" }));
    expect(await holderOf(newPool, newSub(1))).toBe(userId(1));
    expect((await store.listReviews("unknown-source")).reviews).toMatchObject([
      { poolId: newPool, sub: newSub(1), userId: userId(1), sourceId: "gone" },
    ]);
  });
});

describe("an event that holds no ids", () => {
  it.each([
    { field: "userId", data: { userId: "somebody" } },
    { field: "legacySub", data: { legacySub: "nobody", legacySource: "legacy" } },
    { field: "legacySource", data: { legacySub: oldSub(1), legacySource: "Not A Source" } },
  ])("is invalid, and $field is named", async ({ field, data }) => {
    const { deps } = recording(store);
    const rejected = linkSignIn(deps, signedIn(1, data));
    await expect(rejected).rejects.toThrow(IdentityInputError);
    await expect(rejected).rejects.toMatchObject({ kind: "invalid", facts: { fields: field } });
  });
});
