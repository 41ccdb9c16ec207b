import type { Place } from "./places.ts";

/** Fourteen days, the longest that SQS keeps a message: time to see an alarm and mend the cause. */
const DEAD_LETTER_RETENTION_SECONDS = 14 * 24 * 60 * 60;

/** Keeps a message visible to one receiver for six times the function's time (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const VISIBILITY_FACTOR = 6;

export interface QueuePair {
  readonly queue: sst.aws.Queue;
  readonly deadLetters: sst.aws.Queue;
}

/** A queue whose messages go to a dead-letter queue of its own after `maxAttempts` receives. */
export function createQueuePair(
  name: string,
  { timeoutSeconds, maxAttempts }: { timeoutSeconds: number; maxAttempts: number },
  place: Place,
): QueuePair {
  const deadLetters = createDeadLetterQueue(name, place);
  const queue = new sst.aws.Queue(
    `${name}Queue`,
    {
      visibilityTimeout: `${timeoutSeconds * VISIBILITY_FACTOR} seconds`,
      dlq: { queue: deadLetters.arn, retry: maxAttempts },
      transform: { queue: { sqsManagedSseEnabled: true } },
    },
    { provider: place.provider },
  );
  return { queue, deadLetters };
}

export function createDeadLetterQueue(name: string, { provider }: Place): sst.aws.Queue {
  return new sst.aws.Queue(
    `${name}DeadLetters`,
    {
      transform: {
        queue: {
          sqsManagedSseEnabled: true,
          messageRetentionSeconds: DEAD_LETTER_RETENTION_SECONDS,
        },
      },
    },
    { provider },
  );
}

/** Of the mapping from a queue to its function. */
export function scalingOf({ maxConcurrency }: { readonly maxConcurrency?: number }) {
  return maxConcurrency === undefined
    ? {}
    : { scalingConfig: { maximumConcurrency: maxConcurrency } };
}

/** Lets one rule, and nothing else of EventBridge, send to a queue. */
export function allowRule(
  name: string,
  queue: sst.aws.Queue,
  rule: aws.cloudwatch.EventRule,
  { provider }: Place,
): aws.sqs.QueuePolicy {
  return new aws.sqs.QueuePolicy(
    name,
    {
      queueUrl: queue.url,
      policy: $jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: queue.arn,
            Condition: { ArnEquals: { "aws:SourceArn": rule.arn } },
          },
        ],
      }),
    },
    { provider },
  );
}
