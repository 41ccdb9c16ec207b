import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  counting,
  forum,
  legacy,
  migrated,
  newPool,
  oldSub,
  recording,
  shop,
  signedIn,
  signedInAfterCrossing,
  userId,
} from "../../test/person.ts";
import { type Engine, newStore, startDynalite } from "../../test/tables.ts";
import type { Attributes } from "../config/schema.ts";
import type { PoolUser, SearchableSource } from "../migration/source.ts";
import { linkMigration, linkSignIn } from "./commands.ts";
import { type MergeDeps, mergeAfterMigration, mergeAfterSignIn } from "./merge.ts";
import { sourceDirectory } from "./source-directory.ts";
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

const ann = { email: "ann@example.com", email_verified: "true" };

interface Account {
  readonly n: number;
  readonly in: typeof legacy;
  readonly attributes: Attributes;
  readonly enabled?: boolean;
}

/** Source pools that hold just these accounts. */
function holding(accounts: readonly Account[], down: readonly string[] = []) {
  const asked: string[] = [];
  const poolOf = ({ id }: typeof legacy): SearchableSource => {
    const users = accounts
      .filter((account) => account.in.id === id)
      .map(
        ({ n, attributes, enabled = true }): PoolUser => ({
          username: oldSub(n),
          sub: oldSub(n),
          enabled,
          status: "CONFIRMED",
          hasSecondFactor: false,
          attributes,
        }),
      );
    const unavailable = { outcome: "unavailable", reason: "throttled" } as const;
    return {
      id,
      async getUser(sub) {
        asked.push(`${id} sub`);
        if (down.includes(id)) return unavailable;
        const user = users.find((one) => one.sub === sub);
        return user ? { outcome: "found", user } : { outcome: "user-not-found" };
      },
      async findByContact(contact, value) {
        asked.push(`${id} ${contact}`);
        if (down.includes(id)) return unavailable;
        return {
          outcome: "found",
          users: users.filter((one) => one.attributes[contact] === value),
        };
      },
    };
  };
  return { asked, directory: sourceDirectory([legacy, shop, forum].map(poolOf)) };
}

function given(accounts: readonly Account[], down: readonly string[] = []) {
  const { asked, directory } = holding(accounts, down);
  const recorded = recording(store);
  const deps: MergeDeps = { ...recorded.deps, directory };
  return { ...recorded, deps, asked };
}

const holderOf = async (source: typeof legacy, n: number) =>
  (await store.resolveSub(source.userPoolId, oldSub(n)))?.userId;
const saidOf = (published: ReturnType<typeof recording>["published"]) =>
  published.map(({ detail }) => (detail.data as { old: { sub: string } }).old.sub).sort();

describe("after a crossing", () => {
  const three: Account[] = [
    { n: 1, in: legacy, attributes: ann },
    { n: 2, in: shop, attributes: ann },
    { n: 3, in: forum, attributes: ann, enabled: false },
  ];

  it("joins the accounts of the other sources, disabled ones too, and says each pair", async () => {
    const { deps, published } = given(three);
    await linkMigration(deps, migrated(1));
    await linkSignIn(deps, signedIn(1));
    await mergeAfterMigration(deps, migrated(1));

    expect(await holderOf(shop, 2)).toBe(userId(1));
    expect(await holderOf(forum, 3)).toBe(userId(1));
    expect(saidOf(published)).toEqual([oldSub(1), oldSub(2), oldSub(3)]);
    const newSubs = published.map(({ detail }) => (detail.data as { new: object }).new);
    expect(newSubs).toEqual(Array(3).fill(expect.objectContaining({ poolId: newPool })));
  });

  it("says each pair once the new side is known, when that comes last", async () => {
    const { deps, published } = given(three);
    await mergeAfterMigration(deps, migrated(1));
    expect(published).toEqual([]);
    await linkMigration(deps, migrated(1));
    await linkSignIn(deps, signedIn(1));
    expect(saidOf(published)).toEqual([oldSub(1), oldSub(2), oldSub(3)]);
  });

  it("needs no UserMigrated when the sign-in names the old side", async () => {
    const { deps } = given(three);
    await mergeAfterSignIn(deps, signedInAfterCrossing(1));
    expect(await holderOf(shop, 2)).toBe(userId(1));
  });

  it("asks the sources once for each crossing, not at every sign-in", async () => {
    const { deps, asked } = given(three);
    await mergeAfterMigration(deps, migrated(1));
    expect(asked).toEqual(["legacy sub", "shop email", "forum email"]);
    const { counted, calls } = counting(store);
    await mergeAfterSignIn({ ...deps, identities: counted }, signedInAfterCrossing(1));
    expect(asked).toHaveLength(3);
    expect(calls).toEqual(["isMerged"]);
  });

  it("finds an address that the other source holds in small letters", async () => {
    const { deps } = given([
      { n: 1, in: legacy, attributes: { ...ann, email: "Ann@Example.com" } },
      { n: 2, in: shop, attributes: ann },
    ]);
    await mergeAfterMigration(deps, migrated(1));
    expect(await holderOf(shop, 2)).toBe(userId(1));
  });

  it("asks nobody about a user who did not cross", async () => {
    const { deps, asked } = given(three);
    const { counted, calls } = counting(store);
    await mergeAfterSignIn({ ...deps, identities: counted }, signedIn(1));
    expect([asked, calls]).toEqual([[], []]);
  });

  it("asks nobody when there is no other source", async () => {
    const { deps, asked } = given(three);
    const sourcePools = new Map([[legacy.id, legacy]]);
    const { counted, calls } = counting(store);
    await mergeAfterMigration({ ...deps, sourcePools, identities: counted }, migrated(1));
    expect([asked, calls]).toEqual([[], []]);
  });

  it("is done again from the start when a source does not answer", async () => {
    const first = given(three, ["forum"]);
    await expect(mergeAfterMigration(first.deps, migrated(1))).rejects.toMatchObject({
      kind: "unavailable",
      facts: { sourceId: "forum", reason: "throttled" },
    });
    expect(await holderOf(forum, 3)).toBeUndefined();
    await mergeAfterMigration(given(three).deps, migrated(1));
    expect(await holderOf(forum, 3)).toBe(userId(1));
    expect(await store.linksOf(userId(1))).toHaveLength(2);
  });

  it("ends, once and with a warning, when the account it starts from was deleted", async () => {
    const { deps, lines } = given(three.slice(1));
    await mergeAfterMigration(deps, migrated(1));
    await mergeAfterMigration(deps, migrated(1));
    expect(lines.map(({ level }) => level)).toEqual(["warn"]);
    expect(await holderOf(shop, 2)).toBeUndefined();
  });
});

describe("an account that is not joined", () => {
  it.each([
    { side: "the other source", mine: "true", theirs: "false" },
    { side: "the source of the crossing", mine: "false", theirs: "true" },
  ])("is listed when its contact is not verified in $side", async ({ mine, theirs }) => {
    const { deps } = given([
      { n: 1, in: legacy, attributes: { ...ann, email_verified: mine } },
      { n: 2, in: shop, attributes: { ...ann, email_verified: theirs } },
    ]);
    await mergeAfterMigration(deps, migrated(1));
    expect(await holderOf(shop, 2)).toBeUndefined();
    const { reviews } = await store.listReviews("unverified-contact");
    expect(reviews).toEqual([
      {
        kind: "unverified-contact",
        poolId: shop.userPoolId,
        sub: oldSub(2),
        userId: userId(1),
        sourceId: "shop",
        openedAt: "2026-11-22T10:00:00.000Z",
      },
    ]);
    expect(JSON.stringify(reviews)).not.toContain("@");
  });

  it("is listed as a conflict when it is another person's", async () => {
    const { deps } = given([
      { n: 1, in: legacy, attributes: ann },
      { n: 2, in: shop, attributes: ann },
    ]);
    await linkMigration(deps, migrated(2, shop));
    await mergeAfterMigration(deps, migrated(1));
    expect(await holderOf(shop, 2)).toBe(userId(2));
    expect((await store.listReviews("conflict")).reviews).toMatchObject([
      { sub: oldSub(2), userId: userId(1), otherUserId: userId(2), sourceId: "shop" },
    ]);
  });

  it("includes all others when the crossing account is another person's already", async () => {
    const { deps, asked } = given([
      { n: 1, in: legacy, attributes: ann },
      { n: 2, in: shop, attributes: ann },
    ]);
    await linkMigration(deps, migrated(1, legacy, userId(9)));
    await mergeAfterMigration(deps, migrated(1));
    expect(await holderOf(shop, 2)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("is another account of the source of the crossing itself", async () => {
    const { deps } = given([
      { n: 1, in: legacy, attributes: ann },
      { n: 2, in: legacy, attributes: ann },
    ]);
    await mergeAfterMigration(deps, migrated(1));
    expect(await holderOf(legacy, 2)).toBeUndefined();
  });
});
