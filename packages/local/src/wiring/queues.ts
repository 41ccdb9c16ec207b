import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { Clients } from "../clients.ts";
import { resourceName } from "./names.ts";

export interface WiredQueue {
  readonly url: string;
  readonly arn: string;
}

/** AWS's longest: what failed can wait two weeks for somebody to look. */
const RETENTION_SECONDS = 14 * 24 * 60 * 60;

export interface QueueSettings {
  readonly visibilitySeconds: number;
  readonly maxReceiveCount: number;
}

/** A queue with its own dead-letter queue. */
export async function wireQueue(
  { sqs }: Pick<Clients, "sqs">,
  name: string,
  settings: QueueSettings,
): Promise<{ queue: WiredQueue; deadLetter: WiredQueue }> {
  const deadLetter = await createQueue(sqs, `${name}-dead-letter`, {});
  const queue = await createQueue(sqs, name, {
    VisibilityTimeout: String(settings.visibilitySeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: deadLetter.arn,
      maxReceiveCount: settings.maxReceiveCount,
    }),
  });
  return { queue, deadLetter };
}

async function createQueue(
  sqs: Clients["sqs"],
  name: string,
  attributes: Record<string, string>,
): Promise<WiredQueue> {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: resourceName(name),
      Attributes: { MessageRetentionPeriod: String(RETENTION_SECONDS), ...attributes },
    }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  if (QueueUrl === undefined || Attributes?.["QueueArn"] === undefined) {
    throw new Error(`queue ${name}: SQS did not say its URL and ARN`);
  }
  return { url: QueueUrl, arn: Attributes["QueueArn"] };
}
