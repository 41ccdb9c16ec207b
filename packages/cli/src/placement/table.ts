import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type PlacementStore, placementStore } from "@carryover/core/placement/placement-store";

export interface TableOptions {
  readonly table: string;
  readonly region: string;
}

/** The placement table, with the rights of who runs the command. */
export function placementAt({ table, region }: TableOptions): PlacementStore {
  const client = new DynamoDBClient({ region });
  return placementStore(
    DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    table,
  );
}
