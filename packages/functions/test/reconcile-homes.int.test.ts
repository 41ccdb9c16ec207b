import {
  AdminDeleteUserCommand,
  ForgotPasswordCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { DeleteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { countsOf, type DRIFT_KINDS, isDone } from "@carryover/core/reconcile/schema";
import { reconcileStore } from "@carryover/core/reconcile/store";
import { expect, it } from "vitest";
import { accountIn, EU, follow, ledgerOf, placed, poolIn, US } from "./steps/homes.ts";
import { operator } from "./steps/operator.ts";
import { unlessBusy } from "./steps/sign-in.ts";
import { aUser, configFile, eventually, givenAStage, type TestStage } from "./steps/stage.ts";

const people = { lena: "US", vera: "US", ines: "DE", omar: "US" };

const given = givenAStage({
  configFile: configFile("two-regions"),
  // A message that is worked on must not come again: its attempts would be used up by waiting.
  visibilitySeconds: 10,
  seed: {
    sources: {
      legacy: {
        pool: { AliasAttributes: ["email"], UsernameAttributes: undefined },
        users: Object.entries(people).map(([name, country]) => ({
          ...aUser(`${name}@example.com`, { attributes: { "custom:country": country } }),
          username: name,
        })),
      },
    },
  },
});

it("finds what placement and the pools say differently, and says again in the user's region what was lost", async () => {
  const test = given();
  const userIdOf = async (name: string) => {
    const { userId } = await follow(test, US, `${name}@example.com`);
    await placed(test, userId, "placed");
    return userId;
  };
  const [lena, vera, ines] = [
    await userIdOf("lena"),
    await userIdOf("vera"),
    await userIdOf("ines"),
  ];
  await userIdOf("omar");
  expect(await driftOf(test, "before")).toEqual({});

  // A stranger asks for a reset code where lena was about to move to.
  const there = poolIn(test, EU);
  await operator(test, "POST", `/placement/users/${lena}/relocation`, { to: EU });
  await unlessBusy(() =>
    there.client.send(
      new ForgotPasswordCommand({ ClientId: there.clientId, Username: "lena@example.com" }),
    ),
  );
  await operator(test, "DELETE", `/placement/users/${lena}/relocation`);
  const { sub: copy } = (await accountIn(test, EU, "lena@example.com")) ?? {};
  // An administrator deletes vera, and tells nobody.
  const home = poolIn(test, US);
  const { sub: deleted } = (await accountIn(test, US, "vera@example.com")) ?? {};
  await home.client.send(
    new AdminDeleteUserCommand({ UserPoolId: home.userPoolId, Username: "vera@example.com" }),
  );
  // The ledger has lost ines.
  await DynamoDBDocumentClient.from(test.clients.dynamodb).send(
    new DeleteCommand({
      TableName: test.stage.ready.tables["placement"],
      Key: { pk: `user#${ines}`, sk: "entry#00000001" },
    }),
  );

  const drift = { "placement-missing": 1, "stray-account": 1, "home-gone": 1 };
  expect(await driftOf(test, "looking")).toMatchObject(drift);
  expect(await listed(test, "looking", "stray-account")).toMatchObject([
    { userId: lena, poolId: there.userPoolId, sub: copy },
  ]);
  expect(await listed(test, "looking", "home-gone")).toMatchObject([
    { userId: vera, poolId: home.userPoolId, sub: deleted },
  ]);
  expect(await listed(test, "looking", "placement-missing")).toMatchObject([
    { userId: ines, poolId: there.userPoolId },
  ]);
  expect(await ledgerOf(test).recent(ines)).toEqual([]);

  await driftOf(test, "mending", { repair: true });

  const entry = await placed(test, ines, "placed");
  expect(entry).toMatchObject({ home: EU, reason: "europe", seq: 1 });
  expect(await driftOf(test, "after")).toMatchObject({ "stray-account": 1, "home-gone": 1 });
  expect(await listed(test, "after", "placement-missing")).toEqual([]);
});

const runsOf = ({ clients, stage }: TestStage) =>
  reconcileStore(
    DynamoDBDocumentClient.from(clients.dynamodb),
    stage.ready.tables["reconcile"] ?? "",
  );

/** What a run of this name finds, by kind, without what it finds none of. */
async function driftOf(test: TestStage, runId: string, { repair = false } = {}) {
  const kinds = ["placement-missing", "stray-account", "copy-overdue", "home-gone"];
  await test.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: test.stage.ready.queues["reconcile"],
      MessageBody: JSON.stringify({ runId, repair, kinds }),
    }),
  );
  const run = await eventually(`the run ${runId} is done`, async () => {
    const found = await runsOf(test).find(runId);
    return found && isDone(found) ? found : undefined;
  });
  const counts = countsOf(run).filter(({ found }) => found > 0);
  return Object.fromEntries(counts.map(({ kind, found }) => [kind, found]));
}

async function listed(test: TestStage, runId: string, kind: (typeof DRIFT_KINDS)[number]) {
  return (await runsOf(test).findings(runId, kind)).items;
}
