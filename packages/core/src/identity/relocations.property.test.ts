import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod/mini";
import { legacy, migrated, oldSub, recording, signedIn, userId } from "../../test/person.ts";
import { type Engine, newStore, startDynalite } from "../../test/tables.ts";
import { derivedId, PoolId } from "../kernel/ids.ts";
import { linkMigration, linkSignIn } from "./commands.ts";
import { accountKey, type LinkedAccount, type NewAccount, pairsWith } from "./schema.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

/** The homes of a person, one after the other. Who comes back to a region gets another account there. */
const homes = fc.array(fc.constantFrom("eu", "us", "ap"), { minLength: 1, maxLength: 4 });

function accountsOf(regions: readonly string[]) {
  return regions.map((region, n) => ({
    userPoolId: z.parse(PoolId, `eu-central-1_${region}`),
    sub: derivedId("home", String(n)),
    id: legacy.id,
  }));
}

/** What is said when the person comes to each home: where from, and the sign-in, which names the first source. */
function messagesOf(regions: readonly string[]) {
  const accounts = accountsOf(regions);
  return accounts.map(({ userPoolId, sub }, n) => {
    const before = accounts[n - 1];
    const move = migrated(1);
    const poolId = before?.userPoolId ?? legacy.userPoolId;
    const source = { ...move.data.source, poolId, sub: before?.sub ?? oldSub(1) };
    const here = { poolId: userPoolId, sub, legacySub: oldSub(1), legacySource: legacy.id };
    const arrival = signedIn(1);
    return [
      { ...move, data: { ...move.data, source } },
      { ...arrival, data: { ...arrival.data, ...here } },
    ] as const;
  });
}
type Message = ReturnType<typeof messagesOf>[number][number];

it("are announced to the account where the person is, however often they move", async () => {
  await fc.assert(
    fc.asyncProperty(homes, fc.array(fc.boolean(), { minLength: 4 }), async (regions, flips) => {
      const store = await newStore(engine.client);
      const { deps, published } = recording(store);
      const handle = (message: Message) =>
        "source" in message.data
          ? linkMigration(deps, message as never)
          : linkSignIn(deps, message as never);
      const key = (account: { poolId: string; sub: string }) => `${account.poolId}#${account.sub}`;
      const order = [legacy.userPoolId, ...accountsOf(regions).map((one) => one.userPoolId)].map(
        (poolId, n) =>
          key({ poolId, sub: n === 0 ? oldSub(1) : (accountsOf(regions)[n - 1]?.sub ?? "") }),
      );

      for (const [n, messages] of messagesOf(regions).entries()) {
        const sofar = published.length;
        // The two come in any order, and again.
        const these = flips[n] ? messages : messages.toReversed();
        for (const message of [...these, ...these]) await handle(message);

        const said = published.slice(sofar).map(({ detail }) => detail.data as never as Said);
        const pairs = new Set(said.map((one) => `${key(one.old)} ${key(one.new)}`));
        for (const old of order.slice(0, n + 1)) expect(pairs).toContain(`${old} ${order[n + 1]}`);
      }

      // Nobody was ever sent back.
      for (const { detail } of published) {
        const { old, new: other } = detail.data as never as Said;
        expect(order.indexOf(key(old))).toBeLessThan(order.indexOf(key(other)));
      }
      // An app that still holds a token of the first home costs one read each time, as everybody does.
      const [, again] = messagesOf(regions)[0] ?? [];
      const sofar = published.length;
      if (again) await handle(again);
      expect(published).toHaveLength(sofar);
      expect(await store.linksOf(userId(1))).toHaveLength(2 * regions.length);
    }),
    { numRuns: 25 },
  );
}, 60_000);

interface Said {
  readonly old: { readonly poolId: string; readonly sub: string };
  readonly new: { readonly poolId: string; readonly sub: string };
}

it("pair no account with one that was left", () => {
  const [a, b, c] = accountsOf(["eu", "us", "ap"]).map(({ userPoolId: poolId, sub }) => ({
    poolId,
    sub: sub as NewAccount["sub"],
  }));
  if (!a || !b || !c) throw new Error("three homes were asked for");
  const asNew = (one: typeof a): NewAccount => ({
    side: "new",
    region: "eu-central-1" as NewAccount["region"],
    ...one,
  });
  const asOld = (one: typeof a): LinkedAccount => ({ side: "old", sourceId: legacy.id, ...one });
  const links = [asNew(a), asOld(a), asNew(b), asOld(b), asNew(c)];
  const keys = (fresh: readonly LinkedAccount[]) =>
    pairsWith(links, fresh).map(({ old, new: other }) => [accountKey(old), accountKey(other)]);

  expect(keys([asOld(b)])).toEqual([[accountKey(b), accountKey(c)]]);
  expect(keys([asNew(c)])).toEqual([
    [accountKey(a), accountKey(c)],
    [accountKey(b), accountKey(c)],
  ]);
  expect(keys([asNew(a)])).toEqual([]);
});
