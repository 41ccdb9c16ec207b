import {
  DeleteMessageCommand,
  DeleteQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { servicesOnDisk } from "./on-disk.ts";
import { createQueue } from "./parts.ts";

const { config, restarted } = servicesOnDisk();
const FIFO = { FifoQueue: "true", ContentBasedDeduplication: "true" };

/** Sends a body to a FIFO queue, by the address that it has now, and answers the message's id. */
async function send(QueueName: string, MessageBody: string): Promise<string | undefined> {
  const sqs = new SQSClient(config());
  const { url: QueueUrl } = await createQueue(sqs, QueueName, FIFO);
  const sent = { QueueUrl, MessageBody, MessageGroupId: "g" };
  return (await sqs.send(new SendMessageCommand(sent))).MessageId;
}

/** Receives all that is there, and deletes it. */
async function take(QueueName: string): Promise<(string | undefined)[]> {
  const sqs = new SQSClient(config());
  const { url: QueueUrl } = await createQueue(sqs, QueueName, FIFO);
  const asked = { QueueUrl, MaxNumberOfMessages: 10 };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
  for (const { ReceiptHandle } of Messages) {
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  return Messages.map(({ Body }) => Body);
}

// Source: SQS developer guide, "Exactly-once processing in Amazon SQS": five minutes, also after the message was deleted.
describe("what was sent to a FIFO queue before a restart", () => {
  it("is not taken again", async () => {
    const first = await send("again.fifo", "once");
    expect(await take("again.fifo")).toEqual(["once"]);
    await send("again.fifo", "waiting");
    await restarted();
    expect(await send("again.fifo", "once")).toBe(first);
    await send("again.fifo", "other");
    expect(await take("again.fifo")).toEqual(["waiting", "other"]);
  });

  it.each([
    ["purged", PurgeQueueCommand],
    ["deleted", DeleteQueueCommand],
  ])("is forgotten once the queue was %s", async (how, Command) => {
    const name = `${how}.fifo`;
    await send(name, "once");
    expect(await take(name)).toEqual(["once"]);
    const sqs = new SQSClient(config());
    const { url: QueueUrl } = await createQueue(sqs, name, FIFO);
    await sqs.send(new Command({ QueueUrl }));
    await restarted();
    await send(name, "once");
    expect(await take(name)).toEqual(["once"]);
  });
});
