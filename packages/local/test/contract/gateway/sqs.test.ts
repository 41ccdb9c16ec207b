import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { only } from "../only-stage.ts";
import { ALL_SERVERS, createQueue, startParts } from "./parts.ts";

describe("queues behind the gateway", () => {
  it("points queue URLs at the gateway and takes messages there", async () => {
    const { queues, endpoint } = await startParts();
    const sqs = queues();
    const { url, arn } = await createQueue(sqs, "orders");
    expect(url).toBe(`${endpoint}/000000000000/orders`);
    expect(arn).toBe("arn:aws:sqs:us-east-1:000000000000:orders");

    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "hello" }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ["All"] }),
    );
    expect(Messages?.map(({ Body }) => Body)).toEqual(["hello"]);
    expect(Messages?.[0]?.Attributes?.ApproximateReceiveCount).toBe("1");
  });

  it("keeps regions apart", async () => {
    const { queues } = await startParts();
    await createQueue(queues(), "orders");
    const elsewhere = queues("eu-central-1");
    await expect(
      elsewhere.send(new GetQueueUrlCommand({ QueueName: "orders" })),
    ).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  });

  // Source: SQS API reference, ReceiveMessage, WaitTimeSeconds.
  it("ends a long poll as soon as a message arrives, not when the batch is full", async () => {
    const { queues } = await startParts();
    const sqs = queues();
    const { url } = await createQueue(sqs, "orders");
    const poll = sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "one" }));
    const { Messages } = await poll;
    expect(Messages).toHaveLength(1);
  });

  it("loses no message to a long poll whose client has gone", async () => {
    const { onStage, queues } = await startParts();
    if (!onStage) only("one place where all its polls end")();
    const sqs = queues();
    const { url } = await createQueue(sqs, "orders");
    const leaving = new AbortController();
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
      abortSignal: leaving.signal,
    });
    // The answer of a later call shows that the poll has begun.
    await sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }));
    leaving.abort();
    await expect(poll).rejects.toThrow();
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "mine" }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 2 }),
    );
    expect(Messages?.map(({ Body }) => Body)).toEqual(["mine"]);
  });

  // Source: SQS API reference, GetQueueAttributes.
  it("counts a message that was received as in flight, not as waiting", async () => {
    const { queues } = await startParts();
    const sqs = queues();
    const { url } = await createQueue(sqs, "orders");
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "a", MessageBody: "a" },
          { Id: "b", MessageBody: "b" },
        ],
      }),
    );
    await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 1, WaitTimeSeconds: 5 }),
    );
    const counts = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
    await expect
      .poll(async () => (await sqs.send(counts)).Attributes)
      .toMatchObject({
        ApproximateNumberOfMessages: "1",
        ApproximateNumberOfMessagesNotVisible: "1",
      });
  });

  it("dead-letters only after maxReceiveCount receives; a change of visibility is none", async () => {
    const { queues } = await startParts();
    const sqs = queues();
    const dead = await createQueue(sqs, "dead");
    const { url } = await createQueue(sqs, "orders", {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "poison" }));
    const counts: (string | undefined)[] = [];
    for (let receive = 0; receive < 2; receive += 1) {
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          WaitTimeSeconds: 2,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        }),
      );
      counts.push(Messages?.[0]?.Attributes?.ApproximateReceiveCount);
      await sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: Messages?.[0]?.ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      );
    }
    expect(counts).toEqual(["1", "2"]);
    const again = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, ...ALL_SERVERS }));
    expect(again.Messages ?? []).toEqual([]);
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: dead.url, WaitTimeSeconds: 5 }),
    );
    expect(Messages?.map(({ Body }) => Body)).toEqual(["poison"]);
  });

  it("reports which entries of a batch failed", async () => {
    const { queues } = await startParts();
    const sqs = queues();
    const { url } = await createQueue(sqs, "orders");
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "one" }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 5 }),
    );
    const { Successful, Failed } = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "good", ReceiptHandle: Messages?.[0]?.ReceiptHandle },
          { Id: "bad", ReceiptHandle: "nonsense" },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(["good"]);
    expect(Failed?.map(({ Id }) => Id)).toEqual(["bad"]);
  });

  // Source: SQS API reference, StartMessageMoveTask: without a destination, back to where they came from.
  it("moves dead letters back to their queue after the call has been answered", async () => {
    const { queues } = await startParts();
    const sqs = queues();
    const dead = await createQueue(sqs, "dead");
    const orders = await createQueue(sqs, "orders", {
      VisibilityTimeout: "0",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: orders.url, MessageBody: "one" }));
    const { Messages: received } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: orders.url, WaitTimeSeconds: 5 }),
    );
    expect(received).toHaveLength(1);
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: orders.url, ...ALL_SERVERS }));
    const letter = { QueueUrl: dead.url, WaitTimeSeconds: 10, VisibilityTimeout: 0 };
    const { Messages: letters } = await sqs.send(new ReceiveMessageCommand(letter));
    expect(letters).toHaveLength(1);

    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }));

    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: orders.url, WaitTimeSeconds: 10 }),
    );
    expect(Messages?.map(({ Body }) => Body)).toEqual(["one"]);
  });

  it("speaks the query protocol of older clients", async () => {
    const { endpoint } = await startParts();
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=CreateQueue&QueueName=older&Version=2012-11-05",
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(`<QueueUrl>${endpoint}/000000000000/older</QueueUrl>`);
  });

  // Source: SQS developer guide, "Making Query API requests": the queue's address names the queue.
  it("take a request at their own address, as somebody would type it", async () => {
    const { endpoint, queues } = await startParts();
    const sqs = queues();
    const { url } = await createQueue(sqs, "orders");
    expect(url).toContain(endpoint);
    const asked = new URLSearchParams({ Action: "SendMessage", MessageBody: "a & b" });
    const answer = await fetch(`${url}?${asked}&Version=2012-11-05`);
    expect(answer.headers.get("content-type")).toBe("text/xml");
    expect(await answer.text()).toMatch(/<MessageId>[0-9a-f-]{36}<\/MessageId>/);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(["a & b"]);
  });
});
