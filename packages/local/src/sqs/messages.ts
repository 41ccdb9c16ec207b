import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createSentMessages } from "./deduplication.ts";
import type { LibraryQueue, LibraryRecord, SentMessage } from "./queue.ts";

interface Held {
  readonly record: LibraryRecord;
  visibleAtMs: number;
}

/** How often a long poll looks again, in milliseconds. */
const LOOK_AGAIN_MS = 20;

/**
 * Keeps a queue's messages in the place of local-aws-sqs 2.0.2, which hands out a message of a FIFO group while
 * another of the group is in flight, forgets a deduplication id with its message, gives one message several times
 * in one answer if its visibility timeout is 0, moves dead letters without a further receive, and waits 40 ms in each.
 * Source: SQS API reference, ReceiveMessage, DeleteMessage, ChangeMessageVisibility; SQS developer guide,
 * "FIFO delivery logic", "Using dead-letter queues". Times are of the real clock, as the library's.
 */
export function keepMessages(queue: LibraryQueue, ended: () => boolean): void {
  const held = new Map<string, Held>();
  const sent = createSentMessages();
  queue.sentMessages = sent;
  const nextSequence = sequence();
  /** Refuses what is no receipt handle: the library finds nothing of its own to delete. */
  const checkHandle = queue.delete.bind(queue);

  queue.setRecord = (message) => {
    const key = queue.FifoQueue ? deduplicationKey(queue, message) : undefined;
    const known = key === undefined ? undefined : sent.find(key);
    const SequenceNumber = known?.sequence ?? (queue.FifoQueue ? nextSequence() : undefined);
    const [record, md5] = queue.constructor.createRecord({
      ...message,
      MessageId: known?.messageId,
      SequenceNumber,
    });
    const answer = md5 === undefined ? { record } : { record, MD5OfMessageSystemAttributes: md5 };
    if (known) return answer;
    if (key !== undefined && SequenceNumber !== undefined) {
      sent.add(key, { messageId: record.MessageId, sequence: SequenceNumber });
    }
    queue.newRecord(record, Number(message.DelaySeconds));
    return answer;
  };
  queue.newRecord = (record, delaySeconds) => {
    const seconds = Number.isFinite(delaySeconds) ? Number(delaySeconds) : queue.DelaySeconds;
    held.set(record.MessageId, {
      record: { ...record, ReceiptHandle: "", attributes: { ...record.attributes } },
      visibleAtMs: Date.now() + seconds * 1000,
    });
  };
  queue.clearRecords = () => {
    held.clear();
    sent.clear();
  };
  queue.counts = () => {
    const later = [...held.values()].filter(({ visibleAtMs }) => visibleAtMs > Date.now());
    const inFlight = later.filter(({ record }) => record.ReceiptHandle !== "").length;
    return { waiting: held.size - later.length, inFlight, delayed: later.length - inFlight };
  };
  queue.receive = async ({ signal, WaitTimeSeconds, MaxNumberOfMessages, VisibilityTimeout }) => {
    const waitSeconds = Number(WaitTimeSeconds ?? queue.ReceiveMessageWaitTimeSeconds);
    const most = Number(MaxNumberOfMessages ?? 1);
    const hiddenMs = Number(VisibilityTimeout ?? queue.VisibilityTimeout) * 1000;
    const deadline = performance.now() + waitSeconds * 1000;
    for (;;) {
      if (ended() || signal?.aborted) return [];
      const messages = take(most, hiddenMs);
      if (messages.length > 0 || performance.now() >= deadline) return messages;
      // The timer must not keep a stage alive that is about to end.
      await delay(LOOK_AGAIN_MS, undefined, { ref: false });
    }
  };
  queue.delete = (receiptHandle) => {
    checkHandle(receiptHandle);
    const messageId = messageIdOf(receiptHandle);
    const one = held.get(messageId);
    if (one && queue.FifoQueue && !inFlightBy(one, receiptHandle)) {
      throw invalidHandle(queue, receiptHandle, "The receipt handle has expired.");
    }
    held.delete(messageId);
    queue.removed?.(messageId);
    return true;
  };
  queue.changeVisibility = (receiptHandle, visibilityTimeout) => {
    checkHandle(receiptHandle);
    const one = held.get(messageIdOf(receiptHandle));
    if (!one || (queue.FifoQueue && !inFlightBy(one, receiptHandle))) {
      const reason = "Message does not exist or is not available for visibility timeout change.";
      throw invalidHandle(queue, receiptHandle, reason);
    }
    one.visibleAtMs = Date.now() + Number(visibilityTimeout) * 1000;
    return true;
  };

  function take(most: number, hiddenMs: number): LibraryRecord[] {
    const nowMs = Date.now();
    const groups = new Set<string | undefined>();
    if (queue.FifoQueue) {
      for (const { record, visibleAtMs } of held.values()) {
        if (visibleAtMs > nowMs) groups.add(record.attributes.MessageGroupId);
      }
    }
    const taken: LibraryRecord[] = [];
    for (const one of held.values()) {
      if (taken.length === most) break;
      const { record } = one;
      const { attributes } = record;
      if (Number(attributes.SentTimestamp) + queue.MessageRetentionPeriod * 1000 <= nowMs) {
        held.delete(record.MessageId);
        queue.removed?.(record.MessageId);
        continue;
      }
      if (one.visibleAtMs > nowMs || (queue.FifoQueue && groups.has(attributes.MessageGroupId))) {
        continue;
      }
      const received = Number(attributes.ApproximateReceiveCount);
      if (received >= Number(queue.RedrivePolicy?.maxReceiveCount ?? Infinity)) {
        if (moveToDeadLetters(record)) continue;
      }
      if (received === 0) attributes.ApproximateFirstReceiveTimestamp = String(nowMs);
      attributes.ApproximateReceiveCount = String(received + 1);
      record.ReceiptHandle = receiptHandle(record.MessageId, queue.QueueName);
      one.visibleAtMs = nowMs + hiddenMs;
      taken.push({ ...record, attributes: { ...attributes } });
    }
    return taken;
  }

  function moveToDeadLetters(record: LibraryRecord): boolean {
    const name = queue.RedrivePolicy?.deadLetterTargetArn.split(":").at(-1);
    const dead = queue.service.Queues.find(({ QueueName }) => QueueName === name);
    if (!dead) return false;
    held.delete(record.MessageId);
    // Otherwise a message that a move task brings back within five minutes would be lost.
    sent.forget(deduplicationKey(queue, record.attributes));
    dead.newRecord(
      {
        ...record,
        attributes: {
          ...record.attributes,
          ApproximateReceiveCount: "0",
          DeadLetterQueueSourceArn: queue.getAttributes(["QueueArn"])?.["QueueArn"] ?? "",
        },
      },
      0,
    );
    return true;
  }
}

function deduplicationKey(
  queue: LibraryQueue,
  { MessageGroupId, MessageDeduplicationId }: SentMessage | LibraryRecord["attributes"],
): string {
  const group = queue.DeduplicationScope === "messageGroup" ? MessageGroupId : undefined;
  return JSON.stringify([group, MessageDeduplicationId]);
}

/** Numbers of 20 digits that only grow, also over a restart. Source: SQS API reference, SendMessage. */
function sequence(): () => string {
  let last = 0n;
  return () => {
    const fromTime = BigInt(Date.now()) * 10_000_000n;
    last = fromTime > last ? fromTime : last + 1n;
    return String(last);
  };
}

function inFlightBy({ record, visibleAtMs }: Held, receiptHandle: string): boolean {
  return record.ReceiptHandle === receiptHandle && visibleAtMs > Date.now();
}

/** As the library makes and reads them: Base64 of a UUID and a JSON object that names the message. */
function receiptHandle(MessageId: string, QueueName: string): string {
  const about = JSON.stringify({ date: Date.now(), MessageId, QueueName });
  return Buffer.from(randomUUID() + about).toString("base64");
}

function messageIdOf(handle: string): string {
  const text = Buffer.from(handle, "base64").toString();
  const parsed: { MessageId?: unknown } = JSON.parse(text.slice(text.indexOf("{")));
  return String(parsed.MessageId);
}

/** An error of the library's own class, which it does not export and answers with alone: `InvalidParameterValue`. */
function invalidHandle(queue: LibraryQueue, handle: string, reason: string): Error {
  const message = `Value ${handle} for parameter ReceiptHandle is invalid. Reason: ${reason}`;
  try {
    queue.getAttributes("not a list");
  } catch (error) {
    if (error instanceof Error) return Object.assign(error, { message });
  }
  return new Error(message);
}
