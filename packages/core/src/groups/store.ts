import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "electrodb";
import { tableCalls } from "../aws/table-calls.ts";
import type { PoolId, Sub, UserId } from "../kernel/ids.ts";
import { GroupsUnavailableError } from "./errors.ts";

const { orUnavailable, written } = tableCalls("groups", GroupsUnavailableError);

/** An account whose groups were carried to another. */
export interface Carriage {
  readonly old: { readonly poolId: PoolId; readonly sub: Sub };
  readonly new: { readonly poolId: PoolId; readonly sub: Sub };
}

/** What came of it: counts, since a group's name may say something of its members. */
export interface CarriageResult {
  readonly userId: UserId;
  readonly carried: number;
  /** Wanted, and not given: see the service's log. */
  readonly withheld: number;
  /** ISO-8601 UTC. */
  readonly at: string;
}

/** Every call @throws GroupsUnavailableError when the table does not answer. Reads are strongly consistent. */
export interface GroupsStore {
  find(carriage: Carriage): Promise<CarriageResult | undefined>;
  /** The first account that the groups of this old one were carried to. */
  findFirst(old: Carriage["old"]): Promise<Carriage["new"] | undefined>;
  /** Notes that it is done, once: from then on the new pool alone says who is in a group. */
  markCarried(carriage: Carriage, result: CarriageResult): Promise<void>;
}

/** The error as the SDK threw it, so that `instanceof` tells what happened. */
const RAW = { originalErr: true } as const;
const text = { type: "string", required: true } as const;
const count = { type: "number", required: true } as const;

export function groupsStore(client: DynamoDBDocumentClient, table: string): GroupsStore {
  const Carried = new Entity(
    {
      model: { service: "groups", entity: "carried", version: "1" },
      attributes: {
        newPoolId: text,
        newSub: text,
        oldPoolId: text,
        oldSub: text,
        userId: text,
        carried: count,
        withheld: count,
        at: text,
      },
      indexes: {
        byAccount: {
          // Pool ids that differ by case alone are different pools.
          pk: { field: "pk", composite: ["newPoolId", "newSub"], casing: "none" },
          sk: { field: "sk", composite: ["oldPoolId", "oldSub"], casing: "none" },
        },
      },
    },
    { client, table },
  );
  const First = new Entity(
    {
      model: { service: "groups", entity: "first", version: "1" },
      attributes: { oldPoolId: text, oldSub: text, newPoolId: text, newSub: text },
      indexes: {
        byOldAccount: {
          pk: { field: "pk", composite: ["oldPoolId", "oldSub"], casing: "none" },
          sk: { field: "sk", composite: [], casing: "none" },
        },
      },
    },
    { client, table },
  );
  return {
    async find(carriage) {
      const { data } = await orUnavailable(
        Carried.get(keyOf(carriage)).go({ ...RAW, consistent: true }),
      );
      if (!data) return undefined;
      const { userId, carried, withheld, at } = data;
      return { userId: userId as UserId, carried, withheld, at };
    },
    async findFirst({ poolId: oldPoolId, sub: oldSub }) {
      const { data } = await orUnavailable(
        First.get({ oldPoolId, oldSub }).go({ ...RAW, consistent: true }),
      );
      return data ? { poolId: data.newPoolId as PoolId, sub: data.newSub as Sub } : undefined;
    },
    async markCarried(carriage, result) {
      // In this order: a stop in between repeats the same pair, and no other gives anything.
      // What is there already was written by another run, or for another message.
      await written(First.create(keyOf(carriage)).go(RAW));
      await written(Carried.create({ ...keyOf(carriage), ...result }).go(RAW));
    },
  };
}

function keyOf({ old, new: other }: Carriage) {
  return { newPoolId: other.poolId, newSub: other.sub, oldPoolId: old.poolId, oldSub: old.sub };
}
