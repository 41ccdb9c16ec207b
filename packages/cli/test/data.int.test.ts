import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  AdminGetUserCommand,
  type AuthFlowType,
  GetUserCommand,
  InitiateAuthCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeArchiveCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { clientsFor } from "@carryover/local/clients";
import { type ReadyFile, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSnapshot, saveSnapshot } from "../src/snapshot.ts";

const COMMAND = fileURLToPath(new URL("../bin/carryover.mjs", import.meta.url));
const PASSWORD = "Old-Password-1!";
const ADA = "ada@example.com";

let folder = "";
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "carryover-data-"));
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** A stage in a process of its own, on the same port and directory each time. */
async function start(port: number, ...more: readonly string[]) {
  const ready = join(folder, `ready-${children.length}.json`);
  const data = join(folder, "data");
  const options = ["--port", String(port), "--data", data, "--ready", ready, ...more];
  const child = spawn(process.execPath, [COMMAND, "dev", ...options], { stdio: "ignore" });
  children.push(child);
  await expect.poll(() => existsSync(ready), { interval: 50 }).toBe(true);
  const stage = JSON.parse(await readFile(ready, "utf8")) as ReadyFile;
  return { child, stage, clients: clientsFor(stage.endpoint, stage.region) };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
}

function carryover(...options: readonly string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const run = execFile(process.execPath, [COMMAND, ...options], (_error, _out, stderr) =>
      resolve({ code: run.exitCode ?? -1, stderr }),
    );
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

describe("carryover dev --data", () => {
  it("keeps everything that was acknowledged when the process is killed", async () => {
    const seed = join(folder, "seed.json");
    const attributes = { email: ADA, email_verified: "true" };
    const users = [{ username: ADA, password: PASSWORD, attributes }];
    await writeFile(seed, JSON.stringify({ sources: { legacy: { users } } }));
    const port = await freePort();
    const before = await start(port, "--seed", seed);
    const { cognito, sqs, dynamodb, events } = before.clients;
    const [target] = before.stage.targets;
    const signIn = (flow: AuthFlowType, parameters: Record<string, string>) =>
      new InitiateAuthCommand({
        ClientId: target?.clientId,
        AuthFlow: flow,
        AuthParameters: parameters,
      });

    // Ada crosses, changes her name, and keeps her tokens; somebody else waits for a code.
    const { AuthenticationResult: tokens } = await cognito.send(
      signIn("USER_PASSWORD_AUTH", { USERNAME: ADA, PASSWORD }),
    );
    await cognito.send(
      new UpdateUserAttributesCommand({
        AccessToken: tokens?.AccessToken,
        UserAttributes: [{ Name: "name", Value: "Ada" }],
      }),
    );
    await cognito.send(
      new SignUpCommand({
        ClientId: target?.clientId,
        Username: "new@example.com",
        Password: PASSWORD,
        UserAttributes: [{ Name: "email", Value: "new@example.com" }],
      }),
    );
    // A queue of somebody's own, behind a rule of their own.
    const { QueueUrl = "" } = await sqs.send(
      new CreateQueueCommand({ QueueName: "mine", Attributes: { VisibilityTimeout: "77" } }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "first" }));
    const pattern = JSON.stringify({ source: ["shop"] });
    await events.send(new PutRuleCommand({ Name: "mine", EventPattern: pattern }));
    const Arn = `arn:aws:sqs:${before.stage.region}:000000000000:mine`;
    await events.send(new PutTargetsCommand({ Rule: "mine", Targets: [{ Id: "q", Arn }] }));
    const item = { pk: { S: "test" }, sk: { S: "one" } };
    const TableName = before.stage.tables["identity"];
    await dynamodb.send(new PutItemCommand({ TableName, Item: item }));
    await fetch(`${before.stage.endpoint}/_local/clock`, {
      method: "POST",
      body: JSON.stringify({ advanceSeconds: 60 }),
    });
    await killed(before.child);

    const after = await start(port, "--seed", seed);
    const again = after.clients;
    expect(after.stage).toEqual(before.stage);
    const user = await again.cognito.send(new GetUserCommand({ AccessToken: tokens?.AccessToken }));
    expect(user.UserAttributes).toContainEqual({ Name: "name", Value: "Ada" });
    const refreshed = await again.cognito.send(
      signIn("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: tokens?.RefreshToken ?? "" }),
    );
    expect(refreshed.AuthenticationResult?.AccessToken).toBeDefined();
    const waiting = await again.cognito.send(
      new AdminGetUserCommand({ UserPoolId: target?.userPoolId, Username: "new@example.com" }),
    );
    expect(waiting.UserStatus).toBe("UNCONFIRMED");
    // By the password, which is checked against the source no more.
    const home = await again.cognito.send(
      signIn("USER_PASSWORD_AUTH", { USERNAME: ADA, PASSWORD }),
    );
    expect(home.AuthenticationResult?.IdToken).toBeDefined();

    const mails = (await (await fetch(after.stage.mailbox)).json()) as { to: string }[];
    expect(mails.map(({ to }) => to)).toContain("new@example.com");
    const clock = (await (await fetch(`${after.stage.endpoint}/_local/clock`)).json()) as {
      offsetMs: number;
    };
    expect(clock.offsetMs).toBe(60_000);
    const { Item } = await again.dynamodb.send(new GetItemCommand({ TableName, Key: item }));
    expect(Item).toEqual(item);

    await again.events.send(
      new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "Sold", Detail: "{}" }] }),
    );
    await expect
      .poll(async () => {
        const { Attributes } = await again.sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
        );
        return [Attributes?.["VisibilityTimeout"], Attributes?.["ApproximateNumberOfMessages"]];
      })
      .toEqual(["77", "2"]);
    const { Messages } = await again.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(Messages?.map(({ Body }) => Body)).toContain("first");
    const archive = await again.events.send(
      new DescribeArchiveCommand({ ArchiveName: after.stage.busName }),
    );
    expect(archive.EventCount).toBeGreaterThan(0);

    // Only one stage at a time, and no copy of what it is writing.
    const saved = join(folder, "saved");
    const save = ["snapshot", "save", saved, "--data", join(folder, "data")];
    const busy = await carryover(...save);
    expect(busy.code).toBe(5);
    expect(busy.stderr).toMatch(/another stage uses it/);
    await killed(after.child);
    expect(await carryover(...save)).toMatchObject({ code: 0 });
    const loaded = join(folder, "loaded");
    expect(await carryover("snapshot", "load", saved, "--data", loaded)).toMatchObject({ code: 0 });

    // A directory of another version is neither started on nor copied.
    const other = join(folder, "other");
    await cp(saved, other, { recursive: true });
    await writeFile(join(other, "format.json"), '{"format":99}');
    const copy = join(folder, "copy");
    for (const use of [
      () => startStage({ dataDirectory: other }),
      () => saveSnapshot(copy, { data: other }),
      () => loadSnapshot(other, { data: copy }),
    ]) {
      await expect(use()).rejects.toThrow("later version (format 99");
    }

    const stage = await startStage({ dataDirectory: loaded });
    const clients = clientsFor(stage.ready.endpoint, stage.ready.region);
    const kept = await clients.cognito.send(
      new AdminGetUserCommand({ UserPoolId: target?.userPoolId, Username: ADA }),
    );
    await stage.stop();
    expect(kept.UserAttributes).toContainEqual({ Name: "name", Value: "Ada" });
    // The same directory under another set-up is refused, before anything is touched.
    await expect(startStage({ dataDirectory: loaded, visibilitySeconds: 5 })).rejects.toThrow(
      /another configuration/,
    );
  }, 120_000);
});
