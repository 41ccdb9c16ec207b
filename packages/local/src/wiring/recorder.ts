import { appendFileSync } from "node:fs";
import { DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { EVENT_SOURCE } from "@carryover/events/define";
import type { Clients } from "../clients.ts";
import { wireRule } from "./bus.ts";
import { wireQueue } from "./queues.ts";

/** Listens to the hub like any subscriber. Answers what writes all that came to a file, one event a line. */
export async function wireRecorder(clients: Clients, file: string): Promise<() => Promise<void>> {
  const { queue } = await wireQueue(clients, "recorder", {
    visibilitySeconds: 60,
    maxReceiveCount: 1000,
  });
  await wireRule(clients, "recorder", { source: [EVENT_SOURCE] }, { Arn: queue.arn });
  return async () => {
    for (;;) {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queue.url, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return;
      for (const { Body = "", ReceiptHandle } of Messages) {
        appendFileSync(file, `${Body}\n`);
        await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle }));
      }
    }
  };
}
