import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { identityStore } from "@carryover/core/identity/store";
import { PoolId, SourceId, Sub, UserId } from "@carryover/core/kernel/ids";
import { clientsFor } from "@carryover/local/clients";
import { type Stage, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const COMMAND = fileURLToPath(new URL("../bin/carryover.mjs", import.meta.url));
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

function id(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

async function reviews(): Promise<string> {
  const { ready } = stage;
  const table = ready.tables["identity"] ?? "";
  const { stdout } = await run("reviews", "--table", table, "--region", ready.region);
  return stdout;
}

/** As an operator's shell runs it, with AWS's own variables. */
async function run(...args: string[]) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: stage.ready.endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  try {
    const ended = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env });
    return { code: 0, ...ended };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}
