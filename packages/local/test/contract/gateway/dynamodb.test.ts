import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { startParts } from "./parts.ts";

async function start() {
  const { client } = await startParts();
  const table = async (region: string) => {
    const dynamodb = new DynamoDBClient(client(region));
    await dynamodb.send(
      new CreateTableCommand({
        TableName: "users",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    return dynamodb;
  };
  return { table, client };
}

const item = { id: { S: "u1" }, name: { S: "Ann" } };
const get = new GetItemCommand({ TableName: "users", Key: { id: { S: "u1" } } });

describe("tables behind the gateway", () => {
  it("keep items, and refuse a write whose condition fails", async () => {
    const { table } = await start();
    const dynamodb = await table("us-east-1");
    const put = new PutItemCommand({
      TableName: "users",
      Item: item,
      ConditionExpression: "attribute_not_exists(id)",
    });
    await dynamodb.send(put);
    await expect(dynamodb.send(put)).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
    });
    expect((await dynamodb.send(get)).Item).toEqual(item);
  });

  it("are apart by region", async () => {
    const { table, client } = await start();
    const here = await table("us-east-1");
    await here.send(new PutItemCommand({ TableName: "users", Item: item }));
    const there = await table("eu-central-1");
    expect((await there.send(get)).Item).toBeUndefined();
    await expect(new DynamoDBClient(client("ap-south-1")).send(get)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("take a time to live, which dynalite itself does not know", async () => {
    const { table } = await start();
    const dynamodb = await table("us-east-1");
    await dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName: "users",
        TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAt" },
      }),
    );
    const { TimeToLiveDescription } = await dynamodb.send(
      new DescribeTimeToLiveCommand({ TableName: "users" }),
    );
    expect(TimeToLiveDescription).toEqual({
      TimeToLiveStatus: "ENABLED",
      AttributeName: "expiresAt",
    });
    await expect(
      dynamodb.send(new DescribeTimeToLiveCommand({ TableName: "none" })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
