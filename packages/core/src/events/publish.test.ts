import { UserSignedUp } from "@carryover/events/user-signed-up";
import { describe, expect, it } from "vitest";
import { PublishError } from "./errors.ts";
import { makeEvent, type OutgoingEvent } from "./event.ts";
import { bestEffort, createPublisher, strict } from "./publish.ts";
import type { Sink } from "./sink.ts";

const event = (id: string): OutgoingEvent =>
  makeEvent(
    UserSignedUp,
    { stage: "test", region: "us-east-1", clock: () => 0 },
    { id, correlationId: id },
    { userId: `user of ${id}`, poolId: "us-east-1_A", region: "us-east-1", sub: `sub of ${id}` },
  );

const takesAll: Sink = async () => [];
const takesAllBut =
  (...ids: string[]): Sink =>
  async (events) =>
    events
      .filter(({ detail }) => ids.includes(detail.metadata.id))
      .map((refused) => ({ event: refused, reason: "InternalFailure" }));

function given(bus: Sink, fallback: Sink) {
  let now = 0;
  const lines: object[] = [];
  const counted: string[] = [];
  const handedOver: { to: string; ids: string[]; withinMs: number }[] = [];
  const recorded =
    (to: string, sink: Sink, tookMs: number): Sink =>
    async (events, withinMs) => {
      handedOver.push({ to, ids: events.map(({ detail }) => detail.metadata.id), withinMs });
      now += tookMs;
      return sink(events, withinMs);
    };
  const deps = {
    bus: recorded("bus", bus, 500),
    fallback: recorded("fallback", fallback, 100),
    budgetMs: 1200,
    clock: () => now,
    log: (level: string, message: string, facts?: object) =>
      void lines.push({ level, message, ...facts }),
    count: (metric: string) => void counted.push(metric),
  };
  return { deps, lines, counted, handedOver, publisher: createPublisher(deps) };
}

describe("publishing", () => {
  it("leaves the fallback queue alone when the bus took all", async () => {
    const { publisher, handedOver, lines } = given(takesAll, takesAll);
    expect(await publisher([event("a"), event("b")])).toEqual([]);
    expect(handedOver).toEqual([{ to: "bus", ids: ["a", "b"], withinMs: 720 }]);
    expect(lines).toEqual([]);
  });

  it("puts just what the bus did not take into the fallback queue, in the time that is left", async () => {
    const { publisher, handedOver, counted } = given(takesAllBut("b"), takesAll);
    expect(await publisher([event("a"), event("b")])).toEqual([]);
    expect(handedOver[1]).toEqual({ to: "fallback", ids: ["b"], withinMs: 700 });
    expect(counted).toEqual(["EventToFallback"]);
  });

  it("calls nobody for no events", async () => {
    const { publisher, handedOver } = given(takesAll, takesAll);
    expect(await publisher([])).toEqual([]);
    expect(handedOver).toEqual([]);
  });

  it("in a trigger: resolves, with one line of ids for each lost event", async () => {
    const { publisher, deps, lines, counted } = given(takesAllBut("a", "b"), takesAllBut("b"));
    await bestEffort(publisher, deps)([event("a"), event("b")]);
    expect(lines.filter((line) => "level" in line && line.level === "error")).toEqual([
      {
        level: "error",
        message: "event lost",
        event: "UserSignedUp",
        eventId: "b",
        userId: "user of b",
        reason: "InternalFailure",
      },
    ]);
    expect(counted.filter((metric) => metric === "EventLost")).toHaveLength(1);
  });

  it("in a subscriber: rejects when neither took an event", async () => {
    const { publisher } = given(takesAllBut("a", "b"), takesAllBut("a", "b"));
    const rejected = expect(strict(publisher)([event("a"), event("b")])).rejects;
    await rejected.toThrow(PublishError);
    await expect(strict(publisher)([event("a"), event("b")])).rejects.toMatchObject({
      kind: "unavailable",
      facts: { eventId: "a", events: 2 },
    });
  });

  it("in a subscriber: resolves when the fallback queue took what the bus did not", async () => {
    const { publisher } = given(takesAllBut("a"), takesAll);
    await expect(strict(publisher)([event("a")])).resolves.toBeUndefined();
  });
});
