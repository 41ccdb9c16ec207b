import { describe, expect, it } from "vitest";
import type { OutgoingEvent } from "./event.ts";
import { type BatchApi, batchesOf, batchSink, type EntryOutcome } from "./sink.ts";

const eventOf = (id: string): OutgoingEvent => ({
  name: "UserSignedIn",
  detail: {
    metadata: {
      id,
      version: 1,
      occurredAt: "2026-11-22T10:00:00.000Z",
      correlationId: id,
      stage: "test",
      region: "us-east-1",
    },
    data: {},
  },
});
const events = (count: number) => Array.from({ length: count }, (_, n) => eventOf(`e${n}`));
const idsOf = (batch: readonly OutgoingEvent[]) => batch.map(({ detail }) => detail.metadata.id);
const throttled = { code: "ThrottlingException", retryable: true } as const;
const malformed = { code: "MalformedDetail", retryable: false } as const;

/** Plays the outcomes of each call in turn, then takes everything. */
function scripted(...script: (readonly EntryOutcome[] | Error)[]) {
  const calls: string[][] = [];
  const api: BatchApi = {
    maxEntries: 10,
    maxBytes: 1000,
    sizeInBytes: () => 1,
    async send(batch) {
      calls.push(idsOf(batch));
      const outcomes = script[calls.length - 1];
      if (outcomes instanceof Error) throw outcomes;
      return outcomes ?? batch.map(() => "taken");
    },
  };
  return { api, calls };
}

describe("batches", () => {
  const limits = { maxEntries: 10, maxBytes: 100, sizeInBytes: () => 30 };

  it.each([
    { count: 0, size: 1, sizes: [] },
    { count: 10, size: 10, sizes: [10] },
    { count: 11, size: 1, sizes: [10, 1] },
    { count: 4, size: 50, sizes: [2, 2] },
    { count: 4, size: 51, sizes: [1, 1, 1, 1] },
    { count: 2, size: 101, sizes: [1, 1] },
  ])("of $count events of $size bytes: $sizes", ({ count, size, sizes }) => {
    const batches = batchesOf(events(count), { ...limits, sizeInBytes: () => size });
    expect(batches.map((batch) => batch.length)).toEqual(sizes);
    expect(batches.flatMap(idsOf)).toEqual(idsOf(events(count)));
  });
});

describe("a sink", () => {
  it("sends all events in order and returns none", async () => {
    const { api, calls } = scripted();
    expect(await batchSink(api, Date.now)(events(12), 1000)).toEqual([]);
    expect(calls.map((call) => call.length)).toEqual([10, 2]);
  });

  it("sends again only the entries that failed", async () => {
    const { api, calls } = scripted(["taken", throttled, "taken"], [throttled]);
    expect(await batchSink(api, Date.now)(events(3), 1000)).toEqual([]);
    expect(calls).toEqual([["e0", "e1", "e2"], ["e1"], ["e1"]]);
  });

  it("does not send again what was refused for good", async () => {
    const { api, calls } = scripted([malformed, throttled]);
    expect(await batchSink(api, Date.now)(events(2), 1000)).toEqual([
      { event: eventOf("e0"), reason: "MalformedDetail" },
    ]);
    expect(calls).toEqual([["e0", "e1"], ["e1"]]);
  });

  it("returns the batch of a call that failed, and still sends the next", async () => {
    const { api, calls } = scripted(new TypeError("no network"));
    const unsent = await batchSink(api, Date.now)(events(11), 1000);
    expect(unsent).toHaveLength(10);
    expect(unsent[0]?.reason).toBe("TypeError");
    expect(calls[1]).toEqual(["e10"]);
  });

  it("ends with its time and returns what is left", async () => {
    let now = 0;
    const { api, calls } = scripted();
    api.send = async (batch) => {
      calls.push(idsOf(batch));
      now += 400;
      return batch.map(() => throttled);
    };
    const unsent = await batchSink(api, () => now)(events(1), 1000);
    expect(unsent).toEqual([{ event: eventOf("e0"), reason: "ThrottlingException" }]);
    expect(calls).toHaveLength(3);
  });

  it("calls nobody when there is no time at all", async () => {
    const { api, calls } = scripted();
    expect(await batchSink(api, Date.now)(events(1), 0)).toEqual([
      { event: eventOf("e0"), reason: "OutOfTime" },
    ]);
    expect(calls).toEqual([]);
  });

  it("cuts a call off that does not end", async () => {
    const { api } = scripted();
    api.send = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    expect(await batchSink(api, Date.now)(events(1), 30)).toEqual([
      { event: eventOf("e0"), reason: "TimeoutError" },
    ]);
  });
});
