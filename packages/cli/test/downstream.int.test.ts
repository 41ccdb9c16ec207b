import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CreateTableCommand,
  PutItemCommand,
  ScanCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { derivedId } from "@carryover/core/kernel/ids";
import { type Clients, clientsFor } from "@carryover/local/clients";
import { type Stage, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { status } from "../src/downstream.ts";

const COMMAND = fileURLToPath(new URL("../bin/carryover.mjs", import.meta.url));
const PEOPLE = ["ann", "bob", "cleo"];

let stage: Stage;
let clients: Clients;
beforeAll(async () => {
  stage = await startStage({
    configFile: fileURLToPath(new URL("downstream.config.ts", import.meta.url)),
    visibilitySeconds: 8,
  });
  clients = clientsFor(stage.ready.endpoint, stage.ready.region);
  for (const [name, value] of Object.entries(aws())) vi.stubEnv(name, value);
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  await clients.dynamodb.send(
    new CreateTableCommand({
      TableName: "profiles",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [text("pk"), text("sk")],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  const waiting = { client: clients.dynamodb, minDelay: 0.02, maxDelay: 0.5, maxWaitTime: 60 };
  await waitUntilTableExists(waiting, { TableName: "profiles" });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stage?.stop();
});

describe("carryover downstream", () => {
  it("shows, pauses, resumes, rehearses, verifies and retries", async () => {
    for (const name of PEOPLE) await profile(`USER#${derivedId("old", name)}`);
    // The person has a profile under the new key already: somebody has to look at that.
    await profile(`USER#${derivedId("new", "cleo")}`);
    await clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: stage.ready.queues["downstreamControl"],
        MessageBody: "{}",
      }),
    );
    await until(/profiles +│ 0 +│ 0 +│ 0 +│ 0 +│ running/);
    await run("pause", "profiles", "--reason", "a freeze", ...table());
    for (const name of PEOPLE) await mapped(name);
    await until(/│ 3 +│ 0 +│ 0 +│ 0 +│ paused since .*: a freeze/);

    await run("resume", "profiles", ...table());
    await run("dry-run", "profiles", ...queue());
    await until(/dry run: 2 changes for 3 users; would not go well: 1 conflict/, "profiles");
    expect(await keys()).toHaveLength(4);

    await run("backfill", "profiles", ...queue());
    await until(/│ 0 +│ 2 +│ 1 +│ 0 +│ running/, "profiles");
    const { stdout } = await run("status", "profiles", ...table());
    expect(stdout).toContain("conflict");
    await run("verify", "profiles", ...queue());
    await until(/│ 0 +│ 0 +│ 1 +│ 2 +│ running/);
    await run("retry", "profiles", ...queue());
    await until(/│ 0 +│ 0 +│ 1 +│ 2 +│ running/);
    const now = await keys();
    for (const name of ["ann", "bob"]) expect(now).toContain(`USER#${derivedId("new", name)}`);
  }, 180_000);

  it("names the systems there are when it is told another one", async () => {
    await expect(run("pause", "nonsense", ...table())).rejects.toMatchObject({
      code: 4,
      stderr: expect.stringContaining("there is no system nonsense; there are: profiles"),
    });
    await expect(run("pause")).rejects.toMatchObject({ code: 2 });
    const bus = ["--bus", stage.ready.busName, "--region", stage.ready.region];
    await expect(run("acknowledge", "profiles", "ann", ...bus)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("userId"),
    });
  });
});

function table(): string[] {
  const { tables, region } = stage.ready;
  return ["--table", tables["downstream"] ?? "", "--region", region];
}

function queue(): string[] {
  const { queues, region } = stage.ready;
  return ["--queue", queues["downstreamControl"] ?? "", "--region", region];
}

/** As an operator's shell runs it, with AWS's own variables. */
function run(...args: string[]) {
  return promisify(execFile)(process.execPath, [COMMAND, "downstream", ...args], {
    env: { ...process.env, ...aws() },
  });
}

function aws() {
  return {
    AWS_ENDPOINT_URL: stage.ready.endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
}

/**
 * Looks at the status until it is as expected. In this process: a command of its own for each look would take the
 * processor from what it waits for.
 */
async function until(expected: RegExp, system?: string): Promise<void> {
  const { tables, region } = stage.ready;
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
  try {
    await expect
      .poll(async () => {
        lines.length = 0;
        await status(system, { table: tables["downstream"] ?? "", region });
        return lines.join("\n");
      })
      .toMatch(expected);
  } finally {
    log.mockRestore();
  }
}

async function profile(pk: string): Promise<void> {
  await clients.dynamodb.send(
    new PutItemCommand({ TableName: "profiles", Item: { pk: { S: pk }, sk: { S: "main" } } }),
  );
}

async function keys() {
  const { Items = [] } = await clients.dynamodb.send(new ScanCommand({ TableName: "profiles" }));
  return Items.map(({ pk }) => pk?.S);
}

async function mapped(name: string): Promise<void> {
  const sub = derivedId("old", name);
  const data = {
    userId: sub,
    old: { sourceId: "legacy", poolId: "us-east-1_Legacy001", sub },
    new: { poolId: "us-east-1_New000001", region: "us-east-1", sub: derivedId("new", name) },
  };
  const metadata = {
    id: derivedId("UserIdMapped", sub),
    version: 1,
    occurredAt: "2026-11-22T12:00:00.000Z",
    correlationId: "test",
    stage: "local",
    region: "us-east-1",
  };
  await clients.events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: stage.ready.busName,
          Source: "carryover",
          DetailType: "UserIdMapped",
          Detail: JSON.stringify({ metadata, data }),
        },
      ],
    }),
  );
}
