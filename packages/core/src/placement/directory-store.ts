import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import type { PoolId, Region, Sub, UserId } from "../kernel/ids.ts";
import type { LedgerFact } from "./entry.ts";
import type { Directory } from "./home.ts";

/**
 * The placement table as a sign-in reads it. The plain client and no schemas: a person waits for the
 * triggers that this is part of, and nobody but Carryover writes these items.
 */
export function directoryStore(
  client: DynamoDBClient,
  TableName: string,
  signal: () => AbortSignal,
): Directory {
  const get = async (pk: string, sk: string) => {
    const { Item } = await client.send(
      new GetItemCommand({
        TableName,
        Key: { pk: { S: pk }, sk: { S: sk } },
        ConsistentRead: true,
      }),
      { abortSignal: signal() },
    );
    return Item;
  };
  return {
    async findLogin(key) {
      const item = await get(`login#${key}`, "login");
      const userId = item?.["userId"]?.S as UserId | undefined;
      return userId && { userId, expectedAt: item?.["expectedAt"]?.S as Region | undefined };
    },

    async homeOf(userId) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :entry)",
          ExpressionAttributeValues: { ":pk": { S: `user#${userId}` }, ":entry": { S: "entry#" } },
          ScanIndexForward: false,
          Limit: 1,
        }),
        { abortSignal: signal() },
      );
      const [item] = Items;
      if (!item) return undefined;
      const account = item["account"]?.M;
      return {
        fact: textOf(item, "fact") as LedgerFact,
        home: textOf(item, "home") as Region,
        movingTo: item["movingTo"]?.S as Region | undefined,
        account: account && {
          region: textOf(account, "region") as Region,
          poolId: textOf(account, "poolId") as PoolId,
          sub: textOf(account, "sub") as Sub,
        },
        copies: (item["copies"]?.L ?? []).map(({ M = {} }) => ({
          region: textOf(M, "region") as Region,
        })),
      };
    },

    async poolIn(region) {
      const item = await get("pools", region);
      if (!item) throw new Error(`no pool of ${region} is in the placement table`);
      return {
        region: region as Region,
        userPoolId: textOf(item, "userPoolId") as PoolId,
        clientId: textOf(item, "clientId"),
        moveClientId: textOf(item, "moveClientId"),
      };
    },

    async expect(key, userId, region) {
      try {
        await client.send(
          new PutItemCommand({
            TableName,
            Item: {
              pk: { S: `login#${key}` },
              sk: { S: "login" },
              userId: { S: userId },
              isProved: { BOOL: false },
              expectedAt: { S: region },
            },
            // Said again, by another version of the policy, it may be another region.
            ConditionExpression: "attribute_not_exists(pk) OR attribute_exists(expectedAt)",
          }),
          { abortSignal: signal() },
        );
      } catch (error) {
        // Somebody has the login: where they live is known.
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}

function textOf(item: Record<string, AttributeValue>, name: string): string {
  return item[name]?.S ?? "";
}
