import type { SentMessages } from "./deduplication.ts";
import { keepMessages } from "./messages.ts";

/** A message as `local-aws-sqs` keeps it. Source: local-aws-sqs 2.0.2, lib/queue. */
export interface LibraryRecord {
  readonly MessageId: string;
  ReceiptHandle: string;
  readonly MessageBody: string;
  readonly MD5OfMessageBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly attributes: Record<string, string> & {
    SentTimestamp: string;
    ApproximateReceiveCount: string;
    ApproximateFirstReceiveTimestamp: string;
    readonly MessageGroupId?: string;
    readonly MessageDeduplicationId?: string;
  };
  readonly MessageAttributes?: Record<
    string,
    { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }
  >;
}
export type ReceivedMessage = Readonly<LibraryRecord>;

/** A message as it is sent. */
export interface SentMessage {
  readonly MessageBody: string;
  readonly MessageAttributes?: LibraryRecord["MessageAttributes"];
  readonly MessageGroupId?: string | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly DelaySeconds?: number | string;
}

interface ReceiveOptions {
  readonly VisibilityTimeout?: number | string;
  readonly WaitTimeSeconds?: number | string;
  readonly MaxNumberOfMessages?: number | string;
  /** Ours: ends the long poll early. */
  readonly signal?: AbortSignal;
}

/** The part of the library's queue that we use and correct. */
export interface LibraryQueue {
  readonly QueueName: string;
  readonly QueueUrl: string;
  readonly FifoQueue: boolean;
  readonly ContentBasedDeduplication?: boolean;
  readonly DeduplicationScope: string;
  readonly ReceiveMessageWaitTimeSeconds: number;
  VisibilityTimeout: number;
  readonly DelaySeconds: number;
  readonly MaximumMessageSize: number;
  readonly MessageRetentionPeriod: number;
  readonly RedrivePolicy?: {
    readonly maxReceiveCount: number | string;
    readonly deadLetterTargetArn: string;
  };
  readonly Policy: { Version?: string; Statement?: Statement | Statement[] };
  readonly Tags: Record<string, string>;
  readonly service: { readonly Queues: readonly LibraryQueue[] };
  readonly constructor: {
    createRecord(message: object): [record: LibraryRecord, md5OfSystemAttributes?: string];
  };
  /** Ours. */
  sentMessages?: SentMessages;
  /** Ours: told of a message that has gone for good. */
  removed?: (messageId: string) => void;
  /** Ours. */
  counts?: () => { waiting: number; inFlight: number; delayed: number };
  receive(options: ReceiveOptions): Promise<ReceivedMessage[]>;
  setRecord(message: SentMessage): { readonly record: LibraryRecord };
  newRecord(record: LibraryRecord, delaySeconds?: number): unknown;
  delete(receiptHandle: string): boolean;
  changeVisibility(receiptHandle: string, visibilityTimeout: string): boolean;
  getAttributes(names?: string[] | string): Record<string, string> | undefined;
  setTags(tags: readonly { readonly Key: string; readonly Value: string }[]): void;
  addPermission(actions: string[], accounts: string[], label: string): void;
  removePermission(label: string): void;
  clearRecords(): void;
  purge(done?: () => void): boolean;
}

interface Statement {
  readonly Sid: string;
  Principal: unknown;
  Resource: string;
}

/**
 * Makes a queue of local-aws-sqs 2.0.2 do what SQS does where the library does not.
 * Source: SQS API reference; LocalStack's tests/aws/services/sqs, which were recorded on AWS.
 */
export function correctQueue(queue: LibraryQueue, ended: () => boolean): void {
  keepMessages(queue, ended);
  correctAttributes(queue);
  correctPermissions(queue);
  const setTags = queue.setTags.bind(queue);
  queue.setTags = (tags) => {
    setTags(tags.filter(({ Value }) => Value !== ""));
    // The library refuses an empty value.
    for (const { Key, Value } of tags) queue.Tags[Key] = Value;
  };
  // In SQS it takes up to a minute, and is refused meanwhile: a test must not wait for that.
  queue.purge = (done) => {
    queue.clearRecords();
    done?.();
    return true;
  };
}

function correctAttributes(queue: LibraryQueue): void {
  const original = queue.getAttributes.bind(queue);
  queue.getAttributes = (names) => {
    const asked = original(names);
    const counts = queue.counts?.();
    if (asked === undefined || counts === undefined) return asked;
    const current: Record<string, number> = {
      ApproximateNumberOfMessages: counts.waiting,
      ApproximateNumberOfMessagesNotVisible: counts.inFlight,
      ApproximateNumberOfMessagesDelayed: counts.delayed,
    };
    return Object.fromEntries(
      Object.entries(asked).map(([name, value]) => [
        name,
        name === "RedrivePolicy" ? withNumber(value) : String(current[name] ?? value),
      ]),
    );
  };
}

/** Source: moto's tests/test_sqs, test_redrive_policy_set_attributes_with_string_value. */
function withNumber(redrivePolicy: string): string {
  const policy = JSON.parse(redrivePolicy);
  return JSON.stringify({ ...policy, maxReceiveCount: Number(policy.maxReceiveCount) });
}

/** The library knows one account for a statement, takes it for the queue's owner, and removes another statement. */
function correctPermissions(queue: LibraryQueue): void {
  const add = queue.addPermission.bind(queue);
  const remove = queue.removePermission.bind(queue);
  const statements = () => [queue.Policy.Statement ?? []].flat();
  queue.addPermission = (actions, accounts, label) => {
    add(actions, accounts, label);
    const made = statements().find(({ Sid }) => Sid === label);
    if (!made) return;
    const principals = accounts.map((account) => `arn:aws:iam::${account}:root`);
    made.Principal = { AWS: principals.length === 1 ? principals[0] : principals };
    made.Resource = queue.getAttributes(["QueueArn"])?.["QueueArn"] ?? "";
    queue.Policy.Statement = statements();
    // Of a policy that this made. Source: LocalStack's test_sqs_permission_lifecycle.
    if (statements().length === 1) queue.Policy.Version = "2008-10-17";
  };
  queue.removePermission = (label) => {
    const left = statements().filter(({ Sid }) => Sid !== label);
    // It refuses an unknown label.
    if (left.length === statements().length) remove(label);
    else queue.Policy.Statement = left;
  };
}
