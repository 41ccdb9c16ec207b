import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { directoryStore } from "@carryover/core/placement/directory-store";
import type { Directory } from "@carryover/core/placement/home";
import { type LoginKeys, loginKeys } from "@carryover/core/placement/login-key";
import { linkedRegional } from "./links.ts";

/** A read across the world takes up to 300 ms; the first one opens a connection as well, which takes three times that. */
const READ_MS = 1500;

/** The placement table, as who signs somebody in reads it. Call it once, at module scope. */
export function directory(): { readonly directory: Directory; readonly keys: LoginKeys } {
  const { homeRegion, target, placement } = linkedRegional("Migration");
  if (!placement) throw new Error("the configuration has no placement");
  const client = new DynamoDBClient({
    region: homeRegion,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 600,
      requestTimeout: READ_MS,
      throwOnRequestTimeout: true,
    },
  });
  return {
    directory: directoryStore(client, linkedRegional("PlacementTable").name, () =>
      AbortSignal.timeout(READ_MS),
    ),
    keys: loginKeys({
      stageKey: Buffer.from(linkedRegional("PlacementKey").value, "base64"),
      caseSensitive: target.caseSensitive,
      regions: placement.regions,
    }),
  };
}
