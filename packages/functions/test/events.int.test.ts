import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { identityStore } from "@carryover/core/identity/store";
import { derivedId, PoolId, Sub } from "@carryover/core/kernel/ids";
import { describe, expect, it } from "vitest";
import { depthOf, put } from "./steps/bus.ts";
import { givenASubscriber } from "./steps/downstream.ts";
import { oldSub, signIn, verified } from "./steps/sign-in.ts";
import { aUser, broken, eventually, givenAStage, type TestStage } from "./steps/stage.ts";

const given = givenAStage({
  seed: {
    sources: {
      legacy: {
        users: ["mapped", "outage"].map((name) => aUser(`${name}@example.com`)),
      },
    },
  },
});

describe("who is who, after a crossing", () => {
  it("leads from the old and the new sub to one user, and says so once", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-mapped", ["UserIdMapped"]);

    const tokens = await signIn(test, "mapped@example.com");

    const { sub } = await verified(test, tokens.IdToken);
    const old = await oldSub(test, "legacy", "mapped@example.com");
    const { detail } = await subscriber.first((event) => event.detail.data["userId"] === old);
    expect(detail.data).toEqual({
      userId: old,
      old: { sourceId: "legacy", poolId: "us-east-1_Legacy001", sub: old },
      new: { poolId: test.target.userPoolId, region: test.target.region, sub },
    });
    await expect(userIdOf(test, "us-east-1_Legacy001", old)).resolves.toBe(old);
    await expect(userIdOf(test, test.target.userPoolId, String(sub))).resolves.toBe(old);
    await signIn(test, "mapped@example.com");
    await idle(test);
    const said = (await subscriber.all()).filter((event) => event.detail.data["userId"] === old);
    expect(new Set(said.map((event) => event.detail.metadata["id"])).size).toBe(1);
  });

  it.each([
    ["in order", ["migrated", "signed-in"]],
    ["the other way round", ["signed-in", "migrated"]],
    ["twice each", ["migrated", "signed-in", "signed-in", "migrated"]],
    ["with UserMigrated lost", ["signed-in"]],
  ] as const)("ends the same when the events come %s", async (name, order) => {
    const test = given();
    const person = somebody(test, name);
    const subscriber = await givenASubscriber(test, `team-${derivedId(name)}`, ["UserIdMapped"]);

    for (const event of order) await put(test, person[event]);

    const { detail } = await subscriber.first(
      (event) => event.detail.data["userId"] === person.userId,
    );
    await expect(userIdOf(test, ...person.old)).resolves.toBe(person.userId);
    await expect(userIdOf(test, ...person.now)).resolves.toBe(person.userId);
    await idle(test);
    const ids = (await subscriber.all())
      .filter((event) => event.detail.data["userId"] === person.userId)
      .map((event) => event.detail.metadata["id"]);
    expect(new Set(ids)).toEqual(new Set([detail.metadata["id"]]));
  });

  it("keeps an event that fits no schema in the service's own dead-letter queue", async () => {
    const test = given();
    const depth = () => depthOf(test, "identityDeadLetter");
    expect(await depth()).toBe(0);

    await put(test, { name: "UserMigrated", data: { userId: "not what it should be" } });

    await expect(
      eventually("a dead letter", async () => ((await depth()) === 1 ? true : undefined)),
    ).resolves.toBe(true);
  });
});

describe("while the bus is down", () => {
  it("lets people in all the same, and says everything once the bus is back", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-outage", ["UserMigrated"]);
    const mend = await broken(test.stage.ready.endpoint, {
      service: "events",
      operation: "PutEvents",
      effect: { kind: "cut-off" },
    });

    const tokens = await signIn(test, "outage@example.com");
    const sub = await oldSub(test, "legacy", "outage@example.com");
    const held = await eventually("an event in the fallback queue", () =>
      depthOf(test, "fallback").then((depth) => (depth > 0 ? depth : undefined)),
    );
    const during = await subscriber.all();
    await mend();

    await expect(verified(test, tokens.IdToken)).resolves.toHaveProperty("user_id", sub);
    expect(held).toBeGreaterThan(0);
    expect(during.filter(({ detail }) => detail.data["userId"] === sub)).toEqual([]);
    const event = await subscriber.first(({ detail }) => detail.data["userId"] === sub);
    expect(event.detail.data["method"]).toBe("password");
  });
});

/** Waits until the services have nothing left to do: what has not been said by then never will be. */
function idle(test: TestStage): Promise<boolean> {
  return eventually("the services are idle", async () => {
    const depths = await Promise.all(
      ["identity", "mergeSources"].map((name) => depthOf(test, name)),
    );
    return depths.every((depth) => depth === 0) ? true : undefined;
  });
}

function userIdOf({ clients, stage }: TestStage, poolId: string, sub: string) {
  const store = identityStore(
    DynamoDBDocumentClient.from(clients.dynamodb),
    stage.ready.tables["identity"] ?? "",
  );
  return eventually(`${poolId} ${sub} leads to somebody`, async () => {
    const link = await store.resolveSub(PoolId.parse(poolId), Sub.parse(sub));
    return link?.userId;
  });
}

/** A person who crossed, as the two triggers would tell it. */
function somebody({ target }: TestStage, name: string) {
  const userId = derivedId(name, "old");
  const sub = derivedId(name, "new");
  const { userPoolId: poolId, region } = target;
  return {
    userId,
    old: ["us-east-1_Legacy001", userId] as const,
    now: [poolId, sub] as const,
    migrated: {
      name: "UserMigrated",
      data: {
        userId,
        method: "password",
        mfa: "none",
        source: { id: "legacy", poolId: "us-east-1_Legacy001", region: "us-east-1", sub: userId },
        target: { poolId, region },
      },
    },
    "signed-in": {
      name: "UserSignedIn",
      data: {
        userId,
        poolId,
        region,
        sub,
        clientId: "app",
        legacySub: userId,
        legacySource: "legacy",
      },
    },
  };
}
