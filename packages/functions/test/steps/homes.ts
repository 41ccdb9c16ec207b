import {
  AdminAddUserToGroupCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  CreateGroupCommand,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { UserId } from "@carryover/core/kernel/ids";
import type { LedgerFact } from "@carryover/core/placement/entry";
import { placementStore } from "@carryover/core/placement/placement-store";
import { clientsFor } from "@carryover/local/clients";
import * as z from "zod";
import { operator } from "./operator.ts";
import { unlessBusy } from "./sign-in.ts";
import { eventually, PASSWORD, type TestStage } from "./stage.ts";

// People who have a home region, on the stage of two-regions.config.ts.

export const US = "us-east-1";
export const EU = "eu-central-1";

/** The ledger of placement, read as the service reads it. */
export function ledgerOf({ clients, stage }: TestStage) {
  return placementStore(
    DynamoDBDocumentClient.from(clients.dynamodb),
    stage.ready.tables["placement"] ?? "",
  );
}

/** Waits until the user's ledger ends with a fact. */
export function placed(test: TestStage, userId: UserId, fact: LedgerFact) {
  return eventually(`${fact} is in the ledger`, async () => {
    const [head] = await ledgerOf(test).recent(userId, 1);
    return head?.fact === fact ? head : undefined;
  });
}

/** The new pool of a region, with a client for it. @throws Error when there is none */
export function poolIn({ stage }: TestStage, region: string) {
  const pool = stage.ready.targets.find((target) => target.region === region);
  if (!pool) throw new Error(`no pool in ${region}`);
  return { ...pool, client: clientsFor(stage.ready.endpoint, region).cognito };
}

/** Signs in to a region's pool as an app does. Answers the user ID in the token. */
export async function signInAt(
  test: TestStage,
  region: string,
  login: string,
  password = PASSWORD,
) {
  const { client, clientId } = poolIn(test, region);
  const { AuthenticationResult } = await unlessBusy(() =>
    client.send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: login, PASSWORD: password },
      }),
    ),
  );
  const [, claims = ""] = AuthenticationResult?.IdToken?.split(".") ?? [];
  const { user_id } = z
    .object({ user_id: UserId })
    .parse(JSON.parse(Buffer.from(claims, "base64url").toString()));
  return user_id;
}

/** Signs in as a page does that goes where it is told. */
export async function follow(test: TestStage, region: string, login: string) {
  let at = region;
  for (let hops = 0; hops < 4; hops += 1) {
    try {
      return { userId: await signInAt(test, at, login), region: at };
    } catch (error) {
      const [, next] = /WRONG_REGION: sign in at ([a-z0-9-]+)\.$/.exec(String(error)) ?? [];
      if (next === undefined) throw error;
      at = next;
    }
  }
  throw new Error("sent from region to region");
}

/** The app client by which a region's users are taken over. */
export async function moveClientIn({ clients, stage }: TestStage, region: string): Promise<string> {
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({
      TableName: stage.ready.tables["placement"],
      Key: { pk: { S: "pools" }, sk: { S: region } },
    }),
  );
  return Item?.["moveClientId"]?.S ?? "";
}

/** The attributes of an account; undefined where there is none. */
export async function accountIn(test: TestStage, region: string, username: string) {
  const { client, userPoolId } = poolIn(test, region);
  try {
    const { UserAttributes = [] } = await client.send(
      new AdminGetUserCommand({ UserPoolId: userPoolId, Username: username }),
    );
    return Object.fromEntries(UserAttributes.map(({ Name = "", Value = "" }) => [Name, Value]));
  } catch (error) {
    if (error instanceof Error && error.name === "UserNotFoundException") return undefined;
    throw error;
  }
}

/** Makes a group of a region's pool, with one member. */
export async function inGroup(test: TestStage, region: string, username: string, name: string) {
  const { client, userPoolId } = poolIn(test, region);
  await client.send(
    new CreateGroupCommand({ UserPoolId: userPoolId, GroupName: name, Precedence: 5 }),
  );
  await client.send(
    new AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: username, GroupName: name }),
  );
}

/** The names of a user's groups. */
export async function groupsIn(test: TestStage, region: string, username: string) {
  const { client, userPoolId } = poolIn(test, region);
  const { Groups = [] } = await client.send(
    new AdminListGroupsForUserCommand({ UserPoolId: userPoolId, Username: username }),
  );
  return Groups.map(({ GroupName = "" }) => GroupName);
}

/** The look-up as its bytes. */
export async function lookUpRaw({ stage }: TestStage, login: string) {
  const answer = await fetch(`${stage.ready.api}/lookup`, {
    method: "POST",
    body: JSON.stringify({ login }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Where a sign-in page sends a login. */
export async function lookUp(test: TestStage, login: string) {
  const { status, text } = await lookUpRaw(test, login);
  return { status, body: JSON.parse(text) as unknown };
}

/** What the schedule does: sends `{}`, and waits until the job has run. */
export async function wake({ stage }: TestStage, region: string, job: string) {
  const name = `${job}-${region}`.replaceAll(/-([a-z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  const runs = async () => {
    const all = (await (
      await fetch(`${stage.ready.endpoint}/_local/invocations?function=carryover-local-${job}`)
    ).json()) as { region: string }[];
    return all.filter((run) => run.region === region).length;
  };
  const before = await runs();
  await clientsFor(stage.ready.endpoint, region).sqs.send(
    new SendMessageCommand({ QueueUrl: stage.ready.queues[name], MessageBody: "{}" }),
  );
  await eventually(`${job} has run`, async () => ((await runs()) > before ? true : undefined));
}

const CohortState = z.object({
  isDone: z.boolean(),
  regions: z.array(
    z.object({ region: z.string(), seen: z.number(), moving: z.number(), unknown: z.number() }),
  ),
});

/** Wakes the job in each region until a cohort is done. */
export async function cohortDone(test: TestStage, cohortId: string) {
  for (const region of [US, EU]) await wake(test, region, "advance-cohorts");
  return eventually("the cohort is done", async () => {
    const { body } = await operator(test, "GET", `/placement/cohorts/${cohortId}`);
    const state = CohortState.parse(body);
    return state.isDone ? state : undefined;
  });
}
