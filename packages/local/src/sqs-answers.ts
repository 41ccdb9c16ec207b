import { isDeepStrictEqual } from "node:util";
import type { WireRequest, WireResponse } from "./http.ts";
import type { LibraryQueue } from "./sqs-queue.ts";

/** Source: SQS API reference, SendMessage, "MessageBody". */
const CHARACTERS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

const BAD_CHARACTERS =
  "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

/** Answers in the JSON protocol what local-aws-sqs 2.0.2 answers wrongly: undefined for all else. */
export function answerEarly(
  request: WireRequest,
  queues: readonly LibraryQueue[],
): WireResponse | undefined {
  const input = jsonObject(request.body);
  switch (operationOf(request)) {
    case "CreateQueue": {
      const queue = queues.find(({ QueueName }) => QueueName === input["QueueName"]);
      return queue && createdAgain(queue, input["Attributes"]);
    }
    case "SendMessage": {
      const body = input["MessageBody"];
      if (typeof body !== "string" || CHARACTERS.test(body)) return undefined;
      return refusal("InvalidMessageContents", "InvalidMessageContents", BAD_CHARACTERS);
    }
    default:
      return undefined;
  }
}

/** What is left to do after the library has done a call: it takes a 0 for nothing, and leaves an empty list out. */
export function complete(
  request: WireRequest,
  answer: WireResponse,
  queues: readonly LibraryQueue[],
): WireResponse {
  if (operationOf(request) === "CreateQueue") {
    const { QueueName: name, Attributes } = jsonObject(request.body);
    const queue = queues.find(({ QueueName }) => QueueName === name);
    if (queue && Number(Object(Attributes).VisibilityTimeout) === 0) queue.VisibilityTimeout = 0;
    return answer;
  }
  const list = LISTS.get(operationOf(request) ?? "");
  if (list === undefined) return answer;
  const found = JSON.parse(String(answer.body || "{}"));
  return { ...answer, body: JSON.stringify({ [list]: [], ...found }) };
}
const LISTS = new Map([
  ["ListMessageMoveTasks", "Results"],
  ["ListDeadLetterSourceQueues", "queueUrls"],
]);

/** Attributes that are not given are not compared, tags never. Source: SQS API reference, CreateQueue. */
function createdAgain(queue: LibraryQueue, asked: unknown): WireResponse {
  const current = queue.getAttributes(["All"]) ?? {};
  const other = Object.entries(Object(asked)).find(
    ([name, value]) => !isDeepStrictEqual(plain(current[name]), plain(value)),
  );
  if (!other) return json(200, { QueueUrl: queue.QueueUrl });
  return refusal(
    "QueueNameExists",
    "QueueAlreadyExists",
    `A queue already exists with the same name and a different value for attribute ${other[0]}`,
  );
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

/** `code` is what clients of the query protocol know it by. */
function refusal(type: string, code: string, message: string): WireResponse {
  const answer = json(400, { __type: `com.amazonaws.sqs#${type}`, message });
  return { ...answer, headers: { ...answer.headers, "x-amzn-query-error": `${code};Sender` } };
}

function json(status: number, body: object): WireResponse {
  const headers = { "content-type": "application/x-amz-json-1.0" };
  return { status, headers, body: JSON.stringify(body) };
}

function operationOf({ headers }: WireRequest): string | undefined {
  return String(headers["x-amz-target"]).split(".")[1];
}

function jsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body.toString()));
  } catch {
    // The library refuses it.
    return {};
  }
}
