import { EVENT_SOURCE } from "@carryover/events/define";
import { deployed } from "@carryover/functions/deployed";
import { type Job, jobs } from "@carryover/functions/jobs";
import { type Linked, resources } from "@carryover/functions/resources";
import { serviceSettings } from "@carryover/functions/settings";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { wireRule, wireSchedule } from "./bus.ts";
import { wireSystemQueues, wireSystems } from "./downstream.ts";
import type { FunctionPlace } from "./functions.ts";
import { BUS_NAME } from "./names.ts";
import { BATCH_SIZE, type QueuePair, wireQueueFunction } from "./queue-function.ts";
import { wireQueue } from "./queues.ts";
import type { App, WiredRegion } from "./region.ts";
import type { ServiceTables } from "./tables.ts";

export interface WiredServices {
  /** By the name of the subscriber or job. */
  readonly queues: ReadonlyMap<string, QueuePair>;
}

/** The services behind the hub: tables, and for each entry of the lists its queue, dead-letter queue and function. */
export async function wireServices(
  app: App,
  home: WiredRegion,
  regions: readonly WiredRegion[],
  tables: ServiceTables,
): Promise<WiredServices> {
  const { clients } = home;
  const homeJobs = deployed<string, Job>(jobs, app.migration, "home");
  const homeSubscribers = deployed<string, Subscriber>(subscribers, app.migration, "home");
  const queues = new Map<string, QueuePair>();
  for (const [name, entry] of [...homeJobs, ...homeSubscribers]) {
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
      RegionalBuses: resources.RegionalBuses.parse({
        buses: regions.map(({ region }) => ({ region, name: BUS_NAME })),
      }),
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
    wireQueueFunction(place, name, { ...job, queueArn: queue.arn });
    if (job.schedule !== undefined) await wireSchedule(clients, name, job.schedule, queue.arn);
  }
  for (const [name, subscriber] of homeSubscribers) {
    const { queue, deadLetter } = pairOf(name);
    const pattern = { source: [EVENT_SOURCE], "detail-type": subscriber.on.map((on) => on.name) };
    await wireRule(clients, name, pattern, {
      Arn: queue.arn,
      DeadLetterConfig: { Arn: deadLetter.arn },
    });
    wireQueueFunction(place, name, {
      ...subscriber,
      batchSize: BATCH_SIZE,
      queueArn: queue.arn,
    });
  }
  wireSystems(app, place, systems);
  for (const { name, ...pair } of systems) queues.set(`downstream-${name}`, pair);
  return { queues };
}

function userPools(regions: readonly WiredRegion[]): Linked<"UserPools"> {
  return resources.UserPools.parse({
    pools: regions.map(({ region, pool }) => ({ region, userPoolId: pool.userPoolId })),
  });
}
