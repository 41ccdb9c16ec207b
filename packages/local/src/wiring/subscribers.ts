import { EVENT_SOURCE } from "@carryover/events/define";
import { type SubscriberName, subscribers } from "@carryover/functions/subscribers";
import { wireRule } from "./bus.ts";
import { wireFunction } from "./functions.ts";
import { type WiredQueue, wireQueue } from "./queues.ts";
import type { App, WiredRegion } from "./region.ts";
import { wireIdentityTable } from "./tables.ts";

/** AWS's default for a queue that feeds a function. */
const BATCH_SIZE = 10;

export interface WiredServices {
  readonly tables: { readonly identity: string };
  readonly queues: ReadonlyMap<
    SubscriberName,
    { readonly queue: WiredQueue; readonly deadLetter: WiredQueue }
  >;
}

/** The services behind the hub, each with its own queue, dead-letter queue and rule: one for every entry of the list. */
export async function wireSubscribers(app: App, home: WiredRegion): Promise<WiredServices> {
  const { clients } = home;
  const identity = await wireIdentityTable(clients);
  const place = { ...home.place, links: { ...home.place.links, IdentityTable: identity } };
  const queues = new Map<SubscriberName, { queue: WiredQueue; deadLetter: WiredQueue }>();
  for (const name of Object.keys(subscribers) as SubscriberName[]) {
    const subscriber = subscribers[name];
    const { queue, deadLetter } = await wireQueue(clients, name, {
      visibilitySeconds: app.visibilitySeconds(subscriber.timeoutSeconds),
      maxReceiveCount: subscriber.maxAttempts,
    });
    queues.set(name, { queue, deadLetter });
    const pattern = { source: [EVENT_SOURCE], "detail-type": subscriber.on.map((on) => on.name) };
    await wireRule(clients, name, pattern, {
      Arn: queue.arn,
      DeadLetterConfig: { Arn: deadLetter.arn },
    });
    app.services.lambda.mapQueue({
      queueArn: queue.arn,
      functionArn: wireFunction(place, name, subscriber),
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
    });
  }
  return { tables: { identity: identity.name }, queues };
}
