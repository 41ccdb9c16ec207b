import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { OutgoingEvent } from "../src/events/event.ts";
import { PoolId, Region, Sub, UserId } from "../src/kernel/ids.ts";
import { type PlacementStore, placementStore } from "../src/placement/placement-store.ts";
import { newTable } from "./tables.ts";

// For tests only.

export const US = z.parse(Region, "us-east-1");
export const EU = z.parse(Region, "eu-central-1");
export const AP = z.parse(Region, "ap-south-1");
export const REGIONS = [US, EU, AP];

const uuid = (kind: number, n: number) =>
  `${String(kind).padStart(8, "0")}-0000-4000-8000-${String(n).padStart(12, "0")}`;

export const somebody = (n: number) => z.parse(UserId, uuid(7, n));

/** The account of somebody in a region's pool. */
export function accountOf(n: number, region: Region) {
  return {
    region,
    poolId: z.parse(PoolId, `${region}_New`),
    sub: z.parse(Sub, uuid(10 + REGIONS.indexOf(region), n)),
  };
}

/** A placement table of its own, with the keys that the stacks give it. */
export async function newPlacements(
  client: DynamoDBDocumentClient,
): Promise<{ readonly ledger: PlacementStore; readonly table: string }> {
  const table = await newTable(client, "placement");
  return { ledger: placementStore(client, table), table };
}

/** What writing the ledger needs, with everything that was said, at a time that the test moves. */
export function recordingLedger(ledger: PlacementStore) {
  const published: OutgoingEvent[] = [];
  const time = { nowMs: Date.UTC(2026, 10, 22, 10) };
  return {
    published,
    time,
    deps: {
      ledger,
      publish: async (events: readonly OutgoingEvent[]) => void published.push(...events),
      origin: { stage: "test", region: "us-east-1", clock: () => time.nowMs },
    },
  };
}
