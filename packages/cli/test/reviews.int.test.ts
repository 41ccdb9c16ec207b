import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
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

function id(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

/** As an operator's shell runs it, with AWS's own variables. */
async function reviews(): Promise<string> {
  const { ready } = stage;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [COMMAND, "reviews", "--table", ready.tables["identity"] ?? "", "--region", ready.region],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: ready.endpoint,
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
      },
    },
  );
  return stdout;
}
