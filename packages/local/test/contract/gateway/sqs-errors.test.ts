import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueue, startParts } from "./parts.ts";
import { PROTOCOLS, type Protocol, sqsClient } from "./sqs-client.ts";

// Source, unless another is named: moto's tests/test_sqs/test_sqs.py, of which many were checked with AWS.

/** A standard queue and a FIFO queue, and how each is called. */
async function start(protocol: Protocol) {
  const sqs = sqsClient(await startParts(), protocol);
  const { url: QueueUrl } = await createQueue(sqs, "standard");
  const fifo = await createQueue(sqs, "orders.fifo", {
    FifoQueue: "true",
    ContentBasedDeduplication: "true",
  });
  return {
    sqs,
    QueueUrl,
    fifoUrl: fifo.url,
    fifoArn: fifo.arn,
    create: (QueueName: string, Attributes: Record<string, string>) =>
      sqs.send(new CreateQueueCommand({ QueueName, Attributes })),
    send: (input: Partial<SendMessageCommandInput>) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", ...input })),
    sendBatch: (Entries: SendMessageBatchRequestEntry[], to = QueueUrl) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl: to, Entries })),
    bodies: async (from = QueueUrl) => {
      const asked = { QueueUrl: from, MaxNumberOfMessages: 10 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
      return Messages.map(({ Body }) => Body);
    },
  };
}

/** What every client sees of an error, whatever its protocol. */
const error = (Code: string, message: string) => ({ Code, Type: "Sender", message });

describe.each(PROTOCOLS)("in the %s protocol", (protocol) => {
  it("a queue that does not exist is said to be none", async () => {
    const { sqs } = await start(protocol);
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: "none" }))).rejects.toMatchObject({
      name: "QueueDoesNotExist",
      ...error(
        "AWS.SimpleQueueService.NonExistentQueue",
        protocol === "JSON"
          ? "The specified queue does not exist."
          : "The specified queue does not exist for this wsdl version.",
      ),
    });
  });

  // Source: aws/aws-sdk-php, issue 1331, and the SO answers on InvalidAttributeValue.
  it.each([
    ["standard", { FifoQueue: "false" }, "InvalidAttributeName", "Unknown Attribute FifoQueue."],
    ["x.fifo", { FifoQueue: "false" }, "InvalidAttributeName", "Unknown Attribute FifoQueue."],
    ["plain", { Nonsense: "1" }, "InvalidAttributeName", "Unknown Attribute Nonsense."],
    ...["MaximumMessageSize", "VisibilityTimeout", "DelaySeconds", "Policy"].map(
      (name): [string, Record<string, string>, string, string] => [
        "plain",
        { [name]: "-1" },
        "InvalidAttributeValue",
        `Invalid value for the parameter ${name}.`,
      ],
    ),
  ])("a queue named %s is not made with %o", async (name, attributes, code, message) => {
    const { create } = await start(protocol);
    const fresh = name === "standard" ? "other" : name;
    await expect(create(fresh, attributes)).rejects.toMatchObject(error(code, message));
  });

  it("a FIFO queue has the name of one, and stays one", async () => {
    const { sqs, create, QueueUrl, fifoUrl } = await start(protocol);
    await expect(create("orders", { FifoQueue: "true" })).rejects.toMatchObject(
      error(
        "InvalidParameterValue",
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
      ),
    );
    const set = (url: string, Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await expect(set(QueueUrl, { FifoQueue: "true" })).rejects.toMatchObject(
      error("InvalidAttributeName", "Unknown Attribute FifoQueue."),
    );
    await expect(set(fifoUrl, { FifoQueue: "false" })).rejects.toMatchObject(
      error(
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
      ),
    );
    await set(fifoUrl, { FifoQueue: "true" });
    await set(fifoUrl, { FifoQueue: "true", VisibilityTimeout: "7" });
    const asked = { QueueUrl: fifoUrl, AttributeNames: ["VisibilityTimeout" as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked));
    expect(Attributes).toEqual({ VisibilityTimeout: "7" });
  });

  it("a dead-letter queue is named by its ARN", async () => {
    const { create } = await start(protocol);
    const RedrivePolicy = '{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}';
    await expect(create("other", { RedrivePolicy })).rejects.toMatchObject(
      error(
        "InvalidParameterValue",
        `Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: Invalid value for deadLetterTargetArn.`,
      ),
    );
  });

  it("a dead-letter queue is of its source's type", async () => {
    const { create, fifoArn } = await start(protocol);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: fifoArn, maxReceiveCount: 3 });
    await expect(create("other", { RedrivePolicy })).rejects.toMatchObject(
      error(
        "InvalidParameterValue",
        `Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source..`,
      ),
    );
  });

  it("an attribute that SQS does not know cannot be asked for", async () => {
    const { sqs, QueueUrl } = await start(protocol);
    const AttributeNames = ["QueueArn" as const, "not-existing" as "All"];
    await expect(
      sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })),
    ).rejects.toMatchObject(error("InvalidAttributeName", "Unknown Attribute not-existing."));
  });

  it("a receipt handle that is none deletes nothing", async () => {
    const { sqs, QueueUrl } = await start(protocol);
    const said = 'The input receipt handle "garbage" is not a valid receipt handle.';
    const one = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "garbage" });
    await expect(sqs.send(one)).rejects.toMatchObject(error("ReceiptHandleIsInvalid", said));
    const Entries = [{ Id: "a", ReceiptHandle: "garbage" }];
    const { Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(Failed).toEqual([
      { Id: "a", Code: "ReceiptHandleIsInvalid", Message: said, SenderFault: true },
    ]);
  });

  it("a message attribute has a name of letters, digits, and three more", async () => {
    const { send } = await start(protocol);
    const text = { DataType: "String", StringValue: "x" };
    await expect(send({ MessageAttributes: { öther_encodings: text } })).rejects.toMatchObject(
      error(
        "InvalidParameterValue",
        "The message attribute name 'öther_encodings' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.",
      ),
    );
    const sent = await send({ MessageAttributes: { "SOME_Valid.attribute-Name": text } });
    expect(sent.MD5OfMessageAttributes).toMatch(/^[0-9a-f]{32}$/);
  });

  // Source of the digests: AWS, as moto's tests have them.
  it.each([
    ["Number", "1493147359900", "235c5c510d26fb653d073faed50ae77c"],
    ["Number.java.lang.Long", "1493147359900", "2e2e4876d8e0bd6b8c2c8f556831c349"],
  ])("the digest of a %s attribute is AWS's", async (DataType, StringValue, digest) => {
    const { send } = await start(protocol);
    const { MD5OfMessageAttributes } = await send({
      MessageAttributes: { timestamp: { DataType, StringValue } },
    });
    expect(MD5OfMessageAttributes).toBe(digest);
  });

  // Source: SQS developer guide, "Amazon SQS message quotas": bytes of UTF-8, attributes included.
  it("a message has as many bytes as its queue allows", async () => {
    const { create, send } = await start(protocol);
    const { QueueUrl } = await create("small", { MaximumMessageSize: "1024" });
    const attribute = { DataType: "String", StringValue: "é" };
    const of = { QueueUrl, MessageAttributes: { name: attribute } };
    const fits = "é".repeat((1024 - "name".length - "String".length - 2) / 2);
    await send({ ...of, MessageBody: fits });
    await expect(send({ ...of, MessageBody: `${fits}x` })).rejects.toMatchObject(
      error(
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
      ),
    );
  });

  it("a message of a standard queue is not deduplicated", async () => {
    const { send } = await start(protocol);
    await expect(send({ MessageDeduplicationId: "d1" })).rejects.toMatchObject(
      error(
        "InvalidParameterValue",
        "Value d1 for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.",
      ),
    );
  });

  // Source: LocalStack's services/sqs/models.py.
  it("a message of a FIFO queue has no delay but 0", async () => {
    const { send, sendBatch, fifoUrl, bodies } = await start(protocol);
    const one = { QueueUrl: fifoUrl, MessageGroupId: "g" };
    await expect(send({ ...one, DelaySeconds: 2 })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
    await send({ ...one, MessageBody: "single", DelaySeconds: 0 });
    const entry = { Id: "a", MessageBody: "batch", MessageGroupId: "h", DelaySeconds: 0 };
    await sendBatch([entry], fifoUrl);
    expect(await bodies(fifoUrl)).toEqual(["single", "batch"]);
  });
});

describe.each(PROTOCOLS)("a batch in the %s protocol", (protocol) => {
  it("fails by entry, each in the words for a single message", async () => {
    const { sendBatch, bodies } = await start(protocol);
    const text = { DataType: "String", StringValue: "x" };
    const { Successful, Failed } = await sendBatch([
      { Id: "late", MessageBody: "late", DelaySeconds: 900 },
      { Id: "too-late", MessageBody: "too late", DelaySeconds: 901 },
      { Id: "control", MessageBody: "a\u0000b" },
      { Id: "name", MessageBody: "name", MessageAttributes: { "a b": text } },
      { Id: "now", MessageBody: "now" },
    ]);
    expect(Successful?.map(({ Id }) => Id)).toEqual(["late", "now"]);
    const seen = Object.fromEntries(
      (Failed ?? []).map(({ Id, Code, Message, SenderFault }) => [
        Id,
        [Code, Message?.slice(0, 48), SenderFault],
      ]),
    );
    expect(seen).toEqual({
      "too-late": [
        "InvalidParameterValue",
        "Value 901 for parameter DelaySeconds is invalid.",
        true,
      ],
      control: ["InvalidMessageContents", "Invalid characters found. Valid unicode characte", true],
      name: ["InvalidParameterValue", "The message attribute name 'a b' is invalid. Att", true],
    });
    expect(await bodies()).toEqual(["now"]);
  });

  it("has a megabyte at most, and no entry that its queue does not take", async () => {
    const { create, sendBatch } = await start(protocol);
    const body = "é".repeat(300_000);
    const two = ["a", "b"].map((Id) => ({ Id, MessageBody: body }));
    await expect(sendBatch(two)).rejects.toMatchObject({
      name: "BatchRequestTooLong",
      message: "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.",
    });
    const { QueueUrl } = await create("small", { MaximumMessageSize: "1024" });
    const small = { Id: "small", MessageBody: "small" };
    const large = { Id: "large", MessageBody: "é".repeat(513) };
    const { Successful, Failed } = await sendBatch([small, large], QueueUrl);
    expect(Successful?.map(({ Id }) => Id)).toEqual(["small"]);
    expect(Failed).toMatchObject([{ Id: "large", Code: "InvalidParameterValue" }]);
  });

  it("of nothing but bad messages sends none", async () => {
    const { sendBatch, bodies } = await start(protocol);
    const { Successful, Failed } = await sendBatch([{ Id: "a", MessageBody: "\u0001" }]);
    expect([Successful ?? [], Failed?.map(({ Id }) => Id)]).toEqual([[], ["a"]]);
    expect(await bodies()).toEqual([]);
  });

  it.each([
    [
      "no entry",
      [],
      "EmptyBatchRequest",
      /^There should be at least one SendMessageBatchRequestEntry in the request\.$/,
    ],
    [
      "an id that is none",
      ["a b"],
      "InvalidBatchEntryId",
      /^A batch entry id can only contain alphanumeric characters, hyphens and underscores\. It can be at most 80 letters long\.$/,
    ],
    ["ids twice", ["1", "2", "2", "1"], "BatchEntryIdsNotDistinct", /^Id 2 repeated\.$/],
    [
      "eleven entries",
      [..."abcdefghijk"],
      "TooManyEntriesInBatchRequest",
      /^Maximum number of entries per request are 10\. You have sent 11\.$/,
    ],
  ])("is refused with %s", async (_what, ids, name, message) => {
    const { sendBatch } = await start(protocol);
    await expect(sendBatch(ids.map((Id) => ({ Id, MessageBody: Id })))).rejects.toMatchObject({
      name,
      Code: `AWS.SimpleQueueService.${name}`,
      message: expect.stringMatching(message) as string,
    });
  });

  it("for a FIFO queue is refused where an entry has no group", async () => {
    const { sendBatch, fifoUrl } = await start(protocol);
    const entries = [
      { Id: "a", MessageBody: "a", MessageGroupId: "g" },
      { Id: "b", MessageBody: "b" },
    ];
    await expect(sendBatch(entries, fifoUrl)).rejects.toMatchObject(
      error("InvalidParameterValue", "The request must contain the parameter MessageGroupId."),
    );
  });
});

describe.each(PROTOCOLS)("how a queue is set up in the %s protocol", (protocol) => {
  it("takes fifty tags, and none without a key", async () => {
    const { sqs, QueueUrl } = await start(protocol);
    const tag = (Tags: Record<string, string>) => sqs.send(new TagQueueCommand({ QueueUrl, Tags }));
    await expect(tag({})).rejects.toMatchObject(
      error("MissingParameter", "The request must contain the parameter Tags."),
    );
    const many = Array.from({ length: 50 }, (_, index) => [`k${index}`, "v"]);
    await tag({ first: "v" });
    await expect(tag(Object.fromEntries(many))).rejects.toMatchObject(
      error("InvalidParameterValue", "Too many tags added for queue standard."),
    );
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ first: "v" });
    const none = new UntagQueueCommand({ QueueUrl, TagKeys: [] });
    await expect(sqs.send(none)).rejects.toMatchObject(
      error("InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length."),
    );
  });

  it("takes seven actions in a permission", async () => {
    const { sqs, QueueUrl } = await start(protocol);
    const all =
      "ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues PurgeQueue ReceiveMessage SendMessage";
    const allow = (Label: string, Actions: string[]) =>
      sqs.send(
        new AddPermissionCommand({ QueueUrl, Label, AWSAccountIds: ["111111111111"], Actions }),
      );
    await expect(allow("eight", all.split(" "))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
      ...error("OverLimit", "8 Actions were found, maximum allowed is 7."),
    });
    await allow("seven", all.split(" ").slice(1));
    await expect(allow("seven", ["SendMessage"])).rejects.toMatchObject(
      error(
        "InvalidParameterValue",
        "Value seven for parameter Label is invalid. Reason: Already exists.",
      ),
    );
  });

  // Source: LocalStack's test_sqs_permission_lifecycle.
  it("has a policy while it has permissions", async () => {
    const { sqs, QueueUrl } = await start(protocol);
    const asked = { QueueUrl, AttributeNames: ["Policy" as const] };
    const policy = async () => {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked));
      return Attributes?.Policy && JSON.parse(Attributes.Policy);
    };
    const remove = (Label: string) => sqs.send(new RemovePermissionCommand({ QueueUrl, Label }));
    const said = (reason: string) =>
      error("InvalidParameterValue", `Value x for parameter Label is invalid. Reason: ${reason}.`);
    await expect(remove("x")).rejects.toMatchObject(said("can't find label"));
    const allowed = { QueueUrl, Label: "one", AWSAccountIds: ["111111111111"] };
    await sqs.send(new AddPermissionCommand({ ...allowed, Actions: ["SendMessage"] }));
    expect(await policy()).toMatchObject({ Version: "2008-10-17", Statement: [{ Sid: "one" }] });
    await expect(remove("x")).rejects.toMatchObject(said("can't find label on existing policy"));
    await remove("one");
    expect(await policy()).toBeUndefined();
  });

  // IAM guide, policy elements: Version. What is left out is 2008-10-17.
  it("takes a policy that does not say its version", async () => {
    const { sqs, create } = await start(protocol);
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "sqs:*", Resource: "*" }];
    const Policy = JSON.stringify({ Statement });
    const { QueueUrl } = await create("open", { Policy });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    const asked = { QueueUrl, AttributeNames: ["Policy" as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked));
    expect(JSON.parse(Attributes?.Policy ?? "")).toEqual({ Version: "2008-10-17", Statement });
  });

  it("keeps how often a message is received before it is a dead letter as a number", async () => {
    const { sqs, create } = await start(protocol);
    const dead = await createQueue(sqs, "dead");
    const policy = { deadLetterTargetArn: dead.arn, maxReceiveCount: "3" };
    const { QueueUrl } = await create("orders", { RedrivePolicy: JSON.stringify(policy) });
    const asked = { QueueUrl, AttributeNames: ["RedrivePolicy" as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked));
    expect(JSON.parse(Attributes?.RedrivePolicy ?? "")).toEqual({ ...policy, maxReceiveCount: 3 });
  });
});

// Source: floci-io/floci, pull request 905 (a raw call on AWS).
it.each([
  ["TagQueue", { QueueUrl: "", Tags: { a: null, b: "v" } }],
  ["CreateQueue", { QueueName: "new", tags: { a: null } }],
  ["CreateQueue", { QueueName: "new", Attributes: { DelaySeconds: null } }],
  ["SetQueueAttributes", { QueueUrl: "", Attributes: { DelaySeconds: null } }],
])("%s takes no null in a map: %j", async (operation, input) => {
  const parts = await startParts();
  const { url } = await createQueue(parts.queues(), "standard");
  const response = await fetch(parts.endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify({ ...input, ...("QueueUrl" in input && { QueueUrl: url }) }),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    __type: "com.amazon.coral.service#InvalidParameterValueException",
    message: "the parameter 'value' may not be null",
  });
});
