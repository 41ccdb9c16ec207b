import type { Faults } from "../faults.ts";
import type { Invoke } from "../service.ts";
import type { ReceivedMessage } from "../sqs/queue.ts";
import type { Sqs } from "../sqs/service.ts";
import { messageFilter } from "./message-filter.ts";

/** An event source mapping from a queue to a function. */
export interface QueueMapping {
  readonly queueArn: string;
  readonly functionArn: string;
  /** 1 to 10, or to 10,000 with a batching window. */
  readonly batchSize: number;
  /** How long after its first message a batch waits for more, in seconds. */
  readonly windowSeconds?: number | undefined;
  /** Event patterns. A message that matches none of them is taken from the queue, and no function gets it. */
  readonly filters?: readonly string[] | undefined;
  readonly reportBatchItemFailures: boolean;
  /** Batches that may run at the same time. */
  readonly maximumConcurrency?: number | undefined;
}

interface MappingDeps {
  readonly sqs: Sqs;
  readonly invoke: Invoke;
  readonly signal: AbortSignal;
  readonly faults?: Faults | undefined;
}

/** Lambda polls for twenty seconds at a time. Source: Lambda DG, "Using Lambda with Amazon SQS". */
const POLL_SECONDS = 20;
/** How long it waits before it looks again at a queue that is not there or cannot be reached. */
const PAUSE_MS = 100;

/** Starts polling. Answers a function that ends it at once; a running batch is left to end. */
export function mapQueue(mapping: QueueMapping, deps: MappingDeps): () => void {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, deps.signal]);
  void poll(mapping, { ...deps, signal });
  return () => ended.abort();
}

/** How long a queue hides what was received; undefined where there is no such queue. */
export async function visibilitySeconds(sqs: Sqs, queueArn: string): Promise<number | undefined> {
  const [, , , region = "", , QueueName] = queueArn.split(":");
  const ask = (operation: string, input: object) =>
    sqs.call({ region, operation, input, signed: true }) as Promise<Record<string, unknown>>;
  try {
    const { QueueUrl } = await ask("GetQueueUrl", { QueueName });
    const names = { QueueUrl, AttributeNames: ["VisibilityTimeout"] };
    const { Attributes } = await ask("GetQueueAttributes", names);
    return Number(Object(Attributes).VisibilityTimeout);
  } catch {
    return undefined;
  }
}

async function poll(mapping: QueueMapping, deps: MappingDeps): Promise<void> {
  const { sqs, signal } = deps;
  const most = mapping.maximumConcurrency ?? 4;
  const passes = messageFilter(mapping.filters ?? []);
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    if (running.size >= most) {
      await Promise.race(running);
      continue;
    }
    const messages = await gather(mapping, deps);
    if (messages === undefined) {
      await pause(PAUSE_MS);
      continue;
    }
    if (signal.aborted || messages.length === 0) continue;
    const batch = handle(mapping, deps, wanted(messages)).finally(() => running.delete(batch));
    running.add(batch);
  }

  function wanted(messages: readonly ReceivedMessage[]): readonly ReceivedMessage[] {
    return messages.filter((message) => {
      if (passes(record(mapping.queueArn, message))) return true;
      remove(sqs, mapping.queueArn, message);
      return false;
    });
  }

  /** A batch: what is there, and with a window what comes until it closes. */
  async function gather(
    mapping: QueueMapping,
    deps: MappingDeps,
  ): Promise<readonly ReceivedMessage[] | undefined> {
    const { batchSize, windowSeconds = 0 } = mapping;
    const messages = await receive(mapping, deps, batchSize, POLL_SECONDS);
    if (windowSeconds === 0 || messages === undefined || messages.length === 0) return messages;
    const batch = [...messages];
    const closesAtMs = performance.now() + windowSeconds * 1000;
    for (;;) {
      const left = (closesAtMs - performance.now()) / 1000;
      if (left <= 0 || batch.length === batchSize || signal.aborted) return batch;
      const more = await receive(mapping, deps, batchSize - batch.length, left);
      batch.push(...(more ?? []));
      if (more === undefined) await pause(PAUSE_MS);
    }
  }

  async function receive(
    { queueArn }: QueueMapping,
    { faults }: MappingDeps,
    maxMessages: number,
    waitSeconds: number,
  ): Promise<readonly ReceivedMessage[] | undefined> {
    const effect = faults?.take({
      service: "sqs",
      region: queueArn.split(":")[3] ?? "",
      operation: "ReceiveMessage",
    });
    if (effect?.kind === "slow") await pause(effect.delayMs);
    else if (effect) return undefined;
    try {
      return await sqs.receive(queueArn, { maxMessages, waitSeconds, signal });
    } catch {
      // The queue is not there (any more): Lambda goes on polling, so do we.
      return undefined;
    }
  }
}

async function handle(
  mapping: QueueMapping,
  { sqs, invoke, signal }: MappingDeps,
  messages: readonly ReceivedMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  const event = { Records: messages.map((message) => record(mapping.queueArn, message)) };
  const result = await invoke(mapping.functionArn, event);
  // What ends because the stage ends has not succeeded.
  if (signal.aborted || result.outcome !== "returned") return;
  const failed = mapping.reportBatchItemFailures
    ? failures(result.payload, messages)
    : new Set<string>();
  for (const message of messages) {
    if (!failed.has(message.MessageId)) remove(sqs, mapping.queueArn, message);
  }
}

function remove(sqs: Sqs, queueArn: string, { ReceiptHandle }: ReceivedMessage): void {
  try {
    sqs.remove(queueArn, ReceiptHandle);
  } catch {
    // The queue went meanwhile, or a FIFO queue's handle ran out: the message is gone, or comes again.
  }
}

/**
 * The message ids to be retried. A malformed answer or an unknown id retries the whole batch.
 * Source: Lambda DG, "Handling errors for an SQS event source", success and failure conditions.
 */
function failures(payload: unknown, messages: readonly ReceivedMessage[]): Set<string> {
  const ids = new Set(messages.map((message) => message.MessageId));
  if (payload === null || payload === undefined) return new Set();
  if (typeof payload !== "object") return ids;
  const items = "batchItemFailures" in payload ? payload.batchItemFailures : undefined;
  if (items === undefined || items === null) return new Set();
  if (!Array.isArray(items)) return ids;
  const failed = new Set<string>();
  for (const item of items) {
    const id: unknown = item?.itemIdentifier;
    if (typeof id !== "string" || !ids.has(id)) return ids;
    failed.add(id);
  }
  return failed;
}

/** Source: Lambda DG, "Using Lambda with Amazon SQS", example event. */
function record(queueArn: string, message: ReceivedMessage) {
  const { MD5OfMessageAttributes: md5OfMessageAttributes } = message;
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.MessageBody,
    attributes: message.attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
        name,
        {
          ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
          ...(value.BinaryValue === undefined ? {} : { binaryValue: value.BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
          dataType: value.DataType,
        },
      ]),
    ),
    md5OfBody: message.MD5OfMessageBody,
    // Source: LocalStack's test_message_body_and_attributes_passed_correctly.
    ...(md5OfMessageAttributes !== undefined && { md5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3],
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
