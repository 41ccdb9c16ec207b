import { AsyncLocalStorage } from "node:async_hooks";
import { isoTime, systemClock } from "@carryover/core/kernel/clock";
import type { Facts } from "@carryover/core/kernel/errors";
import { appStage, traceId } from "./links.ts";

/** Lines on standard output, which Lambda takes to CloudWatch. Ours, because it is loaded where a user waits (docs/decisions/0004). */

const NAMESPACE = "Carryover";
const SERVICE = "carryover";

const invocations = new AsyncLocalStorage<string>();

/** What of Lambda's context a handler passes on. */
export interface Invocation {
  readonly awsRequestId: string;
}

/** Whatever `run` logs bears the id of the invocation. */
export function during<Answer>(invocation: Invocation | undefined, run: () => Answer): Answer {
  return invocation ? invocations.run(invocation.awsRequestId, run) : run();
}

/** Writes one structured line. Facts only: ids, counts, names of fields; never an address, password, code or token. */
export function log(level: "info" | "warn" | "error", message: string, facts: Facts = {}): void {
  const line = {
    level: level.toUpperCase(),
    message,
    timestamp: isoTime(systemClock()),
    service: SERVICE,
    ...origin(),
  };
  // A fact is never taken for what the line itself says.
  write({ ...line, ...facts, ...line });
}

/**
 * Counts one occurrence in CloudWatch: no call, no wait, and no more than a line.
 * Source: CloudWatch guide, "Embedded metric format specification".
 */
export function count(metric: string, dimensions: Readonly<Record<string, string>> = {}): void {
  const { stage, ...properties } = origin();
  const under = { ...dimensions, service: SERVICE, stage };
  write({
    _aws: {
      Timestamp: systemClock(),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [Object.keys(under)],
          Metrics: [{ Name: metric, Unit: "Count" }],
        },
      ],
    },
    ...properties,
    ...under,
    [metric]: 1,
  });
}

/** Which stage and invocation a line is from. Stages of one account write to the same metrics. */
function origin() {
  return { stage: appStage(), requestId: invocations.getStore(), traceId: traceId() };
}

/** Not by `console`: Lambda puts the level in front of its lines, which are no JSON then. */
function write(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
