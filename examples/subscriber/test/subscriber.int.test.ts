import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { givenASubscriber } from "../../../packages/functions/test/steps/downstream.ts";
import { oldSub, signIn, verified } from "../../../packages/functions/test/steps/sign-in.ts";
import { aUser, eventually, givenAStage } from "../../../packages/functions/test/steps/stage.ts";
import type { Customer } from "../src/customers.ts";
import { deploy } from "../src/deploy.ts";

const given = givenAStage({
  seed: {
    sources: {
      legacy: {
        users: ["once", "again", "later"].map((name) => aUser(`${name}@example.com`)),
      },
    },
  },
});

/** Three tries, three seconds apart, on a busy machine. */
const WITHIN_MS = 90_000;

let team: Awaited<ReturnType<typeof deploy>>;

beforeAll(async () => {
  const { endpoint, region, busName } = given().stage.ready;
  const credentials = { accessKeyId: "loyalty", secretAccessKey: "loyalty" };
  const place = { endpoint, region, credentials };
  team = await deploy(place, {
    bus: busName,
    roleArn: "arn:aws:iam::000000000000:role/loyalty",
  });
  // Tried again soon. Lambda takes no queue with less than the function's timeout: after it is mapped, it may have.
  await new SQSClient(place).send(
    new SetQueueAttributesCommand({
      QueueUrl: team.queue.url,
      Attributes: { VisibilityTimeout: "3" },
    }),
  );
  // A cold start may take longer than that on a busy machine.
  const { FunctionError } = await new LambdaClient(place).send(
    new InvokeCommand({ FunctionName: team.function, Payload: JSON.stringify({ Records: [] }) }),
  );
  expect(FunctionError).toBeUndefined();
});

describe("the sample subscriber", () => {
  it("knows a customer by the user ID, and by the old and the new sub, after a sign-in", async () => {
    const { userId, sub } = await migrated("once@example.com");

    const customer = await known(userId);
    expect(customer.subs).toEqual(new Set([userId, sub]));
    expect(customer.changes).toBe(1);
  });

  it("hears of a customer once, however often it is told", async () => {
    const { clients, stage } = given();
    const listener = await givenASubscriber(given(), "listener", ["UserIdMapped"]);
    const { userId } = await migrated("again@example.com");
    const event = await listener.first(({ detail }) => detail.data["userId"] === userId);
    await known(userId);

    // The bus says it again, the queue delivers it again, in one batch and on its own.
    const entry = {
      EventBusName: stage.ready.busName,
      Source: event.source,
      DetailType: event["detail-type"],
      Detail: JSON.stringify(event.detail),
    };
    await clients.events.send(new PutEventsCommand({ Entries: [entry, entry] }));
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl: team.queue.url, MessageBody: JSON.stringify(event) }),
    );
    // Carryover itself may have said it more than once, too.
    const said = await eventually("three times", async () => {
      const about = (await listener.all()).filter(({ detail }) => detail.data["userId"] === userId);
      return about.length >= 3 ? about : undefined;
    });
    expect(new Set(said.map(({ detail }) => detail.metadata["id"])).size).toBe(1);

    await idle();
    expect(await known(userId)).toMatchObject({ changes: 1 });
  });

  it("puts what it cannot read aside, and goes on with the rest", async () => {
    const { clients } = given();
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl: team.queue.url, MessageBody: "hello" }),
    );
    const { userId } = await migrated("later@example.com");

    await expect(known(userId)).resolves.toMatchObject({ changes: 1 });
    const dead = await eventually(
      "a dead letter",
      async () => {
        const depth = await depthOf(team.deadLetters.url);
        return depth > 0 ? depth : undefined;
      },
      WITHIN_MS,
    );
    expect(dead).toBe(1);
  });
});

/** Lets somebody cross by signing in, and answers who that is. */
async function migrated(login: string): Promise<{ userId: string; sub: string }> {
  const test = given();
  const { IdToken } = await signIn(test, login);
  const { sub } = await verified(test, IdToken);
  return { userId: await oldSub(test, "legacy", login), sub: String(sub) };
}

/** The customer, as soon as the team's table has it. */
function known(userId: string): Promise<Customer> {
  const dynamodb = DynamoDBDocumentClient.from(given().clients.dynamodb);
  return eventually(
    `a customer ${userId}`,
    async () => {
      const found = await dynamodb.send(new GetCommand({ TableName: team.table, Key: { userId } }));
      return found.Item as Customer | undefined;
    },
    WITHIN_MS,
  );
}

/** Waits until nothing is left in the team's queue: what has no effect by then never will. */
function idle(): Promise<boolean> {
  return eventually("an empty queue", async () =>
    (await depthOf(team.queue.url)) === 0 ? true : undefined,
  );
}

/** How many messages a queue holds, those that are worked on included. */
async function depthOf(url: string): Promise<number> {
  const { Attributes } = await given().clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return (
    Number(Attributes?.["ApproximateNumberOfMessages"]) +
    Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"])
  );
}
