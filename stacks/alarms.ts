import { mailAlarms } from "./mail-alarms.ts";
import { placementAlarms } from "./placement-alarms.ts";
import { type Place, pascalCase } from "./places.ts";
import type { QueuePair } from "./queues.ts";
import type { Settings } from "./settings.ts";
import { type AlarmSpec, sourceAlarms } from "./source-alarms.ts";
import type { DeployedTrigger } from "./triggers.ts";

/** Cognito gives a trigger five seconds. An alarm at four leaves time to act before sign-ins fail. */
const SLOW_TRIGGER_MS = 4000;

/** An event that waits this long means that a service does not keep up, or always fails. */
const OLD_MESSAGE_SECONDS = 15 * 60;

const PERIOD_SECONDS = 300;

export interface Watched {
  readonly place: Place;
  readonly triggers: readonly DeployedTrigger[];
  readonly fallback: QueuePair;
  /** Of the services, by the name that an alarm has for each. */
  readonly queues: ReadonlyMap<string, QueuePair>;
  /** Dead letters of what has no queue of its own. */
  readonly deadLetters: ReadonlyMap<string, sst.aws.Queue>;
  readonly sendsMail: boolean;
  readonly movesPeople: boolean;
}

/** The alarms of a region and the topic that they are sent to. */
export function createAlarms(settings: Settings, watched: Watched): void {
  const { place, triggers, fallback, queues, deadLetters } = watched;
  const { provider, suffix } = place;
  const topic = new sst.aws.SnsTopic(`Alarms${suffix}`, {}, { provider });
  for (const [index, endpoint] of settings.migration.alarms.emails.entries()) {
    new aws.sns.TopicSubscription(
      `AlarmMail${index}${suffix}`,
      { topic: topic.arn, protocol: "email", endpoint },
      { provider },
    );
  }
  const alarm = (name: string, args: AlarmSpec) =>
    new aws.cloudwatch.MetricAlarm(
      `${name}${suffix}`,
      {
        // An expression has the period of what it is made of.
        ...(args.metricQueries === undefined && { period: PERIOD_SECONDS }),
        evaluationPeriods: 1,
        // No sign-ins, no messages: nothing to worry about.
        treatMissingData: "notBreaching",
        ...args,
        alarmActions: [topic.arn],
        okActions: [topic.arn],
      },
      { provider },
    );

  for (const { fn, name } of triggers) {
    const component = fn.name.slice(0, -suffix.length);
    const dimensions = { FunctionName: fn.component.name };
    alarm(`${component}Errors`, {
      alarmDescription: `Trigger ${name} failed: sign-ins fail or are not noted`,
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions,
      statistic: "Sum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
    });
    alarm(`${component}Slow`, {
      alarmDescription: `Trigger ${name} comes near the five seconds that Cognito gives it`,
      namespace: "AWS/Lambda",
      metricName: "Duration",
      dimensions,
      extendedStatistic: "p99",
      comparisonOperator: "GreaterThanThreshold",
      threshold: SLOW_TRIGGER_MS,
    });
  }
  const { sources } = settings.migration;
  for (const [name, spec] of sourceAlarms(sources, PERIOD_SECONDS)) alarm(pascalCase(name), spec);
  if (watched.sendsMail) for (const [name, spec] of mailAlarms()) alarm(name, spec);
  if (watched.movesPeople) for (const [name, spec] of placementAlarms()) alarm(name, spec);
  alarm("FallbackUsed", {
    alarmDescription: "The bus would not take events: they wait in the fallback queue",
    ...queueMetric(fallback.queue, "ApproximateNumberOfMessagesVisible"),
    threshold: 0,
  });
  for (const [name, pair] of [["Fallback", fallback] as const, ...queues]) {
    alarm(`${name}OldMessage`, {
      alarmDescription: `${name} has not got rid of a message for a quarter of an hour`,
      ...queueMetric(pair.queue, "ApproximateAgeOfOldestMessage"),
      threshold: OLD_MESSAGE_SECONDS,
    });
    alarm(`${name}DeadLetter`, deadLetterAlarm(name, pair.deadLetters));
  }
  for (const [name, queue] of deadLetters) {
    alarm(`${name}DeadLetter`, deadLetterAlarm(name, queue));
  }
}

function deadLetterAlarm(name: string, queue: sst.aws.Queue): AlarmSpec {
  return {
    alarmDescription: `${name} gave up on a message: see docs/deploy.md, "Dead letters"`,
    ...queueMetric(queue, "ApproximateNumberOfMessagesVisible"),
    threshold: 0,
  };
}

function queueMetric(queue: sst.aws.Queue, metricName: string) {
  return {
    namespace: "AWS/SQS",
    metricName,
    dimensions: { QueueName: queue.nodes.queue.name },
    statistic: "Maximum",
    comparisonOperator: "GreaterThanThreshold",
  } as const;
}
