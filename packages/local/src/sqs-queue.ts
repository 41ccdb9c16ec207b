import { setTimeout as delay } from "node:timers/promises";

/** A message as `local-aws-sqs` keeps it. Source: local-aws-sqs 2.0.2, lib/queue. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MessageBody: string;
  readonly MD5OfMessageBody: string;
  readonly attributes: Record<string, string>;
  readonly MessageAttributes?: Record<
    string,
    { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }
  >;
}

interface ReceiveOptions {
  readonly VisibilityTimeout?: number | string;
  readonly WaitTimeSeconds?: number | string;
  readonly MaxNumberOfMessages?: number | string;
  /** Ours: ends the long poll early. */
  readonly signal?: AbortSignal;
}

interface Entry {
  readonly record: { readonly MessageId: string; attributes: Record<string, string> };
}

/** The part of the library's queue that we use and correct. */
export interface LibraryQueue {
  readonly QueueName: string;
  readonly ReceiveMessageWaitTimeSeconds: number;
  readonly DelaySeconds: number;
  readonly MessageRetentionPeriod: number;
  readonly Tags: Readonly<Record<string, string>>;
  /** Ours: told of a message that a consumer deleted. */
  removed?: (messageId: string) => void;
  receive(options: ReceiveOptions): Promise<ReceivedMessage[]>;
  setRecord(message: object): unknown;
  newRecord(record: Entry["record"], delaySeconds?: number): Entry;
  delete(receiptHandle: string): boolean;
  changeVisibility(receiptHandle: string, visibilityTimeout: string): boolean;
  getAttributes(names?: string[]): Record<string, string> | undefined;
  clearRecords(): void;
  purge(done?: () => void): boolean;
}

/** How often a long poll looks again, in milliseconds. */
const LOOK_AGAIN_MS = 20;
/**
 * The library looks every 10 ms until 40 ms are over, by two timers: on a busy machine the second can come first, and
 * a message that waits is not seen. In a FIFO queue a message can also wait because its group is in flight.
 */
const RECEIVE_TRIES = 3;

/**
 * Makes a queue of local-aws-sqs 2.0.2 do what SQS does where the library does not:
 * a long poll answers as soon as there is a message instead of waiting for a full batch;
 * `ApproximateNumberOfMessages` leaves out the messages in flight; changing the visibility is not
 * another receive, which would dead-letter a message too early; a purge does not take a minute.
 * Source: SQS API reference, ReceiveMessage, GetQueueAttributes, ChangeMessageVisibility.
 */
export function correctQueue(queue: LibraryQueue, ended: () => boolean): void {
  correctCounts(queue);
  correctLongPolling(queue, ended);
  correctVisibility(queue);
  queue.purge = (done) => {
    queue.clearRecords();
    done?.();
    return true;
  };
}

function correctCounts(queue: LibraryQueue): void {
  const original = queue.getAttributes.bind(queue);
  queue.getAttributes = (names) => {
    const asked = original(names);
    if (asked?.ApproximateNumberOfMessages === undefined) return asked;
    const all = original(["All"]);
    const waiting =
      Number(all?.ApproximateNumberOfMessages) - Number(all?.ApproximateNumberOfMessagesNotVisible);
    return { ...asked, ApproximateNumberOfMessages: String(Math.max(0, waiting)) };
  };
}

function correctLongPolling(queue: LibraryQueue, ended: () => boolean): void {
  const original = queue.receive.bind(queue);
  queue.receive = async ({ signal, WaitTimeSeconds, ...options }) => {
    const waitSeconds = Number(WaitTimeSeconds ?? queue.ReceiveMessageWaitTimeSeconds);
    const deadline = performance.now() + waitSeconds * 1000;
    for (;;) {
      if (ended() || signal?.aborted) return [];
      for (let tries = 0; tries < RECEIVE_TRIES && hasWaiting(queue); tries++) {
        const messages = await original({ ...options, WaitTimeSeconds: 0 });
        if (messages.length > 0) return messages;
      }
      if (performance.now() >= deadline) return [];
      // The timer must not keep a stage alive that is about to end.
      await delay(LOOK_AGAIN_MS, undefined, { ref: false });
    }
  };
}

function hasWaiting(queue: LibraryQueue): boolean {
  const counts = queue.getAttributes(["ApproximateNumberOfMessages"]);
  return counts?.ApproximateNumberOfMessages !== "0";
}

function correctVisibility(queue: LibraryQueue): void {
  const entries = new Map<string, WeakRef<Entry>>();
  const newRecord = queue.newRecord.bind(queue);
  queue.newRecord = (record, delaySeconds) => {
    const entry = newRecord(record, delaySeconds);
    entries.set(record.MessageId, new WeakRef(entry));
    return entry;
  };
  const remove = queue.delete.bind(queue);
  queue.delete = (receiptHandle) => {
    const removed = remove(receiptHandle);
    entries.delete(messageId(receiptHandle));
    queue.removed?.(messageId(receiptHandle));
    return removed;
  };
  const change = queue.changeVisibility.bind(queue);
  queue.changeVisibility = (receiptHandle, visibilityTimeout) => {
    const changed = change(receiptHandle, visibilityTimeout);
    const entry = entries.get(messageId(receiptHandle))?.deref();
    if (changed && entry) {
      const counted = Number(entry.record.attributes.ApproximateReceiveCount);
      entry.record.attributes.ApproximateReceiveCount = String(counted - 1);
    }
    return changed;
  };
}

/** The library's receipt handles are Base64 of a UUID and a JSON object that names the message. */
function messageId(receiptHandle: string): string {
  const text = Buffer.from(receiptHandle, "base64").toString();
  const parsed: { MessageId?: unknown } = JSON.parse(text.slice(text.indexOf("{")));
  return String(parsed.MessageId);
}
