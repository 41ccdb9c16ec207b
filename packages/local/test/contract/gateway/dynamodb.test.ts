import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { startParts } from "./parts.ts";

async function start() {
  const { client, clock, endpoint } = await startParts();
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
    // DynamoDB answers before a table is there.
    const waiting = { client: dynamodb, minDelay: 0.02, maxDelay: 0.5, maxWaitTime: 60 };
    await waitUntilTableExists(waiting, { TableName: "users" });
    return dynamodb;
  };
  return { table, client, clock, endpoint };
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

  // Source: DynamoDB developer guide, "Using time to live (TTL)", "Computing time to live".
  it("lose what has expired a while ago, by numbers that are not over five years old", async () => {
    const { table, clock } = await start();
    const dynamodb = await table("us-east-1");
    await dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName: "users",
        TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAt" },
      }),
    );
    const inSeconds = (seconds: number) => String(Math.floor(clock.now() / 1000) + seconds);
    const expiring = {
      soon: { N: inSeconds(60) },
      later: { N: inSeconds(86_400) },
      text: { S: inSeconds(60) },
      longAgo: { N: inSeconds(-6 * 365 * 86_400) },
    };
    for (const [id, expiresAt] of Object.entries(expiring)) {
      const Item = { id: { S: id }, expiresAt };
      await dynamodb.send(new PutItemCommand({ TableName: "users", Item }));
    }
    const ids = async () => {
      const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: "users" }));
      return Items.map(({ id }) => id?.S).toSorted();
    };
    clock.advance(70_000);
    expect(await ids()).toEqual(["later", "longAgo", "soon", "text"]);
    clock.advance(15 * 60_000);
    await expect.poll(ids).toEqual(["later", "longAgo", "text"]);
  });
});

describe("a malformed request to the tables", () => {
  const key = { TableName: "users", Key: { id: null } };
  it.each([
    ["GetItem", null],
    ["GetItem", key],
    ["PutItem", { TableName: "users", Item: { id: null } }],
    ["UpdateTable", { TableName: "users", GlobalSecondaryIndexUpdates: [null] }],
    ["DescribeTimeToLive", null],
    ["UpdateTimeToLive", { TableName: "users", TimeToLiveSpecification: null }],
    ["TransactGetItems", { TransactItems: [{ Get: key }] }],
    ["TransactWriteItems", ""],
    ["TransactWriteItems", { TransactItems: [null] }],
    ["TransactWriteItems", { TransactItems: [{ Delete: null }] }],
    ["TransactWriteItems", { TransactItems: [{ Put: { TableName: "users", Item: null } }] }],
  ])("is refused, and the others are answered: %s %j", async (operation, input) => {
    const { table, endpoint } = await start();
    const dynamodb = await table("us-east-1");
    const answer = await fetch(endpoint, {
      method: "POST",
      headers: {
        authorization:
          "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x",
        "x-amz-date": "20260101T000000Z",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "content-type": "application/x-amz-json-1.0",
      },
      body: JSON.stringify(input),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      __type: expect.stringMatching(/(Serialization|Validation)Exception$/),
    });
    expect((await dynamodb.send(get)).Item).toBeUndefined();
  });
});

describe("a transaction", () => {
  const TableName = "users";
  const put = (id: string, ConditionExpression?: string) => ({
    Put: {
      TableName,
      Item: { id: { S: id } },
      ...(ConditionExpression && { ConditionExpression }),
    },
  });
  const remove = (id: string) => ({
    Delete: { TableName, Key: { id: { S: id } }, ConditionExpression: "attribute_exists(id)" },
  });
  const ids = async (dynamodb: DynamoDBClient) => {
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName }));
    return Items.map(({ id }) => id?.S).toSorted();
  };

  it("writes all of it, or nothing and says which part failed", async () => {
    const { table } = await start();
    const dynamodb = await table("us-east-1");
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [put("a"), put("b")] }));
    expect(await ids(dynamodb)).toEqual(["a", "b"]);

    const failing = [
      put("c"),
      remove("a"),
      {
        Update: {
          TableName,
          Key: { id: { S: "b" } },
          UpdateExpression: "SET x = :x",
          ExpressionAttributeValues: { ":x": { N: "1" } },
        },
      },
      {
        ConditionCheck: {
          TableName,
          Key: { id: { S: "d" } },
          ConditionExpression: "attribute_not_exists(id)",
        },
      },
      remove("gone"),
    ];
    await expect(
      dynamodb.send(new TransactWriteItemsCommand({ TransactItems: failing })),
    ).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [
        { Code: "None" },
        { Code: "None" },
        { Code: "None" },
        { Code: "None" },
        { Code: "ConditionalCheckFailed" },
      ],
    });

    expect(await ids(dynamodb)).toEqual(["a", "b"]);
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName, Key: { id: { S: "b" } } }),
    );
    expect(Item).toEqual({ id: { S: "b" } });
  });

  // Source: DynamoDB API reference, TransactWriteItems, "ClientRequestToken".
  it("is done once for a token, within ten minutes", async () => {
    const { table, clock } = await start();
    const dynamodb = await table("us-east-1");
    const write = (id: string, ClientRequestToken = "token") =>
      dynamodb.send(
        new TransactWriteItemsCommand({
          ClientRequestToken,
          TransactItems: [put(id, "attribute_not_exists(id)")],
        }),
      );
    await write("a");
    await write("a");
    await expect(write("b")).rejects.toMatchObject({
      name: "IdempotentParameterMismatchException",
    });
    expect(await ids(dynamodb)).toEqual(["a"]);
    // What failed may be tried again with its token, and be something else.
    await expect(write("a", "other")).rejects.toMatchObject({
      name: "TransactionCanceledException",
    });
    await write("b", "other");
    clock.advance(10 * 60_000);
    await expect(write("a")).rejects.toMatchObject({ name: "TransactionCanceledException" });
    await write("c");
    expect(await ids(dynamodb)).toEqual(["a", "b", "c"]);
  });

  it("is seen by nobody half done", async () => {
    const { table } = await start();
    const dynamodb = await table("us-east-1");
    await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: "0" } } }));
    const seen = new Set<number>();
    for (let n = 0; n < 20; n += 1) {
      const moving = dynamodb.send(
        new TransactWriteItemsCommand({ TransactItems: [put(String(n + 1)), remove(String(n))] }),
      );
      const looks = Array.from({ length: 4 }, async () => seen.add((await ids(dynamodb)).length));
      await Promise.all([moving, ...looks]);
    }
    expect([...seen]).toEqual([1]);
  });

  it("is refused when two of its parts are about one item", async () => {
    const { table } = await start();
    const dynamodb = await table("us-east-1");
    await expect(
      dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [put("a"), put("a")] })),
    ).rejects.toMatchObject({ name: "ValidationException" });
    expect(await ids(dynamodb)).toEqual([]);
  });

  // DynamoDB API reference, TransactGetItems: a response for each request, in its order, without an item that is not there.
  it("reads all of it at one time", async () => {
    const { table } = await start();
    const dynamodb = await table("us-east-1");
    await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: "1" }, n: { N: "1" } } }));
    const get = (id: string) => ({ Get: { TableName, Key: { id: { S: id } } } });
    const read = (TransactItems: ReturnType<typeof get>[]) =>
      dynamodb.send(new TransactGetItemsCommand({ TransactItems }));
    expect((await read([get("0"), get("1")])).Responses).toEqual([
      {},
      { Item: { id: { S: "1" }, n: { N: "1" } } },
    ]);
    const seen = new Set<number>();
    for (let n = 1; n < 15; n += 1) {
      const moving = dynamodb.send(
        new TransactWriteItemsCommand({ TransactItems: [put(String(n + 1)), remove(String(n))] }),
      );
      const looks = Array.from({ length: 4 }, async () => {
        const { Responses = [] } = await read([get(String(n)), get(String(n + 1))]);
        seen.add(Responses.filter(({ Item }) => Item !== undefined).length);
      });
      await Promise.all([moving, ...looks]);
    }
    expect([...seen]).toEqual([1]);
    await expect(read([])).rejects.toMatchObject({ name: "ValidationException" });
  });
});
