import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  legacy,
  migrated,
  oldSub,
  recording,
  shop,
  signedInAfterCrossing,
  userId,
} from "../../test/person.ts";
import { type Engine, newStore, startDynalite } from "../../test/tables.ts";
import { linkMigration, linkSignIn } from "./commands.ts";
import { dismissReview, mergeReview } from "./decide-review.ts";
import { ReviewConflictError, ReviewMissingError } from "./errors.ts";
import type { Review } from "./schema.ts";
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

const OPENED_AT = "2026-11-22T09:00:00.000Z";
const DECIDED_AT = "2026-11-22T10:00:00.000Z";
const olga = { decidedBy: "arn:aws:iam::111122223333:user/olga", reason: "asked her" };

/** An account of the shop with the address of the first person, who crossed and signed in. */
async function given(kind: Review["kind"] = "unverified-contact") {
  const { deps, published } = recording(store);
  await linkMigration(deps, migrated(1));
  await linkSignIn(deps, signedInAfterCrossing(1));
  const key = { kind, poolId: shop.userPoolId, sub: oldSub(2), userId: userId(1) };
  await store.openReview({ ...key, sourceId: shop.id }, OPENED_AT);
  published.length = 0;
  return { deps, noting: { ...deps, clock: deps.origin.clock }, published, key };
}

const holder = async () => (await store.resolveSub(shop.userPoolId, oldSub(2)))?.userId;
const waiting = async (kind: Review["kind"] = "unverified-contact") =>
  (await store.listReviews(kind)).reviews;

describe("an account that shares an address which one side never proved", () => {
  it("is the person's once that is decided, and everybody is told", async () => {
    const { deps, published, key } = await given();

    await mergeReview(deps, key, olga);

    expect(await holder()).toBe(userId(1));
    expect(published.map(({ name, detail }) => [name, detail.data])).toEqual([
      ["UserIdMapped", expect.objectContaining({ userId: userId(1) })],
    ]);
    expect(published[0]?.detail.data).toMatchObject({ old: { sourceId: shop.id, sub: oldSub(2) } });
    expect(await waiting()).toEqual([]);
    expect((await store.listReviews(key.kind, { isClosed: true })).reviews).toEqual([
      {
        ...key,
        sourceId: shop.id,
        openedAt: OPENED_AT,
        decided: { decision: "merge", ...olga, decidedAt: DECIDED_AT },
        closedAt: DECIDED_AT,
      },
    ]);
  });

  it("stays nobody's where that is decided, also when it is found again", async () => {
    const { noting, published, key } = await given();

    await dismissReview(noting, key, olga);
    await store.openReview({ ...key, sourceId: shop.id }, "2026-11-23T09:00:00.000Z");

    expect(await holder()).toBeUndefined();
    expect(published).toEqual([]);
    expect(await waiting()).toEqual([]);
  });

  it("keeps the first word, whoever says it again or otherwise", async () => {
    const { deps, noting, published, key } = await given();
    await mergeReview(deps, key, olga);

    const again = await mergeReview(deps, key, { ...olga, decidedBy: "arn:other" });

    expect(again).toMatchObject(olga);
    expect(published).toHaveLength(1);
    await expect(dismissReview(noting, key, olga)).rejects.toThrow(ReviewConflictError);
    expect(await holder()).toBe(userId(1));
  });

  it("waits until the merge is carried out, and a repeat does what is left", async () => {
    const { deps, published, key } = await given();
    const down = {
      ...deps,
      publish: async () => {
        throw new Error("no bus");
      },
    };

    await expect(mergeReview(down, key, olga)).rejects.toThrow("no bus");
    const left = await waiting();
    await mergeReview(deps, key, olga);

    expect(left).toMatchObject([{ decided: { decision: "merge" } }]);
    expect(published).toHaveLength(1);
    expect(await waiting()).toEqual([]);
  });

  it("is not taken from who has it by now", async () => {
    const { deps, noting, key } = await given();
    await linkMigration(deps, migrated(2, shop));

    await expect(mergeReview(deps, key, olga)).rejects.toThrow(ReviewConflictError);

    expect(await holder()).toBe(userId(2));
    expect(await waiting()).toMatchObject([{ sub: oldSub(2) }]);
    await dismissReview(noting, key, olga);
    expect(await waiting()).toEqual([]);
  });
});

it.each(["conflict", "unknown-source"] as const)("dismisses %s, once", async (kind) => {
  const { deps, noting, key } = await given(kind);

  await expect(mergeReview(deps, key, olga)).rejects.toThrow(ReviewMissingError);
  expect(await waiting(kind)).toHaveLength(1);
  await dismissReview(noting, key, olga);
  const again = await dismissReview(noting, key, { ...olga, reason: "another" });

  expect(again).toMatchObject(olga);
  expect(await waiting(kind)).toEqual([]);
  expect(await holder()).toBeUndefined();
});

it("decides nothing about what is no review", async () => {
  const { deps, key } = await given();
  const other = { ...key, poolId: legacy.userPoolId };

  await expect(mergeReview(deps, other, olga)).rejects.toThrow(ReviewMissingError);
});
