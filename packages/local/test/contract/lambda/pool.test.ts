import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createPool } from "../../../src/lambda/pool.ts";

/** A pool whose workers take some turns of the microtask queue to start, and then do not: a run ends there. */
function failingPool() {
  const seen = { running: 0, most: 0, runs: 0 };
  const pool = createPool({
    definition: {
      name: "probe",
      region: "us-east-1",
      handler: "handlers/probe.handler",
      root: fileURLToPath(new URL(".", import.meta.url)),
      environment: {},
      timeoutSeconds: 5,
      memoryMb: 128,
    },
    arn: "arn:aws:lambda:us-east-1:000000000000:function:probe",
    bundler: {
      worker: () => Promise.resolve("worker.mjs"),
      bundle: async () => {
        seen.running += 1;
        seen.runs += 1;
        seen.most = Math.max(seen.most, seen.running);
        for (let turn = 20 + (seen.runs % 7); turn > 0; turn -= 1) await undefined;
        seen.running -= 1;
        throw new Error("does not build");
      },
    },
    endpoint: () => "http://127.0.0.1:4566",
    clock: Date.now,
  });
  return { pool, seen };
}

describe("the workers of a function", () => {
  it("are never more than four, however invocations overlap", async () => {
    const { pool, seen } = failingPool();
    const runs: Promise<unknown>[] = [];
    for (let n = 0; n < 200; n += 1) {
      runs.push(pool.run({ requestId: String(n), event: "{}" }));
      // One after the other within one turn of the event loop, so that some start while others end.
      for (let turn = n % 5; turn > 0; turn -= 1) await undefined;
    }
    await Promise.all(runs);
    expect(seen).toEqual({ running: 0, most: 4, runs: 200 });
  });
});
