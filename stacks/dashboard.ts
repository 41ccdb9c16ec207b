import { counted } from "./metrics.ts";
import type { Place } from "./places.ts";
import type { QueuePair } from "./queues.ts";
import type { DeployedTrigger } from "./triggers.ts";

interface Shown {
  readonly place: Place;
  readonly triggers: readonly DeployedTrigger[];
  readonly fallback: QueuePair;
  readonly queues: ReadonlyMap<string, QueuePair>;
  readonly sourceIds: readonly string[];
}

type Metric = readonly ($util.Input<string> | object)[];

/** One page for a region: who crosses, what the triggers take, what waits. */
export function createDashboard({ place, triggers, fallback, queues, sourceIds }: Shown): void {
  const { region, suffix, provider } = place;
  const widget = (title: string, stat: string, metrics: readonly Metric[]) => ({
    type: "metric",
    width: 12,
    height: 6,
    properties: { title, region, stat, period: 300, metrics },
  });
  const decisions = [
    ["create", "CONFIRMED"],
    ["create", "RESET_REQUIRED"],
    ["generic", "rejected"],
    ["generic", "user-not-found"],
    ["try-again-later", "throttled"],
  ] as const;
  const waiting = [["Fallback", fallback] as const, ...queues];
  new aws.cloudwatch.Dashboard(
    `Dashboard${suffix}`,
    {
      dashboardName: `${$app.name}-${$app.stage}-${region}`,
      dashboardBody: $jsonStringify({
        widgets: [
          widget(
            "How crossings end",
            "Sum",
            decisions.map(([decision, reason]) =>
              metricOf(counted("MigrationDecision", { decision, reason })),
            ),
          ),
          widget(
            "Sources that throttle",
            "Sum",
            sourceIds.map((source) =>
              metricOf(counted("SourceUnavailable", { source, reason: "throttled" })),
            ),
          ),
          widget(
            "Triggers: slowest in a hundred, ms of 5000",
            "p99",
            triggers.map(({ fn }) => ["AWS/Lambda", "Duration", "FunctionName", fn.component.name]),
          ),
          widget(
            "Triggers: errors",
            "Sum",
            triggers.map(({ fn }) => ["AWS/Lambda", "Errors", "FunctionName", fn.component.name]),
          ),
          widget(
            "Age of the oldest message, s",
            "Maximum",
            waiting.map(([, { queue }]) => inQueue("ApproximateAgeOfOldestMessage", queue)),
          ),
          widget(
            "Dead letters",
            "Maximum",
            waiting.map(([, { deadLetters }]) =>
              inQueue("ApproximateNumberOfMessagesVisible", deadLetters),
            ),
          ),
        ],
      }),
    },
    { provider },
  );
}

function metricOf({ namespace, metricName, dimensions }: ReturnType<typeof counted>): Metric {
  return [namespace, metricName, ...Object.entries(dimensions).flat()];
}

function inQueue(metricName: string, queue: sst.aws.Queue): Metric {
  return ["AWS/SQS", metricName, "QueueName", queue.nodes.queue.name];
}
