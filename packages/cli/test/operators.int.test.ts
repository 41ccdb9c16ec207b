import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { identityStore } from "@carryover/core/identity/store";
import { PoolId, Region, SourceId, Sub, UserId } from "@carryover/core/kernel/ids";
import { onboardingStore } from "@carryover/core/onboarding/store";
import { type Draft, follow } from "@carryover/core/placement/entry";
import { placementStore } from "@carryover/core/placement/placement-store";
import { clientsFor } from "@carryover/local/clients";
import { type Stage, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { carryover } from "./command.ts";

const PEOPLE = 60;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

describe("carryover reviews", () => {
  it("says when nothing waits", async () => {
    expect(await reviews()).toContain("Nothing waits for a decision.");
  });

  it("lists every account, of more than one page, with what to do", async () => {
    const { ready } = stage;
    const { dynamodb } = clientsFor(ready.endpoint, ready.region);
    const store = identityStore(
      DynamoDBDocumentClient.from(dynamodb),
      ready.tables["identity"] ?? "",
    );
    for (let n = 0; n < PEOPLE; n++) {
      await store.openReview(
        {
          kind: "unverified-contact",
          userId: UserId.parse(id(n)),
          poolId: PoolId.parse("us-east-1_Legacy001"),
          sub: Sub.parse(id(n + PEOPLE)),
          sourceId: SourceId.parse("legacy"),
        },
        "2026-11-22T12:00:00.000Z",
      );
    }

    const printed = await reviews();

    for (let n = 0; n < PEOPLE; n++) expect(printed).toContain(id(n + PEOPLE));
    expect(printed).toContain("unverified-contact: same address, proved on one side only");
  });
});

describe("carryover mail", () => {
  const mail = (command: string, userId: string, ...more: string[]) => {
    const { ready } = stage;
    const at = ["--table", ready.tables["onboarding"] ?? "", "--region", ready.region];
    return run("mail", command, userId, ...at, ...more);
  };

  it("shows whom no mail reaches, and lets it go to them again, with who said so", async () => {
    const { ready } = stage;
    const { dynamodb } = clientsFor(ready.endpoint, ready.region);
    const store = onboardingStore(
      DynamoDBDocumentClient.from(dynamodb),
      ready.tables["onboarding"] ?? "",
    );
    const userId = UserId.parse(id(4720));
    const at = "2026-11-22T12:00:00.000Z";
    await store.markUnreachable(userId, "complaint", { eventId: "complaint", at });

    const before = await mail("status", userId);
    const resumed = await mail("resume", userId, "--reason", "asked by phone");
    const after = await mail("status", userId);

    expect(before.stdout).toContain("cannot be reached: complaint");
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining("written to again") });
    expect(after.stdout).toMatch(
      /^can be reached\n +2026-11-22T12:00:00.000Z +complaint\n +\S+ +lifted +arn:aws:iam::000000000000:user\/local +asked by phone\n$/,
    );
  });
});

describe("carryover reconcile", () => {
  const order = (...more: string[]) => {
    const { ready } = stage;
    const queue = ready.queues["reconcile"] ?? "";
    const table = ready.tables["reconcile"] ?? "";
    return run("reconcile", "--table", table, "--queue", queue, "--region", ready.region, ...more);
  };

  it("ends with 1 and the user IDs where there is drift, with 0 once it is mended, and says so", async () => {
    const { ready } = stage;
    const { cognito } = clientsFor(ready.endpoint, ready.region);
    const target = ready.targets.find(({ region }) => region === ready.region);
    const user = { UserPoolId: target?.userPoolId, Username: "somebody@example.com" };
    const userId = id(4711);
    // As after a sign-in of which no service has heard.
    await cognito.send(
      new AdminCreateUserCommand({
        ...user,
        MessageAction: "SUPPRESS",
        UserAttributes: [
          { Name: "email", Value: user.Username },
          { Name: "custom:user_id", Value: userId },
          { Name: "custom:legacy_sub", Value: userId },
          { Name: "custom:legacy_source", Value: "legacy" },
        ],
      }),
    );
    await cognito.send(
      new AdminSetUserPasswordCommand({ ...user, Password: "New-Password-1!", Permanent: true }),
    );

    const looked = await order("--kinds", "unmapped,mapped-but-gone");
    expect(looked).toMatchObject({ code: 1 });
    expect(looked.stdout).toMatch(/unmapped +│ +1 │ +0 /);
    expect(looked.stdout).toContain(userId);
    expect(looked.stdout).not.toContain("@");

    const mended = await order("--kinds", "unmapped", "--repair");
    expect(mended).toMatchObject({ code: 0 });
    expect(mended.stdout).toMatch(/unmapped +│ +1 │ +1 /);

    const again = await order("--kinds", "unmapped");
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("No drift.");

    const [, runId = ""] = /run (\S+):/.exec(again.stdout) ?? [];
    expect(await order("--resume", runId)).toMatchObject({ code: 0 });
  });

  it("refuses a kind that there is not, and a run that there is not", async () => {
    expect(await order("--kinds", "typo")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("typo is none of unmapped"),
    });
    expect(await order("--resume", "no-such-run")).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("there is no run no-such-run"),
    });
  });
});

describe("a command that cannot do its work", () => {
  it("says what AWS said, and what to look at", async () => {
    const { region, tables } = stage.ready;
    const at = (table: string) => ["--table", table, "--region", region];

    const noTable = await run("reviews", ...at("carryover-typo-identity"));
    const noQueue = await run(
      "reconcile",
      ...at(tables["reconcile"] ?? ""),
      "--queue",
      `${stage.ready.endpoint}/000000000000/typo`,
    );
    const noUrl = await run("reconcile", ...at("any"), "--queue", "carryover-reconcile");
    const noUser = await run("relocate", "ann", ...at("any"), "--bus", "any", "--to", "eu-west-1");

    expect(noTable.code).toBe(6);
    expect(noTable.stderr).toMatch(/did not answer \(ResourceNotFoundException\)\n.*--region/);
    expect(noQueue.code).toBe(6);
    expect(noQueue.stderr).toMatch(/did not answer \(QueueDoesNotExist\)\n.*--region/);
    expect(noUrl).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'--queue <url>' argument 'carryover-reconcile' is invalid"),
    });
    expect(noUser).toMatchObject({ code: 2, stderr: expect.stringContaining(": userId") });
    for (const { stderr } of [noTable, noQueue, noUrl, noUser])
      expect(stderr).not.toContain("    at ");
  });
});

describe("carryover placement and relocate", () => {
  const at = () => {
    const { ready } = stage;
    return ["--table", ready.tables["placement"] ?? "", "--region", ready.region];
  };
  const relocate = (userId: string, ...more: string[]) =>
    run("relocate", userId, ...at(), "--bus", stage.ready.busName, ...more);

  it("moves a user, takes it back, exports both, and finds who changed the ledger", async () => {
    const { ready } = stage;
    const { dynamodb } = clientsFor(ready.endpoint, ready.region);
    const documents = DynamoDBDocumentClient.from(dynamodb);
    const userId = UserId.parse(id(4712));
    const home = Region.parse("us-east-1");
    const placed: Draft = {
      fact: "placed",
      home,
      account: { region: home, poolId: PoolId.parse("us-east-1_New"), sub: Sub.parse(id(4713)) },
      decidedBy: "policy",
      copies: [],
      reason: "default",
      policyVersion: 1,
    };
    const table = ready.tables["placement"] ?? "";
    await placementStore(documents, table).append(
      follow(undefined, placed, { userId, at: "2026-11-22T12:00:00.000Z", cause: "test" }),
    );

    const astray = await relocate(userId, "--to", "eu-central-1");
    await documents.send(
      new PutCommand({ TableName: table, Item: { pk: "pools", sk: "eu-central-1" } }),
    );
    const moved = await relocate(userId, "--to", "eu-central-1");
    const neither = await relocate(userId);
    const stays = await relocate(userId, "--cancel");
    const nobody = await relocate(id(1), "--to", "eu-central-1");
    const csv = await run("placement", "export", ...at());
    const json = await run("placement", "export", ...at(), "--format", "json");

    expect(astray).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no new pool in that region"),
    });
    expect(moved).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("moves to eu-central-1 at the next sign-in"),
    });
    expect(neither).toMatchObject({ code: 2, stderr: expect.stringContaining("--cancel") });
    expect(stays.stdout).toContain("lives in us-east-1, and stays");
    expect(nobody).toMatchObject({ code: 4 });
    expect(csv.code).toBe(0);
    const [head = "", ...rows] = csv.stdout.trim().split("\n");
    expect(head).toMatch(/^userId,seq,at,fact,home,from,movingTo,reason,policyVersion/);
    expect(rows.map((row) => row.split(",")[3])).toEqual([
      "placed",
      "relocation-requested",
      "relocation-cancelled",
    ]);
    const lines = json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines[1]).toMatchObject({
      userId,
      seq: 2,
      movingTo: "eu-central-1",
      reason: "operator",
    });

    await documents.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: `user#${userId}`, sk: "entry#00000002" },
        UpdateExpression: "SET reason = :other",
        ExpressionAttributeValues: { ":other": "policy" },
      }),
    );
    const changed = await run("placement", "export", ...at());
    expect(changed).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(`${userId} from entry 2 on`),
    });
  });
});

function id(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

async function reviews(): Promise<string> {
  const { ready } = stage;
  const table = ready.tables["identity"] ?? "";
  const { stdout } = await run("reviews", "--table", table, "--region", ready.region);
  return stdout;
}

function run(...args: string[]) {
  return carryover(stage, ...args);
}
