import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { createRequestHandler } from "local-aws-sqs";
import type { Store } from "../data/store.ts";
import type { WireRequest, WireResponse, WireService } from "../http.ts";
import { callInProcess, inProcess, JSON_1_0 } from "../in-process.ts";
import { ACCOUNT_ID, type AwsCall, AwsError, type AwsService } from "../service.ts";
import { amended, answerEarly, complete } from "./answers.ts";
import { callOf, nullRefusal, refused, type SqsCall } from "./call.ts";
import { correctedAnswer } from "./errors.ts";
import { fromQuery, toQuery } from "./query.ts";
import { correctQueue, type LibraryQueue, type ReceivedMessage } from "./queue.ts";
import { createQueueRecords, type QueueRecords } from "./records.ts";

/** What a service sends to a queue: to a FIFO queue with a group, and deduplicated by its content. */
export interface ServiceMessage {
  readonly body: string;
  readonly attributes?: Record<string, string | number>;
  readonly groupId?: string | undefined;
}

/** Queues of all regions: the wire protocols, and calls in process for the bus and the Lambda host. */
export interface Sqs extends WireService, AwsService {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
  /** Tells where the gateway listens, because queue URLs point there. */
  listening(address: { host: string; port: number }): void;
  /** @throws AwsError `QueueDoesNotExist` */
  send(queueArn: string, message: ServiceMessage): void;
  /** Long polls for at most `waitSeconds`; answers early when `signal` fires. @throws AwsError `QueueDoesNotExist` */
  receive(
    queueArn: string,
    options: { maxMessages: number; waitSeconds: number; signal: AbortSignal },
  ): Promise<readonly ReceivedMessage[]>;
  /** Safe to repeat. */
  remove(queueArn: string, receiptHandle: string): void;
  /** Ends every long poll. */
  stop(): void;
}

/** Queues by `local-aws-sqs`, one instance per region, without a port of its own. */
export function createSqs(store?: Store): Sqs {
  const regions = new Map<string, ReturnType<typeof createRequestHandler>>();
  const corrected = new WeakSet<LibraryQueue>();
  const records = store && createQueueRecords(store);
  const stopped = new AbortController();
  /** A long poll of a client that has gone must not take messages with it; the library passes nothing on. */
  const gone = new AsyncLocalStorage<AbortSignal>();
  let address = { host: "127.0.0.1", port: 0 };

  const instance = (region: string) => {
    const known = regions.get(region);
    if (known) return known;
    const made = createRequestHandler({
      port: address.port,
      hostname: address.host,
      region,
      accountId: ACCOUNT_ID,
      // A test that re-creates a queue must not wait for SQS's sixty seconds.
      emulateQueueCreationLifecycle: false,
    });
    regions.set(region, made);
    return made;
  };

  const queues = (region: string): LibraryQueue[] => {
    // Seen as we correct it, which its own types do not foresee.
    const all = instance(region).service.Queues as unknown as LibraryQueue[];
    for (const queue of all) {
      if (corrected.has(queue)) continue;
      corrected.add(queue);
      const isDeleted = () => !queue.service.Queues.includes(queue);
      correctQueue(
        queue,
        () => stopped.signal.aborted || gone.getStore()?.aborted === true || isDeleted(),
      );
      records?.follow(region, queue);
    }
    return all;
  };

  const queue = (queueArn: string): LibraryQueue => {
    const [, , , region = "", , name] = queueArn.split(":");
    const found = queues(region).find((one) => one.QueueName === name);
    if (found) return found;
    throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
  };

  const inJson = async (request: WireRequest): Promise<WireResponse> => {
    const { requestHandler } = instance(request.region);
    const known = queues(request.region);
    const call = callOf(request);
    const refusal = nullRefusal(request);
    if (refusal) return refused(refusal);
    const early = answerEarly(call, known);
    if (early) return early;
    const answer = await gone.run(request.gone, () =>
      inProcess(
        {
          ...request,
          // The library tells the protocols apart by this exact text.
          headers: { ...request.headers, "content-type": JSON_1_0 },
          body: Buffer.from(JSON.stringify(amended(call, known))),
        },
        (req, res) =>
          // It uses only what `inProcess` offers. Source: local-aws-sqs 2.0.2, parsers/requestHandler.
          requestHandler(
            req as Parameters<typeof requestHandler>[0],
            res as unknown as Parameters<typeof requestHandler>[1],
          ),
      ),
    );
    if (answer.status !== 200) return correctedAnswer(answer, call);
    const now = queues(request.region);
    if (records) keepSetUp(records, call, { region: request.region, queues: now });
    return complete(call, answer, now);
  };

  const respond = async (request: WireRequest): Promise<WireResponse> => {
    if (request.headers["x-amz-target"] !== undefined) return inJson(request);
    const { operation, asJson } = fromQuery(request);
    return toQuery(operation, await inJson(asJson));
  };

  const call = (one: AwsCall) => callInProcess(respond, "AmazonSQS", one);

  return {
    respond,
    call,
    restore: async () => {
      for (const { region, name, attributes, tags } of (await records?.queues()) ?? []) {
        const input = { QueueName: name, Attributes: attributes, tags };
        await call({ region, operation: "CreateQueue", input, signed: true });
      }
      await records?.refill((region, name) =>
        queues(region).find(({ QueueName }) => QueueName === name),
      );
    },
    listening: (at) => {
      address = at;
      for (const { service } of regions.values()) {
        service.PORT = at.port;
        service.HOSTNAME = at.host;
      }
    },
    send: (queueArn, message) => {
      const attributes = Object.entries(message.attributes ?? {}).map(([name, value]) => [
        name,
        {
          DataType: typeof value === "number" ? "Number" : "String",
          StringValue: String(value),
        },
      ]);
      const found = queue(queueArn);
      if (found.FifoQueue && !(found.ContentBasedDeduplication && message.groupId)) {
        throw new AwsError(
          "InvalidParameterValue",
          "A FIFO queue needs a message group, and content-based deduplication.",
        );
      }
      found.setRecord({
        MessageBody: message.body,
        ...(found.FifoQueue && {
          MessageGroupId: message.groupId,
          MessageDeduplicationId: createHash("sha256").update(message.body).digest("hex"),
        }),
        ...(attributes.length > 0 ? { MessageAttributes: Object.fromEntries(attributes) } : {}),
      });
    },
    receive: (queueArn, { maxMessages, waitSeconds, signal }) =>
      queue(queueArn).receive({
        MaxNumberOfMessages: maxMessages,
        WaitTimeSeconds: waitSeconds,
        signal,
      }),
    remove: (queueArn, receiptHandle) => {
      queue(queueArn).delete(receiptHandle);
    },
    // What is in the queues stays there: a store keeps it.
    stop: () => stopped.abort(),
  };
}

/** The calls that change how a queue is set up. Source: SQS API reference. */
const SET_UP = new Set([
  "CreateQueue",
  "SetQueueAttributes",
  "TagQueue",
  "UntagQueue",
  "AddPermission",
  "RemovePermission",
]);

function keepSetUp(
  records: QueueRecords,
  { operation, input }: SqsCall,
  { region, queues }: { readonly region: string; readonly queues: readonly LibraryQueue[] },
): void {
  if (SET_UP.has(operation)) records.keepQueues(region, queues);
  if (operation !== "DeleteQueue") return;
  records.forgetQueue(region, String(input["QueueUrl"]).split("/").at(-1) ?? "");
}
