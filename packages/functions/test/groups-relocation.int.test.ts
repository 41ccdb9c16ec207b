import {
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { groupSource, groupTarget } from "@carryover/core/aws/pool-groups";
import { GroupMapping } from "@carryover/core/config/groups-schema";
import { carryGroups } from "@carryover/core/groups/commands";
import { GroupsUserConflictError } from "@carryover/core/groups/errors";
import { groupsStore } from "@carryover/core/groups/store";
import { isoTime } from "@carryover/core/kernel/clock";
import { type PoolId, SourceId, type Sub } from "@carryover/core/kernel/ids";
import { clientsFor } from "@carryover/local/clients";
import { startServices } from "@carryover/local/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKeyedTable, createPool, createUser, join } from "./steps/world.ts";

let services: Awaited<ReturnType<typeof startServices>>;
beforeAll(async () => {
  services = await startServices({ port: 0, homeRegion: "us-east-1" });
});
afterAll(() => services.stop());

describe("groups that an operator took from a user", () => {
  it("do not come back with a relocation, from whichever account of before", async () => {
    const person = await givenAPersonWhoMoves(["admins", "readers"]);
    const { source, first, second, third } = person;

    await person.carry(source, first);
    expect(await person.groupsOf(first)).toEqual(["admins", "readers"]);
    await person.take(first, "admins");

    // As they are announced: the user's attributes name the source for good.
    await person.carry(source, second);
    await person.carry(first, second);
    await person.carry(first, second);
    expect(await person.groupsOf(second)).toEqual(["readers"]);
    await person.take(second, "readers");

    for (const old of [first, source, second]) await person.carry(old, third);
    expect(await person.groupsOf(third)).toEqual([]);
    expect(await person.isCarried(source, third)).toBe(true);
  });
});

describe("groups of another person in a new pool", () => {
  it("do not follow a relocation that an event alone tells of", async () => {
    const thief = await givenAPersonWhoMoves(["readers"]);
    const { source, first, second, third } = thief;
    await thief.carry(source, first);
    const owner = await thief.neighbourIn(second, "admins");
    await expect(thief.carry(owner, third)).rejects.toThrow(GroupsUserConflictError);
    expect(await thief.groupsOf(third)).toEqual([]);
  });
});

interface Place {
  readonly poolId: PoolId;
  readonly sub: Sub;
}

/** An account in an old pool and one in each of three new ones, all of one person. */
async function givenAPersonWhoMoves(groups: readonly string[]) {
  const { cognito, dynamodb } = clientsFor(services.endpoint, "us-east-1");
  const table = `groups-${crypto.randomUUID()}`;
  await createKeyedTable(dynamodb, table);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const store = groupsStore(documents, table);
  const clock = () => Date.UTC(2026, 10, 22, 10);

  const account = async (attributes: Readonly<Record<string, string>>): Promise<Place> => {
    const poolId = await createPool(cognito, "pool");
    return { poolId, sub: await createUser(cognito, poolId, "ann", attributes) };
  };
  const source = await account({});
  for (const group of groups) await join(cognito, source.poolId, "ann", group);
  const userId = source.sub;
  const next = () =>
    account({
      "custom:user_id": userId,
      "custom:legacy_sub": source.sub,
      "custom:legacy_source": "legacy",
    });
  const [first, second, third] = [await next(), await next(), await next()];

  const deps = {
    groups: store,
    mapping: GroupMapping.parse({}),
    sources: new Map([
      [
        String(source.poolId),
        { id: SourceId.parse("legacy"), ...groupSource(cognito, source.poolId) },
      ],
    ]),
    targets: new Map(
      [first, second, third].map(({ poolId }) => [
        String(poolId),
        groupTarget(cognito, poolId, clock),
      ]),
    ),
    clock,
    log: () => {},
  };
  const metadata = {
    id: crypto.randomUUID(),
    version: 1,
    occurredAt: isoTime(clock()),
    correlationId: "request",
    stage: "test",
    region: "us-east-1",
  };
  return {
    source,
    first,
    second,
    third,
    carry: (old: Place, to: Place) =>
      carryGroups(deps, {
        metadata,
        data: { userId, old: { sourceId: "legacy", ...old }, new: { region: "us-east-1", ...to } },
      }),
    /** Somebody else in the same pool. */
    async neighbourIn({ poolId }: Place, group: string): Promise<Place> {
      const sub = await createUser(cognito, poolId, "bob", {
        "custom:user_id": crypto.randomUUID(),
      });
      await join(cognito, poolId, "bob", group);
      return { poolId, sub };
    },
    isCarried: async (old: Place, to: Place) => (await store.find({ old, new: to })) !== undefined,
    async groupsOf({ poolId, sub }: Place): Promise<string[]> {
      const { Groups = [] } = await cognito.send(
        new AdminListGroupsForUserCommand({ UserPoolId: poolId, Username: sub }),
      );
      return Groups.flatMap(({ GroupName }) => GroupName ?? []).toSorted();
    },
    async take({ poolId, sub }: Place, GroupName: string): Promise<void> {
      await cognito.send(
        new AdminRemoveUserFromGroupCommand({ UserPoolId: poolId, Username: sub, GroupName }),
      );
    },
  };
}
