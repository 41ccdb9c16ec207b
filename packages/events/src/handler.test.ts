import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { eventHandler, eventPattern, on, queueHandler } from "./handler.ts";
import { UserIdMapped } from "./user-id-mapped.ts";
import { UserSignedUp } from "./user-signed-up.ts";

function signedUp(id: string, userId: unknown = "u1") {
  return envelope("UserSignedUp", id, { userId, poolId: "p", region: "eu-central-1", sub: "s" });
}

function mapped(id: string) {
  return envelope("UserIdMapped", id, {
    userId: "u1",
    old: { sourceId: "legacy", poolId: "o", sub: "s0" },
    new: { poolId: "p", region: "eu-central-1", sub: "s" },
  });
}

function envelope(name: string, id: string, data: object) {
  const metadata = {
    id,
    version: 1,
    occurredAt: "2026-11-22T10:00:00.000Z",
    correlationId: "r1",
    stage: "test",
    region: "eu-central-1",
  };
  return { source: "carryover", "detail-type": name, detail: { metadata, data } };
}

function batch(...bodies: readonly unknown[]) {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `m${index + 1}`,
      body: typeof body === "string" ? body : JSON.stringify(body),
    })),
  };
}

function heard() {
  const ids: string[] = [];
  const reactions = [
    on(UserSignedUp, async (event) => {
      expectTypeOf(event.data.sub).toEqualTypeOf<string>();
      if (event.data.userId === "trouble") throw new Error("no");
      ids.push(`up ${event.metadata.id}`);
    }),
    on(UserIdMapped, async (event) => {
      expectTypeOf(event.name).toEqualTypeOf<"UserIdMapped">();
      ids.push(`mapped ${event.data.old.sub} ${event.metadata.id}`);
    }),
  ] as const;
  return { ids, reactions };
}

describe("a function that a rule calls", () => {
  it("reacts to each event by its kind", async () => {
    const { ids, reactions } = heard();
    const handler = eventHandler(...reactions);
    await handler(signedUp("e1"));
    await handler(mapped("e2"));
    expect(ids).toEqual(["up e1", "mapped s0 e2"]);
  });

  it.each([
    ["what its reaction throws", signedUp("e1", "trouble"), "no"],
    ["a wrong field", signedUp("e1", 7), "UserSignedUp: does not match its schema at data.userId"],
    [
      "an event that it has no reaction for",
      envelope("UserMigrated", "e1", {}),
      "UserMigrated: not an event that is expected here",
    ],
  ])("rejects %s", async (_, event, message) => {
    const { ids, reactions } = heard();
    await expect(eventHandler(...reactions)(event)).rejects.toThrow(message);
    expect(ids).toEqual([]);
  });
});

describe("a function on a queue", () => {
  const logged = vi.fn();
  beforeEach(() => {
    vi.spyOn(console, "error").mockImplementation(logged);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    logged.mockReset();
  });

  it("keeps only the messages that failed", async () => {
    const { ids, reactions } = heard();
    const answer = await queueHandler(...reactions)(
      batch(signedUp("e1"), signedUp("e2", "trouble"), "ann@example.com", mapped("e4")),
    );
    expect(answer).toEqual({
      batchItemFailures: [{ itemIdentifier: "m2" }, { itemIdentifier: "m3" }],
    });
    expect(ids).toEqual(["up e1", "mapped s0 e4"]);
  });

  it("says which message failed and why, and shows no message", async () => {
    const { reactions } = heard();
    await queueHandler(...reactions)(batch("ann@example.com"));
    expect(logged).toHaveBeenCalledWith("event not handled", {
      messageId: "m1",
      error: expect.objectContaining({ message: "not an event of Carryover: not JSON" }),
    });
  });

  it("has nothing to retry when all went well", async () => {
    const { reactions } = heard();
    const answer = await queueHandler(...reactions)(batch(signedUp("e1"), mapped("e2")));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(logged).not.toHaveBeenCalled();
  });
});

it("makes the pattern of a rule from the events", () => {
  expect(eventPattern(UserIdMapped, UserSignedUp)).toEqual({
    source: ["carryover"],
    "detail-type": ["UserIdMapped", "UserSignedUp"],
  });
});
