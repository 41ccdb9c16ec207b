import { fileURLToPath } from "node:url";
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueue, startParts } from "../gateway/parts.ts";
import { zipOf } from "./stranger.ts";

const root = fileURLToPath(new URL(".", import.meta.url));

/** A queue with a dead-letter queue, mapped to a function that fails on demand. */
async function start(
  options: { reportBatchItemFailures?: boolean; maxReceiveCount?: number } = {},
) {
  const parts = await startParts();
  const sqs = new SQSClient(parts.client());
  const dead = await createQueue(sqs, "dead");
  const queue = await createQueue(sqs, "work", {
    VisibilityTimeout: "1",
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: dead.arn,
      maxReceiveCount: options.maxReceiveCount ?? 1,
    }),
  });
  const functionArn = parts.lambda.register({
    name: "batch",
    region: "us-east-1",
    handler: "handlers/batch.handler",
    root,
    environment: {},
    timeoutSeconds: 5,
    memoryMb: 128,
  });
  const send = (bodies: readonly string[]) =>
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queue.url,
        Entries: bodies.map((MessageBody, index) => ({ Id: `m${index}`, MessageBody })),
      }),
    );
  const map = () =>
    parts.lambda.mappings.wire({
      queueArn: queue.arn,
      functionArn,
      batchSize: 10,
      reportBatchItemFailures: options.reportBatchItemFailures ?? true,
    });
  const left = async (url: string) => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
    );
    return (
      Number(Attributes?.ApproximateNumberOfMessages) +
      Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
    );
  };
  const deadBodies = async (count: number) => {
    const bodies: (string | undefined)[] = [];
    await expect
      .poll(async () => {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: dead.url,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: 1,
          }),
        );
        bodies.push(...Messages.map(({ Body }) => Body));
        return bodies.length;
      })
      .toBe(count);
    return bodies.map(String).sort((a, b) => a.localeCompare(b));
  };
  return { ...parts, queue, dead, sqs, send, map, left, deadBodies };
}

describe("a queue mapped to a function", () => {
  // Source: Lambda DG, "Using Lambda with Amazon SQS", example event.
  it("invokes with SQS records and deletes them when the handler succeeds", async () => {
    const { sqs, queue, map, left, lambda } = await start();
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: "hello",
        MessageAttributes: { kind: { DataType: "String", StringValue: "greeting" } },
      }),
    );
    map();
    await expect.poll(() => left(queue.url)).toBe(0);
    const [record] = JSON.parse(lambda.invocations.list()[0]?.lines[0] ?? "[]");
    expect(record).toMatchObject({
      body: "hello",
      md5OfBody: "5d41402abc4b2a76b9719d911017c592",
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: { kind: { stringValue: "greeting", dataType: "String" } },
      md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: "aws:sqs",
      eventSourceARN: queue.arn,
      awsRegion: "us-east-1",
    });
    expect(Object.keys(record.attributes)).toEqual(
      expect.arrayContaining(["SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"]),
    );
  });

  it("retries only the reported messages, and dead-letters those that go on failing", async () => {
    const { queue, send, map, left, deadBodies, lambda } = await start({ maxReceiveCount: 2 });
    await send(["good", "fail", "once"]);
    map();
    expect(await deadBodies(1)).toEqual(["fail"]);
    expect(await left(queue.url)).toBe(0);
    const bodies = lambda.invocations
      .list()
      .map(({ lines }) => JSON.parse(lines[0] ?? "[]").map(({ body }: { body: string }) => body));
    expect(bodies.flat().sort()).toEqual(["fail", "fail", "good", "once", "once"]);
  });

  // Source: Lambda DG, "Handling errors for an SQS event source", success and failure conditions.
  it.each(["throw", "unknown"])(
    "retries the whole batch where the handler answers %s",
    async (body) => {
      const { send, map, deadBodies } = await start();
      await send(["good", body]);
      map();
      expect(await deadBodies(2)).toEqual(["good", body]);
    },
  );

  it("takes a returned list for nothing where partial batches are not reported", async () => {
    const { queue, send, map, left } = await start({ reportBatchItemFailures: false });
    await send(["fail"]);
    expect(await left(queue.url)).toBe(1);
    map();
    await expect.poll(() => left(queue.url)).toBe(0);
  });

  it("goes on when the queue is deleted under a batch, and made again", async () => {
    const { lambda, queue, sqs, send, map } = await start();
    const code = `import { DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
      export const handler = async () => {
        await new SQSClient({}).send(new DeleteQueueCommand({ QueueUrl: process.env.QUEUE_URL }));
      };`;
    lambda.register({
      ...lambda.unpack(zipOf(code)),
      name: "batch",
      region: "us-east-1",
      handler: "src/index.handler",
      environment: { QUEUE_URL: queue.url },
      timeoutSeconds: 60,
      memoryMb: 128,
    });
    map();
    for (const runs of [1, 2]) {
      await createQueue(sqs, "work");
      await send(["delete"]);
      await expect.poll(() => lambda.invocations.list("batch")).toHaveLength(runs);
    }
    expect(lambda.invocations.list("batch").map(({ outcome }) => outcome)).toEqual([
      "returned",
      "returned",
    ]);
  });

  it("stops at once while it polls an empty queue", async () => {
    const { map, lambda, queue, left, send } = await start();
    await send(["good"]);
    const { uuid } = map();
    await expect.poll(() => left(queue.url)).toBe(0);
    lambda.mappings.remove(uuid);
    await send(["good"]);
    // It would wait for the end of a long poll otherwise, longer than a test may take.
    await lambda.stop();
    expect(await left(queue.url)).toBe(1);
  });
});
