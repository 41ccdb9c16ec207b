import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import { afterEach, describe, expect, it } from "vitest";
import { eventBus } from "../aws/bus.ts";
import { eventQueue, parseQueuedEvent } from "../aws/queue.ts";
import { makeEvent } from "./event.ts";

// The adapters on the real SDK, which talks to a server that plays given answers.

const event = (id: string) =>
  makeEvent(
    UserSignedUp,
    { stage: "test", region: "us-east-1", clock: () => 0 },
    { id, correlationId: id, causationId: "cause" },
    { userId: "u", poolId: "us-east-1_A", region: "us-east-1", sub: "s" },
  );

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = { status?: number; body: object } | "hang";

async function playing(...answers: Answer[]) {
  const requests: { Entries: Record<string, string>[] }[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answers[requests.length] ?? answers.at(-1);
    requests.push(JSON.parse(Buffer.concat(chunks).toString()));
    if (answer === undefined || answer === "hang") return;
    response.writeHead(answer.status ?? 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const config = {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
  return { config, requests };
}

const queueUrl = "http://127.0.0.1/000000000000/fallback";

describe("the bus", () => {
  it("sends again the entries that a 200 says have failed", async () => {
    const { config, requests } = await playing(
      {
        body: {
          FailedEntryCount: 1,
          Entries: [{ EventId: "1" }, { ErrorCode: "InternalFailure", ErrorMessage: "again" }],
        },
      },
      { body: { FailedEntryCount: 0, Entries: [{ EventId: "2" }] } },
    );
    const bus = eventBus(new EventBridgeClient(config), "carryover-test", Date.now);
    expect(await bus([event("a"), event("b")], 2000)).toEqual([]);
    expect(requests.map(({ Entries }) => Entries.length)).toEqual([2, 1]);
    expect(requests[1]?.Entries[0]).toMatchObject({
      EventBusName: "carryover-test",
      Source: "carryover",
      DetailType: "UserSignedUp",
      Detail: JSON.stringify(event("b").detail),
    });
  });

  it("returns an entry that trying again cannot help", async () => {
    const { config, requests } = await playing({
      body: { FailedEntryCount: 1, Entries: [{ ErrorCode: "MalformedDetail" }] },
    });
    const bus = eventBus(new EventBridgeClient(config), "carryover-test", Date.now);
    expect(await bus([event("a")], 2000)).toMatchObject([{ reason: "MalformedDetail" }]);
    expect(requests).toHaveLength(1);
  });

  it.each<{ what: string; answer: Answer }>([
    { what: "refuses the call", answer: { status: 400, body: { __type: "AccessDenied" } } },
    { what: "is down", answer: { status: 503, body: {} } },
    { what: "does not answer", answer: "hang" },
  ])("returns everything when it $what", async ({ answer }) => {
    const { config } = await playing(answer);
    const bus = eventBus(new EventBridgeClient(config), "carryover-test", Date.now);
    const unsent = await bus([event("a"), event("b")], 300);
    expect(unsent.map(({ event: { detail } }) => detail.metadata.id)).toEqual(["a", "b"]);
  });
});

describe("the fallback queue", () => {
  it("holds events so that they come out as they went in", async () => {
    const { config, requests } = await playing({
      body: { Successful: [{ Id: "0", MessageId: "m", MD5OfMessageBody: "x" }], Failed: [] },
    });
    const queue = eventQueue(new SQSClient({ ...config, md5: false }), queueUrl, Date.now);
    expect(await queue([event("a")], 2000)).toEqual([]);
    expect(parseQueuedEvent(requests[0]?.Entries[0]?.["MessageBody"] ?? "")).toEqual(event("a"));
  });

  it("sends again what the queue failed on, not what the sender did", async () => {
    const { config, requests } = await playing(
      {
        body: {
          Successful: [],
          Failed: [
            { Id: "1", Code: "InternalError", SenderFault: false },
            { Id: "0", Code: "InvalidMessageContents", SenderFault: true },
          ],
        },
      },
      { body: { Successful: [{ Id: "0", MessageId: "m", MD5OfMessageBody: "x" }] } },
    );
    const queue = eventQueue(new SQSClient({ ...config, md5: false }), queueUrl, Date.now);
    expect(await queue([event("a"), event("b")], 2000)).toMatchObject([
      { event: { detail: { metadata: { id: "a" } } }, reason: "InvalidMessageContents" },
    ]);
    expect(requests.map(({ Entries }) => Entries.length)).toEqual([2, 1]);
  });

  it("refuses a message that nobody of ours wrote", () => {
    expect(() => parseQueuedEvent("hello")).toThrow(SyntaxError);
    expect(() => parseQueuedEvent('{"name":"UserSignedUp"}')).toThrow();
  });
});
