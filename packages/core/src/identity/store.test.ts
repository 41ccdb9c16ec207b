import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import {
  type Engine,
  isJavaHere,
  newStore,
  startDynalite,
  startDynamoDbLocal,
} from "../../test/tables.ts";
import { PoolId, Region, SourceId, Sub, UserId } from "../kernel/ids.ts";
import { IdentityStoreError } from "./errors.ts";
import type { Link, NewAccount, OldAccount } from "./schema.ts";
import type { IdentityStore } from "./store.ts";

const AT = "2026-11-22T10:00:00.000Z";
const LATER = "2026-11-23T10:00:00.000Z";
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const user = (n: number) => z.parse(UserId, uuid(n));
const subOf = (n: number) => z.parse(Sub, uuid(n));

const oldAccount: OldAccount = {
  side: "old",
  sourceId: z.parse(SourceId, "legacy"),
  poolId: z.parse(PoolId, "us-east-1_Old"),
  sub: subOf(1),
};
const newAccount: NewAccount = {
  side: "new",
  region: z.parse(Region, "eu-central-1"),
  poolId: z.parse(PoolId, "eu-central-1_New"),
  sub: subOf(2),
};
const oldLink: Link = { ...oldAccount, userId: user(1), linkedAt: AT };
const newLink: Link = { ...newAccount, userId: user(1), linkedAt: AT };

const engines = [{ name: "dynalite", start: startDynalite }];
if (isJavaHere()) engines.push({ name: "DynamoDB Local", start: startDynamoDbLocal });
else process.stdout.write("identity store: not run on DynamoDB Local, which needs Java 17\n");

describe.each(engines)("the identity store on $name", ({ start }) => {
  let engine: Engine;
  let store: IdentityStore;

  beforeAll(async () => {
    engine = await start();
  }, 30_000);
  afterAll(() => engine.stop());
  beforeEach(async () => {
    store = await newStore(engine.client);
  });

  it("gives an account to the first who claims it, and tells the others who has it", async () => {
    expect(await store.claim(oldLink)).toBe(user(1));
    expect(await store.claim({ ...oldLink, userId: user(2) })).toBe(user(1));
    expect(await store.claim(oldLink)).toBe(user(1));
  });

  it("lets one of many concurrent claims win", async () => {
    const users = [1, 2, 3, 4, 5, 6].map(user);
    const holders = await Promise.all(users.map((userId) => store.claim({ ...oldLink, userId })));
    expect(new Set(holders).size).toBe(1);
    expect((await store.resolveSub(oldAccount.poolId, oldAccount.sub))?.userId).toBe(holders[0]);
  });

  it("resolves either side by pool and sub", async () => {
    expect(await store.resolveSub(oldAccount.poolId, oldAccount.sub)).toBeUndefined();
    await store.claim(oldLink);
    await store.claim(newLink);
    expect(await store.resolveSub(oldAccount.poolId, oldAccount.sub)).toEqual({
      ...oldLink,
      settled: false,
      handled: new Set(),
    });
    expect(await store.resolveSub(newAccount.poolId, newAccount.sub)).toMatchObject(newLink);
  });

  it("tells pools apart that differ by case alone", async () => {
    await store.claim(oldLink);
    const poolId = z.parse(PoolId, "us-east-1_old");
    expect(await store.resolveSub(poolId, oldAccount.sub)).toBeUndefined();
    expect(await store.claim({ ...oldLink, poolId, userId: user(2) })).toBe(user(2));
  });

  it("keeps when an account was first linked", async () => {
    await store.claim(oldLink);
    await store.claim({ ...oldLink, linkedAt: LATER });
    expect((await store.resolveSub(oldAccount.poolId, oldAccount.sub))?.linkedAt).toBe(AT);
  });

  it("lists a user's accounts, each once, and nobody else's", async () => {
    await store.addToUser(oldLink);
    await store.addToUser(oldLink);
    await store.addToUser(newLink);
    await store.addToUser({ ...oldLink, sub: subOf(9), userId: user(2) });
    await store.markMerged(user(1), oldAccount, AT);
    const links = await store.linksOf(user(1));
    expect(links).toHaveLength(2);
    expect(links).toEqual(expect.arrayContaining([oldLink, newLink]));
  });

  it("lists the same account on both sides, as after a relocation", async () => {
    const asOld: Link = {
      side: "old",
      sourceId: oldAccount.sourceId,
      poolId: newAccount.poolId,
      sub: newAccount.sub,
      userId: user(1),
      linkedAt: LATER,
    };
    await store.addToUser(newLink);
    await store.addToUser(asOld);
    expect(await store.linksOf(user(1))).toEqual(expect.arrayContaining([newLink, asOld]));
  });

  it("adds up what is settled, also when it is settled with nothing", async () => {
    const other = { ...oldAccount, sub: subOf(7) };
    await store.claim(newLink);
    await store.settle(newAccount, [oldAccount], AT);
    await store.settle(newAccount, [], AT);
    await store.settle(newAccount, [other, oldAccount], LATER);
    const record = await store.resolveSub(newAccount.poolId, newAccount.sub);
    expect(record?.settled).toBe(true);
    expect(record?.handled).toEqual(
      new Set([`us-east-1_Old#${uuid(1)}`, `us-east-1_Old#${uuid(7)}`]),
    );
  });

  it("remembers a merge for that user and that crossing only", async () => {
    expect(await store.isMerged(user(1), oldAccount)).toBe(false);
    await store.markMerged(user(1), oldAccount, AT);
    await store.markMerged(user(1), oldAccount, LATER);
    expect(await store.isMerged(user(1), oldAccount)).toBe(true);
    expect(await store.isMerged(user(2), oldAccount)).toBe(false);
    expect(await store.isMerged(user(1), newAccount)).toBe(false);
  });

  it("opens a review once and pages through those of a kind", async () => {
    const { poolId, sourceId } = oldAccount;
    for (const n of [1, 2, 3, 3]) {
      await store.openReview(
        {
          kind: "conflict",
          poolId,
          sub: subOf(n),
          userId: user(1),
          otherUserId: user(2),
          sourceId,
        },
        n === 3 ? LATER : AT,
      );
    }
    await store.openReview(
      { kind: "unverified-contact", poolId, sub: subOf(4), userId: user(1) },
      AT,
    );

    const first = await store.listReviews("conflict", { limit: 2 });
    expect(first.reviews).toHaveLength(2);
    const cursor = first.cursor ?? "there is no second page";
    const second = await store.listReviews("conflict", { limit: 2, cursor });
    expect(second.reviews).toEqual([
      {
        kind: "conflict",
        poolId,
        sub: subOf(3),
        userId: user(1),
        otherUserId: user(2),
        sourceId,
        openedAt: LATER,
      },
    ]);
    expect((await store.listReviews("unverified-contact")).reviews).toEqual([
      { kind: "unverified-contact", poolId, sub: subOf(4), userId: user(1), openedAt: AT },
    ]);
  });
});

it("calls a table that does not answer unavailable", async () => {
  const engine = await startDynalite();
  const store = await newStore(engine.client);
  await engine.stop();
  await expect(store.resolveSub(oldAccount.poolId, oldAccount.sub)).rejects.toThrow(
    IdentityStoreError,
  );
  await expect(store.claim(oldLink)).rejects.toMatchObject({ kind: "unavailable" });
});
