import type { Job } from "@carryover/functions/jobs";
import type { Subscriber } from "@carryover/functions/subscribers";
import { type FunctionPlace, wireFunction } from "./functions.ts";
import type { WiredQueue } from "./queues.ts";

/** AWS's default for a queue that feeds a function. */
export const BATCH_SIZE = 10;

export interface QueuePair {
  readonly queue: WiredQueue;
  readonly deadLetter: WiredQueue;
}

/** Lets a function empty a queue. */
export function wireQueueFunction(
  place: FunctionPlace,
  name: string,
  entry: (Subscriber | Job) & { readonly batchSize: number; readonly queueArn: string },
): void {
  place.host.mappings.wire({
    queueArn: entry.queueArn,
    functionArn: wireFunction(place, name, entry),
    batchSize: entry.batchSize,
    reportBatchItemFailures: true,
    ...(entry.maxConcurrency !== undefined && { maximumConcurrency: entry.maxConcurrency }),
  });
}
