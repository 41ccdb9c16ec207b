import { EVENT_SOURCE } from "@carryover/events/define";
import { type Job, jobs } from "@carryover/functions/jobs";
import { type Linked, resources } from "@carryover/functions/resources";
import { serviceSettings } from "@carryover/functions/settings";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { wireRule, wireSchedule } from "./bus.ts";
import { wireSystemQueues, wireSystems } from "./downstream.ts";
import { type FunctionPlace, wireFunction } from "./functions.ts";
import { type WiredQueue, wireQueue } from "./queues.ts";
import type { App, WiredRegion } from "./region.ts";
import { wireServiceTables } from "./tables.ts";

/** AWS's default for a queue that feeds a function. */
const BATCH_SIZE = 10;

export interface WiredServices {
  /** Names by the link's name. */
  readonly tables: Readonly<Record<string, string>>;
  /** By the name of the subscriber or job. */
  readonly queues: ReadonlyMap<string, QueuePair>;
}

interface QueuePair {
  readonly queue: WiredQueue;
  readonly deadLetter: WiredQueue;
}

/** The services behind the hub: tables, and for each entry of the lists its queue, dead-letter queue and function. */
export async function wireServices(
  app: App,
  home: WiredRegion,
  regions: readonly WiredRegion[],
): Promise<WiredServices> {
  const { clients } = home;
  const tables = await wireServiceTables(clients);
  const homeJobs = Object.entries<Job>(jobs).filter(([, { where }]) => where === "home");
  const queues = new Map<string, QueuePair>();
  for (const [name, entry] of [...homeJobs, ...Object.entries<Subscriber>(subscribers)]) {
    const pair = await wireQueue(clients, name, {
      visibilitySeconds: app.visibilitySeconds(entry.timeoutSeconds),
      maxReceiveCount: entry.maxAttempts,
    });
    queues.set(name, pair);
  }
  const systems = await wireSystemQueues(app, clients);
  const pairOf = (name: string) => {
    const pair = queues.get(name);
    if (!pair) throw new Error(`there is no queue of ${name}`);
    return pair;
  };
  const place: FunctionPlace = {
    ...home.place,
    links: {
      ...home.place.links,
      UserPools: userPools(regions),
      ...tables,
      ...serviceSettings(app.migration),
      ...Object.fromEntries(
        homeJobs.map(([name, { queue }]) => [queue, { url: pairOf(name).queue.url }]),
      ),
      DownstreamQueues: Object.fromEntries(systems.map(({ name, queue }) => [name, queue.url])),
    },
  };
  for (const [name, job] of homeJobs) {
    const { queue } = pairOf(name);
    wireQueueFunction(app, place, name, { ...job, queueArn: queue.arn });
    if (job.schedule !== undefined) await wireSchedule(clients, name, job.schedule, queue.arn);
  }
  for (const [name, subscriber] of Object.entries<Subscriber>(subscribers)) {
    const { queue, deadLetter } = pairOf(name);
    const pattern = { source: [EVENT_SOURCE], "detail-type": subscriber.on.map((on) => on.name) };
    await wireRule(clients, name, pattern, {
      Arn: queue.arn,
      DeadLetterConfig: { Arn: deadLetter.arn },
    });
    wireQueueFunction(app, place, name, {
      ...subscriber,
      batchSize: BATCH_SIZE,
      queueArn: queue.arn,
    });
  }
  wireSystems(app, place, systems);
  for (const { name, ...pair } of systems) queues.set(`downstream-${name}`, pair);
  return {
    tables: Object.fromEntries(Object.entries(tables).map(([link, { name }]) => [link, name])),
    queues,
  };
}

function wireQueueFunction(
  { services }: App,
  place: FunctionPlace,
  name: string,
  entry: (Subscriber | Job) & { readonly batchSize: number; readonly queueArn: string },
): void {
  services.lambda.mapQueue({
    queueArn: entry.queueArn,
    functionArn: wireFunction(place, name, entry),
    batchSize: entry.batchSize,
    reportBatchItemFailures: true,
    ...(entry.maxConcurrency !== undefined && { maximumConcurrency: entry.maxConcurrency }),
  });
}

function userPools(regions: readonly WiredRegion[]): Linked<"UserPools"> {
  return resources.UserPools.parse({
    pools: regions.map(({ region, pool }) => ({ region, userPoolId: pool.userPoolId })),
  });
}
