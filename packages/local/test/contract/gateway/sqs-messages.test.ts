import {
  AddPermissionCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { ALL_SERVERS, createQueue, startParts } from "./parts.ts";
import { PROTOCOLS, type Protocol, sqsClient } from "./sqs-client.ts";

// Source, unless another is named: LocalStack's tests/aws/services/sqs/test_sqs.py, which were recorded on AWS.

async function startIn(protocol: Protocol, name: string, attributes: Record<string, string> = {}) {
  const sqs = sqsClient(await startParts(), protocol);
  const queue = await createQueue(sqs, name, attributes);
  return { sqs, ...queue, ...on(sqs, queue.url) };
}

function on(sqs: SQSClient, QueueUrl: string) {
  return {
    send: (MessageBody: string, MessageGroupId?: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId })),
    receive: async (input: Partial<ReceiveMessageCommandInput> = {}) => {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, ...input };
      return (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [];
    },
    remove: (ReceiptHandle: string | undefined) =>
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    hide: (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })),
  };
}

const bodies = (messages: readonly { Body?: string | undefined }[]) =>
  messages.map(({ Body }) => Body);

describe.each(PROTOCOLS)("in the %s protocol", (protocol) => {
  const start = (name: string, attributes?: Record<string, string>) =>
    startIn(protocol, name, attributes);

  describe("a FIFO queue", () => {
    const FIFO = { FifoQueue: "true", ContentBasedDeduplication: "true" };

    // Source: SQS developer guide, "FIFO delivery logic in Amazon SQS".
    it("keeps a group back while one of its messages is in flight, and its order", async () => {
      const { send, receive, remove, hide } = await start("orders.fifo", FIFO);
      for (const body of ["a1", "a2", "a3"]) await send(body, "a");
      await send("b1", "b");
      const [first] = await receive({ MaxNumberOfMessages: 1 });
      expect(first?.Body).toBe("a1");
      expect(bodies(await receive())).toEqual(["b1"]);
      await hide(first?.ReceiptHandle, 0);
      const [again, ...others] = await receive();
      expect(bodies([again ?? {}, ...others])).toEqual(["a1", "a2", "a3"]);
      await remove(again?.ReceiptHandle);
      expect(await receive(ALL_SERVERS)).toEqual([]);
    });

    // Source: SQS developer guide, "Exactly-once processing": five minutes, also after the message was deleted.
    it("takes a message once, and answers the second time as the first", async () => {
      const { send, receive, remove } = await start("orders.fifo", FIFO);
      const first = await send("same", "a");
      const [message] = await receive();
      await remove(message?.ReceiptHandle);
      const second = await send("same", "b");
      expect(second.MessageId).toBe(first.MessageId);
      expect(second.SequenceNumber).toBe(first.SequenceNumber);
      const other = await send("other", "a");
      expect(BigInt(other.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(first.SequenceNumber ?? 0));
      expect(bodies(await receive())).toEqual(["other"]);
    });

    it("refuses a receipt handle that has expired", async () => {
      const { send, receive, remove } = await start("orders.fifo", FIFO);
      await send("one", "a");
      const [message] = await receive({ VisibilityTimeout: 0 });
      await expect(remove(message?.ReceiptHandle)).rejects.toMatchObject({
        name: "InvalidParameterValue",
        message: `Value ${message?.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
      });
    });
  });

  describe("a message", () => {
    it("is in an answer once, whatever its visibility timeout", async () => {
      const { send, receive } = await start("orders");
      await send("one");
      expect(bodies(await receive({ VisibilityTimeout: 0 }))).toEqual(["one"]);
      expect(bodies(await receive({ VisibilityTimeout: 0 }))).toEqual(["one"]);
    });

    // Source: SQS developer guide, "Using dead-letter queues": "when the ReceiveCount … exceeds the maxReceiveCount".
    it("becomes a dead letter by the receive after the last that is allowed, with its source", async () => {
      const dead = await start("dead");
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
      const orders = await createQueue(dead.sqs, "orders", { RedrivePolicy });
      const { send, receive } = on(dead.sqs, orders.url);
      const { MessageId } = await send("poison");
      expect(bodies(await receive({ VisibilityTimeout: 0 }))).toEqual(["poison"]);
      expect(await dead.receive(ALL_SERVERS)).toEqual([]);
      expect(await receive(ALL_SERVERS)).toEqual([]);
      const asked = { MessageSystemAttributeNames: ["DeadLetterQueueSourceArn" as const] };
      expect(await dead.receive(asked)).toMatchObject([
        { MessageId, Body: "poison", Attributes: { DeadLetterQueueSourceArn: orders.arn } },
      ]);
    });

    it("that is gone can be deleted again, and its visibility cannot be changed", async () => {
      const { send, receive, remove, hide } = await start("orders");
      await send("one");
      const [message] = await receive();
      await remove(message?.ReceiptHandle);
      await remove(message?.ReceiptHandle);
      await expect(hide(message?.ReceiptHandle, 5)).rejects.toMatchObject({
        name: "InvalidParameterValue",
        message: expect.stringContaining("Message does not exist or is not available") as string,
      });
    });

    it("waits as long as its queue or itself says", async () => {
      const { sqs, url, receive } = await start("orders", { DelaySeconds: "900" });
      const Entries = [
        { Id: "late", MessageBody: "late" },
        { Id: "now", MessageBody: "now", DelaySeconds: 0 },
      ];
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      expect(bodies(await receive())).toEqual(["now"]);
      const asked = { QueueUrl: url, AttributeNames: ["All" as const] };
      await expect
        .poll(async () => (await sqs.send(new GetQueueAttributesCommand(asked))).Attributes)
        .toMatchObject({
          ApproximateNumberOfMessages: "0",
          ApproximateNumberOfMessagesNotVisible: "1",
          ApproximateNumberOfMessagesDelayed: "1",
        });
    });

    it("comes back as it was sent", async () => {
      const { sqs, url: QueueUrl, receive } = await start("orders");
      const MessageBody = '<a b="c">&amp; \u{1F600}\n\'</a>';
      const MessageAttributes = {
        text: { DataType: "String", StringValue: "<&>" },
        bytes: { DataType: "Binary.gif", BinaryValue: new Uint8Array([0, 255]) },
      };
      const sent = await sqs.send(
        new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }),
      );
      expect(await receive({ MessageAttributeNames: ["All"] })).toMatchObject([
        {
          Body: MessageBody,
          MessageAttributes,
          MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
        },
      ]);
    });

    // Source: LocalStack's test_receive_message_message_attribute_names_filters.
    it.each([
      ["All", ["Hello", "Help.Me"]],
      ["*", ["Hello", "Help.Me"]],
      [".*", ["Hello", "Help.Me"]],
      ["Help.*", ["Help.Me"]],
      ["Other", []],
    ])("gives the attributes that %s names", async (name, given) => {
      const { sqs, url: QueueUrl, receive } = await start("orders");
      const text = (StringValue: string) => ({ DataType: "String", StringValue });
      const MessageAttributes = { Hello: text("there"), "Help.Me": text("please") };
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageAttributes }));
      const [message] = await receive({ MessageAttributeNames: [name] });
      expect(new Set(Object.keys(message?.MessageAttributes ?? {}))).toEqual(new Set(given));
    });

    // Source: SQS API reference, SendMessage, "MessageBody".
    it("has characters of XML alone", async () => {
      const { send } = await start("orders");
      await expect(send("a\u0000b")).rejects.toMatchObject({ name: "InvalidMessageContents" });
      await send("a\tb\u{1F600}");
    });
  });

  describe("a queue", () => {
    // Source: SQS API reference, CreateQueue.
    it("can be made again, unless an attribute that is given differs", async () => {
      const { sqs, url } = await start("orders", { DelaySeconds: "1" });
      for (const Attributes of [undefined, { DelaySeconds: "1" }]) {
        const again = new CreateQueueCommand({ QueueName: "orders", Attributes });
        expect((await sqs.send(again)).QueueUrl).toBe(url);
      }
      const other = new CreateQueueCommand({
        QueueName: "orders",
        Attributes: { DelaySeconds: "1", VisibilityTimeout: "5" },
      });
      await expect(sqs.send(other)).rejects.toMatchObject({
        name: "QueueNameExists",
        message:
          "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
      });
    });

    it("hides what was received for no time, if it is told so", async () => {
      const { send, receive } = await start("orders", { VisibilityTimeout: "0" });
      await send("one");
      expect(bodies(await receive())).toEqual(["one"]);
      expect(bodies(await receive())).toEqual(["one"]);
    });

    it("keeps a permission for several accounts until it is removed", async () => {
      const { sqs, url: QueueUrl, arn } = await start("orders");
      const AWSAccountIds = ["111111111111", "222222222222"];
      for (const Label of ["first", "second"]) {
        const Actions = ["ReceiveMessage"];
        await sqs.send(new AddPermissionCommand({ QueueUrl, Label, AWSAccountIds, Actions }));
      }
      await sqs.send(new RemovePermissionCommand({ QueueUrl, Label: "first" }));
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy"] }),
      );
      expect(JSON.parse(Attributes?.Policy ?? "").Statement).toEqual([
        {
          Sid: "second",
          Effect: "Allow",
          Principal: { AWS: AWSAccountIds.map((account) => `arn:aws:iam::${account}:root`) },
          Action: "SQS:ReceiveMessage",
          Resource: arn,
        },
      ]);
    });

    it("takes tags without a value", async () => {
      const { sqs, url: QueueUrl } = await start("orders");
      const Tags = { team: "shop", urgent: "" };
      await sqs.send(new TagQueueCommand({ QueueUrl, Tags }));
      expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual(Tags);
    });

    it("answers with empty lists where there is nothing", async () => {
      const { sqs, url: QueueUrl, arn: SourceArn } = await start("orders");
      // The query protocol has no empty lists.
      const nothing = protocol === "JSON" ? [] : undefined;
      const tasks = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
      expect(tasks.Results).toEqual(nothing);
      const sources = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
      expect(sources.queueUrls).toEqual(nothing);
    });
  });
});
