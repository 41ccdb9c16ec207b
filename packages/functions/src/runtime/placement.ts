import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { systemClock } from "@carryover/core/kernel/clock";
import { type LoginKeys, loginKeys } from "@carryover/core/placement/login-key";
import type { PlaceUserDeps } from "@carryover/core/placement/place-user";
import { type PlacementStore, placementStore } from "@carryover/core/placement/placement-store";
import { subscriberPublish } from "./publish.ts";
import { linked } from "./wire.ts";

/** The table is in the home region, for every region: what is in it identifies nobody. */
export function placementClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    region: linked("Migration").homeRegion,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 600, requestTimeout: 1500, throwOnRequestTimeout: true },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export function placementTable(): PlacementStore {
  return placementStore(placementClient(), linked("PlacementTable").name);
}

/** @throws Error where the configuration has no placement: such a function is not deployed then */
export function placementPolicy() {
  const { placement } = linked("Migration");
  if (!placement) throw new Error("the configuration has no placement");
  return placement;
}

function placementKeys(): LoginKeys {
  return loginKeys({
    stageKey: Buffer.from(linked("PlacementKey").value, "base64"),
    caseSensitive: linked("Migration").target.caseSensitive,
    regions: placementPolicy().regions,
  });
}

/** What placing a user needs, but for the log, which is per message, and the other regions' pools. */
export function placeUserDeps(): Omit<PlaceUserDeps, "log" | "endSessions"> {
  const { stage, region, target } = linked("Migration");
  return {
    ledger: placementTable(),
    publish: subscriberPublish(),
    origin: { stage, region, clock: systemClock },
    keys: placementKeys(),
    policy: placementPolicy(),
    target,
  };
}
