import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { count, during, log } from "./telemetry.ts";

const REQUEST = { awsRequestId: "5b0c5a0e-0000-4000-8000-000000000001" };

let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    expect(String(text)).toMatch(/^[^\n]+\n$/);
    return lines.push(JSON.parse(String(text))) > 0;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("a log line", () => {
  it("says when, where and in which invocation, beside its facts", async () => {
    vi.stubEnv(
      "_X_AMZN_TRACE_ID",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    );
    await during(REQUEST, async () =>
      log("warn", "event waits", { eventId: "e1", none: undefined }),
    );

    expect(lines).toEqual([
      {
        level: "WARN",
        message: "event waits",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
        service: "carryover",
        stage: "test",
        requestId: REQUEST.awsRequestId,
        traceId: "1-5759e988-bd862e3fe1be46a994272793",
        eventId: "e1",
      },
    ]);
  });

  it("does not let a fact pass for what the line itself says", () => {
    log("error", "broken", { level: "INFO", message: "all well", stage: "production" });
    expect(lines).toEqual([
      expect.objectContaining({ level: "ERROR", message: "broken", stage: "test" }),
    ]);
  });

  it("belongs to its own invocation where several run at once", async () => {
    const ids = ["a", "b", "c"];
    await Promise.all(
      ids.map((awsRequestId, index) =>
        during({ awsRequestId }, async () => {
          for (let tick = 0; tick < 3 - index; tick += 1) await Promise.resolve();
          log("info", awsRequestId);
        }),
      ),
    );
    expect(lines.map(({ requestId }) => requestId)).toEqual(lines.map(({ message }) => message));
    expect(lines).toHaveLength(3);
  });

  it("has no invocation outside of one", () => {
    log("info", "loading");
    expect(lines[0]).not.toHaveProperty("requestId");
  });
});

describe("a count", () => {
  // CloudWatch guide, "Embedded metric format specification": the names in `Dimensions` and `Metrics` are
  // members of the root node, dimensions are text, and the time is in milliseconds since the epoch.
  it("is an embedded metric of the stage with every dimension at the root", () => {
    during(REQUEST, () => count("MigrationDecision", { decision: "create", reason: "CONFIRMED" }));

    expect(lines).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: "Carryover",
              Dimensions: [["decision", "reason", "service", "stage"]],
              Metrics: [{ Name: "MigrationDecision", Unit: "Count" }],
            },
          ],
        },
        requestId: REQUEST.awsRequestId,
        service: "carryover",
        stage: "test",
        decision: "create",
        reason: "CONFIRMED",
        MigrationDecision: 1,
      },
    ]);
  });
});
