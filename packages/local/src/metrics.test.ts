import { describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

const PLACE = { account: "000000000000", region: "us-east-1" };
const NOW = Date.UTC(2026, 0, 1);

function sumsOf(...lines: unknown[]) {
  const metrics = createMetrics(() => NOW);
  for (const line of lines) {
    metrics.addLine(PLACE, typeof line === "string" ? line : JSON.stringify(line));
  }
  return metrics.sums();
}

// CloudWatch user guide, "Specification: Embedded metric format".
describe("a log line in the embedded metric format", () => {
  const about = (Dimensions: unknown, Metrics: unknown, more: object = {}) => ({
    _aws: { Timestamp: NOW - 1000, CloudWatchMetrics: [{ Namespace: "n", Dimensions, Metrics }] },
    service: "identity",
    ...more,
  });

  it("counts for each of its sets of dimensions", () => {
    const line = about([["service"], []], [{ Name: "Failed", Unit: "Count" }], { Failed: [1, 4] });
    const sum = {
      namespace: "n",
      name: "Failed",
      unit: "Count",
      count: 4,
      sum: 10,
      min: 1,
      max: 4,
    };
    const lastAt = "2025-12-31T23:59:59.000Z";
    expect(sumsOf(line, "plain text", line)).toEqual([
      { ...PLACE, ...sum, dimensions: { service: "identity" }, lastAt },
      { ...PLACE, ...sum, dimensions: {}, lastAt },
    ]);
  });

  it.each([
    ["no JSON", '{"_aws": '],
    ["null", "null // _aws"],
    ["an array", ["_aws"]],
    ["nothing below _aws", { _aws: null }],
    ["wrong types", { _aws: { Timestamp: "x", CloudWatchMetrics: [null, 1, { Namespace: 2 }] } }],
    ["a metric without value", about([[]], [{ Name: "Gone" }])],
    ["a metric of the prototype", about([[]], [{ Name: "toString" }])],
    ["a text for a value", about([[]], [{ Name: "Text" }], { Text: "1" })],
  ])("says nothing where it is %s", (_what, line) => {
    expect(sumsOf(line)).toEqual([]);
  });

  it("takes the stage's time where its own is none", () => {
    const line = { ...about(undefined, [{ Name: "M" }], { M: 1 }) };
    const broken = { ...line, _aws: { ...line._aws, Timestamp: 1e300 } };
    expect(sumsOf(broken)).toMatchObject([{ lastAt: "2026-01-01T00:00:00.000Z", unit: "None" }]);
  });
});
