import type { Store } from "../data/store.ts";
import type { Sent } from "./deduplication.ts";
import type { LibraryQueue, LibraryRecord } from "./queue.ts";

const QUEUE = "sqs/queue/";
const MESSAGE = "sqs/message/";
const SENT = "sqs/sent/";

/** What SQS works out itself. Source: SQS API reference, GetQueueAttributes. */
const READ_ONLY = /^(Approximate.*|CreatedTimestamp|LastModifiedTimestamp|QueueArn)$/;

interface QueueRecord {
  readonly region: string;
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly tags: Record<string, string>;
}

interface MessageRecord {
  readonly region: string;
  readonly queue: string;
  readonly record: LibraryRecord;
  /** In epoch milliseconds of real time, which is the library's. */
  readonly visibleAtMs: number;
}

export interface QueueRecords {
  /** Keeps what is sent to a queue from now on, until it is deleted, purged or moved. */
  follow(region: string, queue: LibraryQueue): void;
  /** Keeps how the queues of a region are set up. */
  keepQueues(region: string, queues: readonly LibraryQueue[]): void;
  forgetQueue(region: string, name: string): void;
  queues(): Promise<readonly QueueRecord[]>;
  /** Puts the messages of an earlier stage into their queues: visible again, whoever had received them. */
  refill(find: (region: string, name: string) => LibraryQueue | undefined): Promise<void>;
}

/** Queues and messages in a store. A message that is moved to a dead-letter queue keeps its id, and its place here. */
export function createQueueRecords(store: Store): QueueRecords {
  const holders = new Map<string, LibraryQueue>();
  /** What an earlier stage kept of what was sent to FIFO queues, until its queue is there. */
  const sent = new Map<string, Map<string, Sent>>();
  const sentTo = (region: string, name: string) => `${SENT}${region}/${name}/`;
  const forget = (messageId: string) => {
    holders.delete(messageId);
    store.remove(MESSAGE + messageId);
  };

  return {
    follow: (region, queue) => {
      const sentHere = sentTo(region, queue.QueueName);
      queue.sentMessages?.keep(sent.get(sentHere) ?? new Map(), (key, one) => {
        if (one) store.put(sentHere + key, one);
        else store.remove(sentHere + key);
      });
      sent.delete(sentHere);
      const newRecord = queue.newRecord.bind(queue);
      queue.newRecord = (record, delaySeconds) => {
        const seconds = Number.isFinite(delaySeconds) ? Number(delaySeconds) : queue.DelaySeconds;
        const kept: MessageRecord = {
          region,
          queue: queue.QueueName,
          record,
          visibleAtMs: Date.now() + seconds * 1000,
        };
        holders.set(record.MessageId, queue);
        store.put(MESSAGE + record.MessageId, kept);
        return newRecord(record, delaySeconds);
      };
      const onRemoved = queue.removed;
      queue.removed = (messageId) => {
        onRemoved?.(messageId);
        forget(messageId);
      };
      const clear = queue.clearRecords.bind(queue);
      queue.clearRecords = () => {
        clear();
        for (const [messageId, holder] of holders) if (holder === queue) forget(messageId);
      };
    },
    keepQueues: (region, queues) => {
      for (const queue of queues) {
        const all = Object.entries(queue.getAttributes(["All"]) ?? {});
        const record: QueueRecord = {
          region,
          name: queue.QueueName,
          attributes: Object.fromEntries(all.filter(([name]) => !READ_ONLY.test(name))),
          tags: { ...queue.Tags },
        };
        store.put(`${QUEUE}${region}/${queue.QueueName}`, record);
      }
    },
    forgetQueue: (region, name) => store.remove(`${QUEUE}${region}/${name}`),
    queues: async () => {
      for await (const [key, one] of store.entries(SENT)) {
        const [, place = "", id = ""] = /^(sqs\/sent\/[^/]+\/[^/]+\/)(.*)$/s.exec(key) ?? [];
        sent.set(place, (sent.get(place) ?? new Map()).set(id, one));
      }
      const found: QueueRecord[] = [];
      for await (const [, record] of store.entries(QUEUE)) found.push(record as QueueRecord);
      // A queue can only name a dead-letter queue that is there.
      return found.toSorted(
        (a, b) => Number("RedrivePolicy" in a.attributes) - Number("RedrivePolicy" in b.attributes),
      );
    },
    refill: async (find) => {
      const kept: MessageRecord[] = [];
      for await (const [, value] of store.entries(MESSAGE)) kept.push(value as MessageRecord);
      // The keys of the store are in no order that means anything, the messages of a group are.
      for (const { region, queue: name, record, visibleAtMs } of kept.toSorted(bySending)) {
        const queue = find(region, name);
        if (!queue) store.remove(MESSAGE + record.MessageId);
        else queue.newRecord(record, Math.max(0, visibleAtMs - Date.now()) / 1000);
      }
    },
  };
}

function bySending({ record: a }: MessageRecord, { record: b }: MessageRecord): number {
  const sequence = (one: LibraryRecord) => one.attributes["SequenceNumber"] ?? "";
  return (
    sequence(a).localeCompare(sequence(b)) ||
    Number(a.attributes.SentTimestamp) - Number(b.attributes.SentTimestamp)
  );
}
