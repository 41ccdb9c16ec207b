import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { UserId } from "@carryover/core/kernel/ids";
import { cohortStore } from "@carryover/core/placement/cohort-store";
import { expect, it, onTestFinished } from "vitest";
import { EU, follow, placed, US, wake } from "../../functions/test/steps/homes.ts";
import {
  aUser,
  configFile,
  eventually,
  givenAStage,
  type TestStage,
} from "../../functions/test/steps/stage.ts";
import { carryover } from "./command.ts";

const given = givenAStage({
  configFile: configFile("two-regions"),
  seed: {
    sources: {
      legacy: {
        pool: { AliasAttributes: ["email"], UsernameAttributes: undefined },
        users: ["anna", "ben"].map((name) => ({
          ...aUser(`${name}@example.com`, { attributes: { "custom:country": "US" } }),
          username: name,
        })),
      },
    },
  },
});

it("moves the users of a file, and shows how far each region is, as an operator's ARN has asked", async () => {
  const test = given();
  const userIds: UserId[] = [];
  for (const name of ["anna", "ben"]) {
    const { userId } = await follow(test, US, `${name}@example.com`);
    await placed(test, userId, "placed");
    userIds.push(userId);
  }
  const file = await aFile([...userIds, "", "00000000-0000-4000-8000-000000000000"].join("\n"));

  const moving = cohort(test, "--users", file, "--to", EU);
  await worked(test);
  const moved = await moving;

  expect(moved).toMatchObject({ code: 0, stderr: "" });
  expect(moved.stdout).toMatch(/us-east-1 +│ +3 +│ +2 +│ +1 /);
  for (const entries of await Promise.all(
    userIds.map((userId) => placed(test, userId, "relocation-requested")),
  )) {
    expect(entries).toMatchObject({
      movingTo: EU,
      actor: "arn:aws:iam::000000000000:user/local",
    });
  }
  const [, id = ""] = /cohort (\S+):/.exec(moved.stdout) ?? [];
  const again = await cohort(test, id);
  expect(again.stdout).toMatch(/us-east-1 +│ +3 +│ +2 +│ +1 /);
});

it("looks at those whom a rule of the configuration gives a home, and knows its rules", async () => {
  const test = given();
  const config = ["--config", configFile("two-regions")];

  const looking = cohort(test, "--rule", "default", ...config);
  await worked(test);
  const typo = await cohort(test, "--rule", "europa", ...config);

  expect((await looking).stdout).toMatch(/us-east-1 +│ +2 +│/);
  expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining("no such rule") });
});

it("starts nothing that is not well formed", async () => {
  const test = given();
  const file = await aFile("ann@example.com");

  const nobody = await cohort(test, "--users", file, "--to", EU);
  const both = await cohort(test, "--users", file, "--policy");

  expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining("userIds.0") });
  expect(nobody.stderr).not.toContain("@");
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("one of") });
  expect(await cohortsOf(test).open()).toEqual([]);
});

function cohort(test: TestStage, ...args: string[]) {
  const { ready } = test.stage;
  const table = ready.tables["placement"] ?? "";
  const at = ["--table", table, "--region", ready.region];
  return carryover(test.stage, "relocate", "cohort", ...args, ...at);
}

function cohortsOf({ clients, stage }: TestStage) {
  const table = stage.ready.tables["placement"] ?? "";
  return cohortStore(DynamoDBDocumentClient.from(clients.dynamodb), table);
}

/** What the schedule does, once the cohort is there. */
async function worked(test: TestStage): Promise<void> {
  await eventually("a cohort is there", async () => (await cohortsOf(test).open())[0]);
  for (const region of [US, EU]) await wake(test, region, "advance-cohorts");
}

async function aFile(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "carryover-cohort-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, "users.txt");
  await writeFile(file, text);
  return file;
}
