import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { DownstreamQueueError } from "../downstream/errors.ts";

/** SendMessageBatch takes 10 messages a call (API model of `sqs`, 2026). */
const MAX_ENTRIES = 10;
const TRIES = 3;

/**
 * Sends messages, each as JSON. Only those that a call did not take are sent again.
 * @throws DownstreamQueueError when the queue did not take all of them
 */
export async function sendToQueue(
  client: SQSClient,
  queueUrl: string,
  messages: readonly unknown[],
): Promise<void> {
  for (let from = 0; from < messages.length; from += MAX_ENTRIES) {
    let waiting = messages.slice(from, from + MAX_ENTRIES);
    for (let tries = 0; waiting.length > 0; tries += 1) {
      if (tries === TRIES) {
        throw new DownstreamQueueError("the queue did not take all messages", {
          messages: waiting.length,
        });
      }
      waiting = await refused(client, queueUrl, waiting);
    }
  }
}

async function refused(client: SQSClient, queueUrl: string, messages: readonly unknown[]) {
  const Entries = messages.map((message, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify(message),
  }));
  try {
    const { Successful } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
    );
    const taken = new Set(Successful?.map(({ Id }) => Id));
    return messages.filter((_, index) => !taken.has(String(index)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : "unknown";
    throw new DownstreamQueueError("the queue did not answer", { reason }, { cause });
  }
}
