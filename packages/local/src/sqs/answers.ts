import { isDeepStrictEqual } from "node:util";
import type { WireResponse } from "../http.ts";
import { answered, type Refusal, refused, type SqsCall } from "./call.ts";
import { correctedEntry, entriesOf, repeatedId } from "./errors.ts";
import type { LibraryQueue } from "./queue.ts";

/** Source: SQS API reference, SendMessage, "MessageBody". */
const CHARACTERS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
const BAD_CHARACTERS =
  "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
/** Source: SQS developer guide, "Amazon SQS message metadata". */
const ATTRIBUTE_NAME = /^[\w.-]+$/;
/** Source: SQS developer guide, "Amazon SQS message quotas" and "policy quotas"; API reference, AddPermission. */
const MOST_ENTRIES = 10;
const MOST_TAGS = 50;
const MOST_ACTIONS = 7;
/** Source: SQS API reference, SendMessageBatch. */
const MOST_BATCH_BYTES = 1024 * 1024;

const NO_FIFO_NAME: Refusal = {
  code: "InvalidParameterValue",
  message:
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
};

/** Answers what local-aws-sqs 2.0.2 answers wrongly: undefined for all else. */
export function answerEarly(
  { operation, input }: SqsCall,
  queues: readonly LibraryQueue[],
): WireResponse | undefined {
  switch (operation) {
    case "CreateQueue": {
      const { QueueName: name, Attributes: asked } = input;
      const fifo = Object(asked).FifoQueue === "true";
      if (fifo && !String(name).endsWith(".fifo")) return refused(NO_FIFO_NAME);
      const queue = queues.find(({ QueueName }) => QueueName === name);
      return queue && createdAgain(queue, asked);
    }
    case "SendMessage": {
      const refusal = refusalOf(input, queueOf(input, queues));
      return refusal && refused(refusal);
    }
    case "SendMessageBatch": {
      const failed = failedEntries(input, queueOf(input, queues));
      const bytes = entriesOf(input).reduce((sum, entry) => sum + bytesOf(entry), 0);
      if (bytes > MOST_BATCH_BYTES && isWellFormed(input)) return refused(tooLong(bytes));
      return failed.length > 0 && failed.length === entriesOf(input).length
        ? answered({ Failed: failed })
        : undefined;
    }
    default: {
      const queue = queueOf(input, queues);
      if (!queue) return undefined;
      const refusal = refusalOfSetUp({ operation, input }, queue);
      if (refusal) return refused(refusal);
      // The library takes no empty map.
      const nothing = operation === "SetQueueAttributes" && isSaidAgain(input, queue);
      return nothing && Object.keys(Object(input["Attributes"])).length === 1
        ? answered({})
        : undefined;
    }
  }
}

/** What the library is asked: without what it would refuse, or take, otherwise than SQS. */
export function amended(
  { operation, input }: SqsCall,
  queues: readonly LibraryQueue[],
): Readonly<Record<string, unknown>> {
  switch (operation) {
    case "ReceiveMessage": {
      // It knows only the deprecated name. Source: SQS API, ReceiveMessage.
      const names = [input["AttributeNames"], input["MessageSystemAttributeNames"]];
      const { MessageAttributeNames: wanted } = input;
      return {
        ...input,
        ...(names.some(Array.isArray) && { AttributeNames: names.flatMap((one) => one ?? []) }),
        // SQS takes this for All, too. Source: LocalStack's test_receive_message_message_attribute_names_filters.
        ...(Array.isArray(wanted) && wanted.includes("*") && { MessageAttributeNames: ["All"] }),
      };
    }
    case "CreateQueue":
      return withPolicyVersion(input);
    case "SetQueueAttributes": {
      const whole = withPolicyVersion(input);
      const { FifoQueue: _fifo, ...rest } = Object(whole["Attributes"]);
      return isSaidAgain(input, queueOf(input, queues)) ? { ...whole, Attributes: rest } : whole;
    }
    case "SendMessage":
      return withoutDelay(input, queueOf(input, queues));
    case "SendMessageBatch": {
      if (!Array.isArray(input["Entries"])) return input;
      const queue = queueOf(input, queues);
      const failed = failedEntries(input, queue);
      const Entries = entriesOf(input)
        .filter(({ Id }) => !failed.some((one) => one.Id === Id))
        .map((entry) => withoutDelay(entry, queue));
      return { ...input, Entries };
    }
    default:
      return input;
  }
}

/** A policy need not say its version. Source: IAM guide, policy elements: Version. */
function withPolicyVersion(
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { Policy, ...rest }: { Policy?: unknown } = Object(input["Attributes"]);
  if (typeof Policy !== "string" || Policy === "") return input;
  let policy: unknown;
  try {
    policy = JSON.parse(Policy);
  } catch {
    return input;
  }
  if (typeof policy !== "object" || policy === null || "Version" in policy) return input;
  const whole = { Version: "2008-10-17", ...policy };
  return { ...input, Attributes: { ...rest, Policy: JSON.stringify(whole) } };
}

/** What is left to do after the library has done a call: it takes a 0 for nothing, and leaves an empty list out. */
export function complete(
  call: SqsCall,
  answer: WireResponse,
  queues: readonly LibraryQueue[],
): WireResponse {
  const { operation, input } = call;
  if (operation === "CreateQueue") {
    const queue = queues.find(({ QueueName }) => QueueName === input["QueueName"]);
    const { VisibilityTimeout } = Object(input["Attributes"]);
    if (queue && Number(VisibilityTimeout) === 0) queue.VisibilityTimeout = 0;
    return answer;
  }
  const list = LISTS.get(operation);
  const found = JSON.parse(String(answer.body || "{}"));
  // Without a queue it has no list. Source: LocalStack's test_list_queues.
  if (operation === "ListQueues" && found.QueueUrls?.length === 0) {
    return { ...answer, body: "{}" };
  }
  if (list) return { ...answer, body: JSON.stringify({ [list]: [], ...found }) };
  if (!operation.endsWith("Batch")) return answer;
  const Failed = [
    ...(operation === "SendMessageBatch" ? failedEntries(input, queueOf(input, queues)) : []),
    ...(found.Failed ?? []).map((one: never) => correctedEntry(one, call)),
  ];
  return Failed.length > 0 ? { ...answer, body: JSON.stringify({ ...found, Failed }) } : answer;
}
const LISTS = new Map([
  ["ListMessageMoveTasks", "Results"],
  ["ListDeadLetterSourceQueues", "queueUrls"],
]);

/** Why SQS refuses a message that the library takes: it counts characters, and SQS bytes. */
function refusalOf(
  message: Readonly<Record<string, unknown>>,
  queue: LibraryQueue | undefined,
): Refusal | undefined {
  const { MessageBody: body, MessageAttributes: attributes } = message;
  if (typeof body === "string" && !CHARACTERS.test(body)) {
    return { code: "InvalidMessageContents", message: BAD_CHARACTERS };
  }
  const name = Object.keys(Object(attributes)).find((one) => !ATTRIBUTE_NAME.test(one));
  if (name !== undefined) {
    return {
      code: "InvalidParameterValue",
      message: `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`,
    };
  }
  return queue && bytesOf(message) > queue.MaximumMessageSize
    ? {
        code: "InvalidParameterValue",
        message: `One or more parameters are invalid. Reason: Message must be shorter than ${queue.MaximumMessageSize} bytes.`,
      }
    : undefined;
}

/** What counts of a message: its body, and names, types and values of its attributes. Source: SQS developer guide, "Amazon SQS message metadata". */
function bytesOf({
  MessageBody: body,
  MessageAttributes: attributes,
}: Readonly<Record<string, unknown>>): number {
  const texts = Object.entries(Object(attributes)).flatMap(([name, attribute]) => {
    const { DataType, StringValue, BinaryValue } = Object(attribute);
    return [name, DataType, StringValue, Buffer.from(String(BinaryValue ?? ""), "base64")];
  });
  return [body, ...texts].reduce<number>((sum, one) => {
    if (typeof one === "string") return sum + Buffer.byteLength(one);
    return Buffer.isBuffer(one) ? sum + one.length : sum;
  }, 0);
}

function tooLong(bytes: number): Refusal {
  return {
    code: "AWS.SimpleQueueService.BatchRequestTooLong",
    message: `Batch requests cannot be longer than ${MOST_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
  };
}

/** Otherwise SQS refuses the whole batch for that. */
function isWellFormed(input: SqsCall["input"]): boolean {
  return entriesOf(input).length <= MOST_ENTRIES && repeatedId(input) === undefined;
}

/** Source of the words: moto's tests/test_sqs, test_tag_queue_errors, test_untag_queue_errors, test_add_permission_errors. */
function refusalOfSetUp({ operation, input }: SqsCall, queue: LibraryQueue): Refusal | undefined {
  const wrong = (message: string) => ({ code: "InvalidParameterValue", message });
  switch (operation) {
    case "TagQueue": {
      const tags: object = Object(input["Tags"]);
      if (Object.keys(tags).length === 0) {
        const message = "The request must contain the parameter Tags.";
        return { code: "MissingParameter", message };
      }
      return Object.keys({ ...queue.Tags, ...tags }).length > MOST_TAGS
        ? wrong(`Too many tags added for queue ${queue.QueueName}.`)
        : undefined;
    }
    case "UntagQueue":
      return Object.keys(Object(input["TagKeys"])).length === 0
        ? wrong("Tag keys must be between 1 and 128 characters in length.")
        : undefined;
    case "AddPermission": {
      const actions = Object.keys(Object(input["Actions"])).length;
      const message = `${actions} Actions were found, maximum allowed is ${MOST_ACTIONS}.`;
      return actions > MOST_ACTIONS ? { code: "OverLimit", message, status: 403 } : undefined;
    }
    // Source: LocalStack's test_sqs_permission_lifecycle, and test_set_unsupported_attribute_fifo.
    case "RemovePermission":
      return [queue.Policy.Statement ?? []].flat().length === 0
        ? wrong(`Value ${input["Label"]} for parameter Label is invalid. Reason: can't find label.`)
        : undefined;
    case "SetQueueAttributes": {
      const { FifoQueue } = Object(input["Attributes"]);
      const message =
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
      return queue.FifoQueue && FifoQueue === "false"
        ? { code: "InvalidAttributeValue", message }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** The entries of a batch that fail without the library; none where SQS refuses the whole batch. */
function failedEntries(input: SqsCall["input"], queue: LibraryQueue | undefined) {
  if (!isWellFormed(input)) return [];
  return entriesOf(input).flatMap((entry) => {
    const { code, message } = refusalOf(entry, queue) ?? {};
    return code === undefined
      ? []
      : [{ Id: entry["Id"], SenderFault: true, Code: code, Message: message }];
  });
}

/** A FIFO queue takes no delay of a message, but a 0 for it. Source: LocalStack's services/sqs/models.py. */
function withoutDelay<Message extends Readonly<Record<string, unknown>>>(
  message: Message,
  queue: LibraryQueue | undefined,
): Readonly<Record<string, unknown>> {
  if (!queue?.FifoQueue || message["DelaySeconds"] !== 0) return message;
  const { DelaySeconds: _delay, ...rest } = message;
  return rest;
}

/** That a FIFO queue is one may be said again; the library knows no such attribute of a queue that is there. */
function isSaidAgain(input: SqsCall["input"], queue: LibraryQueue | undefined): boolean {
  return queue?.FifoQueue === true && Object(input["Attributes"]).FifoQueue === "true";
}

function queueOf(
  { QueueUrl }: SqsCall["input"],
  queues: readonly LibraryQueue[],
): LibraryQueue | undefined {
  const name = String(QueueUrl).split("/").at(-1);
  return queues.find(({ QueueName }) => QueueName === name);
}

/** Attributes that are not given are not compared, tags never. Source: SQS API reference, CreateQueue. */
function createdAgain(queue: LibraryQueue, asked: unknown): WireResponse {
  const current = queue.getAttributes(["All"]) ?? {};
  const other = Object.entries(Object(asked)).find(
    ([name, value]) => !isDeepStrictEqual(plain(current[name]), plain(value)),
  );
  if (!other) return answered({ QueueUrl: queue.QueueUrl });
  return refused({
    code: "QueueAlreadyExists",
    message: `A queue already exists with the same name and a different value for attribute ${other[0]}`,
  });
}

/** Policies are JSON, which may be written in more than one way, and numbers in them as text. */
function plain(value: unknown): unknown {
  const text = String(value ?? "");
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text, (_key, one) => (typeof one === "number" ? String(one) : one));
  } catch {
    // Not JSON after all, and compared as it is.
    return text;
  }
}
