import { randomBytes } from "node:crypto";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Order } from "@carryover/core/downstream/control";
import { downstreamStore } from "@carryover/core/downstream/store";
import { derivedId } from "@carryover/core/kernel/ids";
import { clientsFor } from "@carryover/local/clients";
import { type Stage, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givenASubscriber } from "./steps/downstream.ts";
import { configFile, eventually, type TestStage } from "./steps/stage.ts";
import { type Receiver, startReceiver } from "./steps/webhook-receiver.ts";

const SYSTEMS = ["Orders", "Broken", "Closed", "Inside", "Profiles"];
const secretFor = (path: string) => secrets.get(`${path.slice(1)}Secret`) ?? "";
const secrets = new Map(
  SYSTEMS.flatMap((name) =>
    ["Secret", "OldSecret"].map((end) => [
      `${name}${end}`,
      `whsec_${randomBytes(24).toString("base64")}`,
    ]),
  ),
);

let test: TestStage;
let stage: Stage;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver(secretFor);
  for (const name of SYSTEMS) secrets.set(`${name}Url`, `${receiver.url}/${name}`);
  stage = await startStage({
    configFile: configFile("downstream"),
    visibilitySeconds: 10,
    seed: { sources: {}, secrets: Object.fromEntries(secrets) },
  });
  const { ready } = stage;
  const [target] = ready.targets;
  if (!target) throw new Error("the stage has no pool");
  test = { stage, clients: clientsFor(ready.endpoint, ready.region), target };
});
afterAll(async () => {
  await stage?.stop();
  await receiver?.stop();
});

describe("a downstream system", () => {
  it("is told once of a person's new ID, by a signed webhook, and the bus hears of it", async () => {
    const person = somebody("told");
    const team = await givenASubscriber(test, "team-told", ["DownstreamUpdated"]);

    await mapped(person);
    await mapped(person);

    const { detail } = await team.first(
      ({ detail: { data } }) => data["userId"] === person.userId && data["system"] === "orders",
    );
    expect(detail.data).toEqual({
      userId: person.userId,
      system: "orders",
      attempts: 1,
      changed: 1,
    });
    const [message, ...repeats] = about("/Orders", person);
    expect(message).toEqual(
      expect.objectContaining({
        type: "user.rekey",
        data: expect.objectContaining({
          userId: person.userId,
          from: person.old.sub,
          to: person.new.sub,
        }),
      }),
    );
    // What is said twice may come twice: by its id an endpoint knows that it has it.
    for (const repeat of repeats) expect(repeat.id).toBe(message?.id);
  });

  it("needs nothing where it is keyed on the user ID and that is the old sub", async () => {
    const person = somebody("kept");

    await mapped(person);

    await eventually("done", () => progressOf(person, "profiles", "done"));
    expect(about("/Profiles", person)).toEqual([]);
  });

  it("gets the same message again after a failure, until it takes it", async () => {
    const person = somebody("retried");
    let calls = 0;
    receiver.answer("/Broken", (_, response) => {
      calls += 1;
      response.writeHead(calls === 1 ? 500 : 204).end();
    });

    await mapped(person);
    await eventually("one failure", async () => {
      const progress = await progressOf(person, "broken", "pending");
      return progress?.attempts === 1 ? progress : undefined;
    });
    later();
    await order();

    await eventually("done", () => progressOf(person, "broken", "done"));
    const ids = about("/Broken", person).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });
});

function somebody(name: string) {
  const sub = derivedId("old", name);
  return {
    userId: sub,
    old: { sourceId: "legacy", poolId: "us-east-1_Legacy001", sub },
    new: { poolId: test.target.userPoolId, region: "us-east-1", sub: derivedId("new", name) },
  };
}
type Person = ReturnType<typeof somebody>;

function about(path: string, { userId }: Person) {
  return receiver.received(path).filter(({ data }) => data.userId === userId);
}

async function mapped(person: Person): Promise<void> {
  const metadata = {
    id: derivedId("UserIdMapped", person.userId),
    version: 1,
    occurredAt: "2026-11-22T12:00:00.000Z",
    correlationId: "test",
    stage: "local",
    region: "us-east-1",
  };
  await test.clients.events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: stage.ready.busName,
          Source: "carryover",
          DetailType: "UserIdMapped",
          Detail: JSON.stringify({ metadata, data: person }),
        },
      ],
    }),
  );
}

function store() {
  return downstreamStore(
    DynamoDBDocumentClient.from(test.clients.dynamodb),
    stage.ready.tables["downstream"] ?? "",
  );
}

async function progressOf({ userId }: Person, system: string, status: string) {
  const [progress] = await store().ofUser(userId, system);
  return progress?.status === status ? progress : undefined;
}

/** What the schedule or an operator sends. */
async function order(message: Order | object = {}): Promise<void> {
  await test.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: stage.ready.queues["downstreamControl"],
      MessageBody: JSON.stringify(message),
    }),
  );
}

/** Whatever was put off is due then. Not long: an endpoint refuses a message five minutes from its own time. */
function later(): void {
  stage.services.clock.advance(10_000);
}
