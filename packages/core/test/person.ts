import { UserMigrated } from "@carryover/events/user-migrated";
import { UserSignedIn } from "@carryover/events/user-signed-in";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import * as z from "zod/mini";
import type { OutgoingEvent, Publish } from "../src/events/event.ts";
import type { SourcePools } from "../src/identity/commands.ts";
import type { IdentityStore } from "../src/identity/store.ts";
import type { Facts } from "../src/kernel/errors.ts";
import { PoolId, SourceId, Sub, UserId } from "../src/kernel/ids.ts";

// For tests only: given people, given ids, given events.

const uuid = (kind: number, n: number) =>
  `${String(kind).padStart(8, "0")}-0000-4000-8000-${String(n).padStart(12, "0")}`;

export const userId = (n: number) => z.parse(UserId, uuid(1, n));
export const oldSub = (n: number) => z.parse(Sub, uuid(2, n));
export const newSub = (n: number) => z.parse(Sub, uuid(3, n));
export const newPool = z.parse(PoolId, "eu-central-1_New");

const source = (id: string, poolId: string) => ({
  id: z.parse(SourceId, id),
  userPoolId: z.parse(PoolId, poolId),
});
export const legacy = source("legacy", "us-east-1_Legacy");
export const shop = source("shop", "us-east-1_Shop");
export const forum = source("forum", "eu-west-1_Forum");
export const sourcePools: SourcePools = new Map([legacy, shop, forum].map((one) => [one.id, one]));

let events = 0;
function metadata() {
  events += 1;
  return {
    id: `event-${events}`,
    version: 1,
    occurredAt: "2026-11-22T10:00:00.000Z",
    correlationId: `request-${events}`,
    stage: "test",
    region: "us-east-1",
  };
}

export function migrated(n: number, from = legacy, user: string = userId(n)) {
  return {
    name: UserMigrated.name,
    metadata: metadata(),
    data: {
      userId: user,
      method: "password" as const,
      source: { id: from.id, poolId: from.userPoolId, region: "us-east-1", sub: oldSub(n) },
      target: { poolId: newPool, region: "eu-central-1" },
      mfa: "none" as const,
    },
  };
}

export function signedIn(
  n: number,
  more: { legacySub?: string; legacySource?: string; userId?: string } = {},
) {
  return {
    name: UserSignedIn.name,
    metadata: metadata(),
    data: {
      userId: userId(n) as string,
      poolId: newPool,
      region: "eu-central-1",
      sub: newSub(n),
      clientId: "app",
      ...more,
    },
  };
}

/** As a user signs in whose attributes name the old side. */
export function signedInAfterCrossing(n: number, from = legacy) {
  return signedIn(n, { legacySub: oldSub(n), legacySource: from.id });
}

export function signedUp(n: number) {
  const { poolId, region, sub } = signedIn(n).data;
  return {
    name: UserSignedUp.name,
    metadata: metadata(),
    data: { userId: userId(n), poolId, region, sub },
  };
}

/** What the verbs need, with everything that they said and logged. */
export function recording(identities: IdentityStore) {
  const published: OutgoingEvent[] = [];
  const lines: { level: string; message: string; facts: Facts }[] = [];
  const publish: Publish = async (outgoing) => void published.push(...outgoing);
  return {
    published,
    lines,
    deps: {
      identities,
      publish,
      sourcePools,
      origin: {
        stage: "test",
        region: "us-east-1",
        clock: () => Date.UTC(2026, 10, 22, 10),
      },
      log: (level: "info" | "warn" | "error", message: string, facts: Facts = {}) =>
        void lines.push({ level, message, facts }),
    },
  };
}

/** The calls that a store gets, by name. */
export function counting(store: IdentityStore) {
  const calls: string[] = [];
  const counted = new Proxy(store, {
    get(target, name, receiver) {
      calls.push(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
  return { counted, calls };
}
