import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { Region } from "@carryover/core/kernel/ids";
import { type CohortStore, cohortStore } from "@carryover/core/placement/cohort-store";
import { type PlacementStore, placementStore } from "@carryover/core/placement/placement-store";
import * as z from "zod/mini";

export interface TableOptions {
  readonly table: string;
  readonly region: string;
}

const Pools = z.array(z.object({ sk: Region }));

/** The placement table, with the rights of who runs the command. */
export function placementAt({ table, region }: TableOptions): PlacementStore {
  return placementStore(documentsIn(region), table);
}

/** The cohorts that are kept there. */
export function cohortsAt({ table, region }: TableOptions): CohortStore {
  return cohortStore(documentsIn(region), table);
}

/** Each deployment writes there where a new pool is: few enough for one page. */
export async function regionsWithPool({ table, region }: TableOptions): Promise<Region[]> {
  const { Items } = await documentsIn(region).send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pools",
      ExpressionAttributeValues: { ":pools": "pools" },
    }),
  );
  return z.parse(Pools, Items).map(({ sk }) => sk);
}

function documentsIn(region: string): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ region });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
