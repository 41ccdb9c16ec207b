import { AppError } from "@carryover/core/kernel/errors";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import type { SQSEvent } from "aws-lambda";
import { afterEach, describe, expect, it, vi } from "vitest";
import { on, type Received, subscriber } from "./subscriber.ts";

class TableDownError extends AppError {
  readonly kind = "unavailable";
  readonly code = "test.table-down";
}
class NonsenseError extends AppError {
  readonly kind = "invalid";
  readonly code = "test.nonsense";
}

const detail = (id: string) => ({
  metadata: {
    id,
    version: 1,
    occurredAt: "2026-11-22T10:00:00.000Z",
    correlationId: `request of ${id}`,
    stage: "test",
    region: "us-east-1",
  },
  data: { userId: `user of ${id}`, poolId: "eu-central-1_New", region: "eu-central-1", sub: "s" },
});

const envelope = (id: string, more: object = {}) => ({
  version: "0",
  id: `eventbridge ${id}`,
  "detail-type": "UserSignedUp",
  source: "carryover",
  account: "000000000000",
  time: "2026-11-22T10:00:00Z",
  region: "us-east-1",
  resources: [],
  detail: detail(id),
  ...more,
});

const batchOf = (bodies: Readonly<Record<string, unknown>>): SQSEvent =>
  ({
    Records: Object.entries(bodies).map(([messageId, body]) => ({
      messageId,
      eventSource: "aws:sqs",
      body: typeof body === "string" ? body : JSON.stringify(body),
    })),
  }) as SQSEvent;

function given(handle: (userId: string, received: Received) => Promise<void> = async () => {}) {
  const lines: Record<string, unknown>[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      for (const line of String(text).split("\n")) {
        if (line.startsWith("{")) lines.push(JSON.parse(line));
      }
      return true;
    });
  }
  const seen: string[] = [];
  const handler = subscriber(
    "identity",
    on(UserSignedUp, async ({ data }, received) => {
      seen.push(data.userId);
      await handle(data.userId, received);
    }),
  );
  return { handler, lines, seen };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a subscriber", () => {
  it("knows what it was made for", () => {
    const { handler } = given();
    expect([handler.subscriber, handler.events]).toEqual(["identity", [UserSignedUp]]);
  });

  it("acknowledges what it handled, replayed events too", async () => {
    const { handler, seen } = given();
    const batch = batchOf({ m1: envelope("a"), m2: envelope("b", { "replay-name": "monday" }) });
    expect(await handler(batch)).toEqual({ batchItemFailures: [] });
    expect(new Set(seen)).toEqual(new Set(["user of a", "user of b"]));
  });

  it("hands back just the messages that failed", async () => {
    const { handler } = given(async (userId) => {
      if (userId === "user of b") throw new TableDownError("down", { table: "identity" });
    });
    const batch = batchOf({ m1: envelope("a"), m2: envelope("b"), m3: envelope("c") });
    expect(await handler(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
  });

  it("hands back every message when all failed", async () => {
    const { handler } = given(() => Promise.reject(new TableDownError("down")));
    expect(
      (await handler(batchOf({ m1: envelope("a"), m2: envelope("b") }))).batchItemFailures,
    ).toHaveLength(2);
  });

  it.each([
    { what: "no JSON", body: "hello" },
    { what: "no envelope", body: { hello: "world" } },
    { what: "somebody else's event", body: envelope("a", { source: "aws.s3" }) },
    { what: "an event that it was not made for", body: envelope("a", { "detail-type": "Other" }) },
    { what: "an event that lacks a field", body: envelope("a", { detail: { data: {} } }) },
  ])("hands back $what and logs it as hopeless, without what it said", async ({ body }) => {
    const { handler, lines, seen } = given();
    const answer = await handler(batchOf({ m1: body, m2: envelope("b") }));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m1" }] });
    expect(seen).toEqual(["user of b"]);
    const logged = lines.filter(({ message }) => message === "event not handled");
    expect(logged).toMatchObject([{ level: "ERROR", messageId: "m1", outcome: "hopeless" }]);
    expect(JSON.stringify(logged)).not.toMatch(/hello|world|eu-central-1_New/);
  });

  it("logs a failure with the event's ids and the error's facts, and never its text", async () => {
    const { handler, lines } = given(() =>
      Promise.reject(new NonsenseError("ann@example.com is nonsense", { fields: "sub" })),
    );
    await handler(batchOf({ m1: envelope("a") }));
    const [line] = lines.filter(({ message }) => message === "event not handled");
    expect(line).toMatchObject({
      level: "ERROR",
      subscriber: "identity",
      event: "UserSignedUp",
      eventId: "a",
      correlationId: "request of a",
      errorCode: "test.nonsense",
      fields: "sub",
      outcome: "hopeless",
    });
    expect(JSON.stringify(lines)).not.toContain("@");
  });

  it("logs what passes by itself as a warning", async () => {
    const { handler, lines } = given(() => Promise.reject(new TableDownError("down")));
    await handler(batchOf({ m1: envelope("a") }));
    expect(lines.find(({ message }) => message === "event not handled")).toMatchObject({
      level: "WARN",
      outcome: "retry",
    });
  });

  it("gives each message a log of its own", async () => {
    const { handler, lines } = given(async (userId, { log }) => {
      log("info", "handled", { userId });
    });
    await handler(batchOf({ m1: envelope("a"), m2: envelope("b") }));
    const logged = lines.filter(({ message }) => message === "handled");
    expect(logged).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ eventId: "a", userId: "user of a", subscriber: "identity" }),
        expect.objectContaining({ eventId: "b", userId: "user of b", subscriber: "identity" }),
      ]),
    );
  });
});
