import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Facts } from "@carryover/core/kernel/errors";

const logger = new Logger({ serviceName: "carryover" });
const metrics = new Metrics({ namespace: "Carryover", serviceName: "carryover" });

/** Writes one structured line. Facts only: ids, counts, names of fields; never an address, password, code or token. */
export function log(level: "info" | "warn" | "error", message: string, facts: Facts = {}): void {
  logger[level](message, { ...facts });
}

/** Counts one occurrence in CloudWatch, by the embedded metric format: no call, no wait. */
export function count(metric: string, dimensions: Readonly<Record<string, string>> = {}): void {
  const single = metrics.singleMetric();
  for (const [name, value] of Object.entries(dimensions)) single.addDimension(name, value);
  single.addMetric(metric, MetricUnit.Count, 1);
}
