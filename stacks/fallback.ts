import { jobs } from "@carryover/functions/jobs";
import type { Place } from "./places.ts";
import { createQueuePair, type QueuePair } from "./queues.ts";

/** Where an event waits that the bus would not take. */
export function createFallback(place: Place): QueuePair {
  return createQueuePair(`Fallback${place.suffix}`, jobs["drain-fallback"], place);
}
