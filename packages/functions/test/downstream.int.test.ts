import { randomBytes } from "node:crypto";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Order } from "@carryover/core/downstream/control";
import { downstreamStore } from "@carryover/core/downstream/store";
import { derivedId } from "@carryover/core/kernel/ids";
import { clientsFor } from "@carryover/local/clients";
import { type Stage, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givenASubscriber } from "./steps/downstream.ts";
import { operator } from "./steps/operator.ts";
import { configFile, eventually, type TestStage } from "./steps/stage.ts";
import { type Receiver, startReceiver } from "./steps/webhook-receiver.ts";

const SYSTEMS = ["Orders", "Broken", "Closed", "Inside", "Hanging", "Profiles"];
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
    visibilitySeconds: 8,
    seed: { sources: {}, secrets: Object.fromEntries(secrets) },
  });
  const { ready } = stage;
  const [target] = ready.targets;
  if (!target) throw new Error("the stage has no pool");
  test = { stage, clients: clientsFor(ready.endpoint, ready.region), target };
  // It takes five receives until it is given up: of a queue whose own worker is soon done.
  const QueueUrl = ready.queues["downstreamOrders"];
  const { sqs } = test.clients;
  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "2" } }),
  );
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));
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

  it("that answers 410, or is where no webhook may go, is paused; others do not notice", async () => {
    const person = somebody("gone");
    receiver.answer("/Closed", (_, response) => response.writeHead(410).end());

    await mapped(person);

    const paused = (name: string) =>
      eventually(`${name} paused`, async () => {
        const state = await store().findSystem(name);
        return state?.paused ? state : undefined;
      });
    expect(await paused("closed")).toMatchObject({ reason: "http-410" });
    expect(await paused("inside")).toMatchObject({ reason: "address-not-allowed" });
    await eventually("orders done", () => progressOf(person, "orders", "done"));
    expect(await progressOf(person, "closed", "pending")).toBeDefined();
    expect(receiver.received("/Inside")).toEqual([]);

    receiver.answer("/Closed", (_, response) => response.writeHead(204).end());
    await store().setSystem({ system: "closed", paused: false, since: new Date().toISOString() });
    later();
    await order();
    await eventually("closed done", () => progressOf(person, "closed", "done"));
  });

  it("that hangs holds up nobody but itself", async () => {
    const [first, second] = [somebody("hanging 1"), somebody("hanging 2")];
    receiver.answer("/Hanging", () => undefined);

    await mapped(first);
    await mapped(second);

    for (const person of [first, second]) {
      await eventually("orders done", () => progressOf(person, "orders", "done"));
    }
    const progress = await eventually("one try", async () => {
      const found = await progressOf(first, "hanging", "pending");
      return found?.attempts ? found : undefined;
    });
    expect(progress.reason).toBe("timeout");
  });

  it("that follows the events itself says when it is done", async () => {
    const person = somebody("billing");
    await mapped(person);
    await eventually("waiting", async () => {
      const found = await progressOf(person, "billing", "pending");
      return found?.reason === "waiting-for-acknowledgement" ? found : undefined;
    });

    await put("DownstreamAcknowledged", { userId: person.userId, system: "billing", changed: 2 });

    expect(
      await eventually("acknowledged", () => progressOf(person, "billing", "done")),
    ).toMatchObject({ changed: 2 });
  });

  it("that only listens has the last word by a call, too", async () => {
    const person = somebody("called");
    const path = `/downstream/billing/users/${person.userId}/acknowledgement`;
    await expect(operator(test, "POST", path)).resolves.toMatchObject({
      status: 404,
      body: { code: "downstream.missing" },
    });
    await mapped(person);
    await eventually("waiting", () => progressOf(person, "billing", "pending"));

    const unsigned = await fetch(`${stage.ready.api}${path}`, { method: "POST" });
    const wrong = await operator(test, "POST", path, { changed: -1 });
    const answer = await operator(test, "POST", path, { changed: 4, system: "orders" });
    const again = await operator(test, "POST", path);

    expect(unsigned.status).toBe(403);
    expect(wrong).toEqual({ status: 400, body: { code: "downstream.input", fields: "changed" } });
    expect([answer.status, again.status]).toEqual([204, 204]);
    expect(await progressOf(person, "billing", "done")).toMatchObject({ changed: 4 });
  });

  it("is spoken for by none but those who may call its own path", async () => {
    const person = somebody("spoken for");
    await mapped(person);
    await eventually("waiting", () => progressOf(person, "inside", "pending"));
    // IAM sees the path of another system; a URL parser would see that of this one.
    const { userId } = person;
    const path = `/downstream/billing/users/..%5C..%5Cinside%5Cusers%5C${userId}/acknowledgement`;

    const answer = await operator(test, "POST", path);
    const noId = await operator(
      test,
      "POST",
      "/downstream/billing/users/ann@example.com/acknowledgement",
    );

    expect(await progressOf(person, "inside", "pending")).toBeDefined();
    for (const { status, body } of [answer, noId]) {
      expect({ status, body }).toEqual({
        status: 400,
        body: { code: "downstream.input", fields: "userId" },
      });
    }
  });

  it("is verified and rehearsed at an operator's word", async () => {
    const person = somebody("verified");
    receiver.answer("/Orders", ({ type }, response) =>
      response.end(
        JSON.stringify(type === "user.rekey.verify" ? { remaining: 0 } : { changed: 3 }),
      ),
    );
    await mapped(person);
    await eventually("done", () => progressOf(person, "orders", "done"));

    await order({ order: "verify", system: "orders" });
    await order({ order: "dry-run", system: "orders" });

    await eventually("verified", () => progressOf(person, "orders", "verified"));
    const rehearsed = await eventually("rehearsed", async () => {
      const { items } = await store().dryRuns("orders");
      return items.find(({ userId }) => userId === person.userId);
    });
    expect(rehearsed).toMatchObject({ changes: 3 });
  });

  it("leaves a message that makes no sense to its dead-letter queue, and takes a redriven one", async () => {
    const { sqs } = test.clients;
    const { queues } = stage.ready;
    const person = somebody("redriven");
    const task = { task: "apply", pair: person, cause: { id: "c", correlationId: "r" } };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queues["downstreamOrdersDeadLetter"],
        MessageBody: JSON.stringify(task),
      }),
    );
    const arn = async (name: string) => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queues[name], AttributeNames: ["QueueArn"] }),
      );
      return Attributes?.["QueueArn"];
    };

    await sqs.send(
      new StartMessageMoveTaskCommand({
        SourceArn: await arn("downstreamOrdersDeadLetter"),
        DestinationArn: await arn("downstreamOrders"),
      }),
    );
    await eventually("done", () => progressOf(person, "orders", "done"));

    // That one was sent before the first test.
    await eventually("dead letter", async () => {
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queues["downstreamOrdersDeadLetter"] }),
      );
      return Messages?.find(({ Body }) => Body === "{}");
    });
    expect(await progressOf(person, "orders", "done")).toBeDefined();
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

function mapped(person: Person): Promise<void> {
  return put("UserIdMapped", person);
}

async function put(DetailType: string, data: object): Promise<void> {
  const metadata = {
    id: derivedId(DetailType, JSON.stringify(data)),
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
          DetailType,
          Detail: JSON.stringify({ metadata, data }),
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
