import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { tableCalls } from "../aws/table-calls.ts";
import { UserId } from "../kernel/ids.ts";
import { PlacementUnavailableError } from "./errors.ts";

const { orUnavailable } = tableCalls("placement", PlacementUnavailableError);

const FirstEntry = z.object({ userId: UserId });
const Key = z.object({ pk: z.string(), sk: z.string() });

/** Items read at a time, of which those of users who were placed are answered. */
const PAGE_SIZE = 120;

/**
 * Walks through everybody who was ever placed, by pages of the whole table, in no order. Needs the right to scan it.
 * @throws PlacementUnavailableError
 */
export function homeWalk(client: DynamoDBDocumentClient, TableName: string) {
  return {
    async page(cursor: string | undefined): Promise<{
      readonly items: readonly UserId[];
      readonly cursor: string | undefined;
    }> {
      const { Items = [], LastEvaluatedKey } = await orUnavailable(
        client.send(
          new ScanCommand({
            TableName,
            Limit: PAGE_SIZE,
            // Each chain begins with one such entry.
            FilterExpression: "begins_with(sk, :entry) AND seq = :first",
            ExpressionAttributeValues: { ":entry": "entry#", ":first": 1 },
            ...(cursor !== undefined && { ExclusiveStartKey: keyFrom(cursor) }),
          }),
        ),
      );
      return {
        items: Items.map((item) => z.parse(FirstEntry, item).userId),
        cursor: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey),
      };
    },
  };
}

function keyFrom(cursor: string) {
  return z.parse(Key, JSON.parse(cursor));
}
