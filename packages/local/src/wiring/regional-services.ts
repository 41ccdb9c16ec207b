import { EVENT_SOURCE } from "@carryover/events/define";
import { deployed } from "@carryover/functions/deployed";
import { type Job, jobs } from "@carryover/functions/jobs";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { wireRule, wireSchedule } from "./bus.ts";
import { wireMail } from "./mail.ts";
import { BATCH_SIZE, type QueuePair, wireQueueFunction } from "./queue-function.ts";
import { wireQueue } from "./queues.ts";
import type { App, WiredRegion } from "./region.ts";

/** The services of one region: each on the region's own events, or on a schedule. By name, their queues. */
export async function wireRegionalServices(
  app: App,
  wired: WiredRegion,
): Promise<ReadonlyMap<string, QueuePair>> {
  const { clients, place, region } = wired;
  const queues = new Map<string, QueuePair>();
  const queueOf = async (name: string, entry: Subscriber | Job) => {
    const pair = await wireQueue(clients, name, {
      visibilitySeconds: app.visibilitySeconds(entry.timeoutSeconds),
      maxReceiveCount: entry.maxAttempts,
    });
    queues.set(`${name}-${region}`, pair);
    return pair;
  };
  for (const [name, subscriber] of deployed<string, Subscriber>(
    subscribers,
    app.migration,
    "every-region",
  )) {
    const { queue, deadLetter } = await queueOf(name, subscriber);
    const pattern = {
      source: [EVENT_SOURCE],
      "detail-type": subscriber.on.map((on) => on.name),
      detail: { metadata: { region: [region] } },
    };
    await wireRule(clients, name, pattern, {
      Arn: queue.arn,
      DeadLetterConfig: { Arn: deadLetter.arn },
    });
    wireQueueFunction(place, name, { ...subscriber, batchSize: BATCH_SIZE, queueArn: queue.arn });
  }
  for (const [name, job] of deployed<string, Job>(jobs, app.migration, "every-region")) {
    // It is there before the services: events may have to wait in it.
    if (job.queue === "FallbackQueue") continue;
    const { queue } = await queueOf(name, job);
    wireQueueFunction(place, name, { ...job, queueArn: queue.arn });
    if (job.schedule !== undefined) await wireSchedule(clients, name, job.schedule, queue.arn);
    if (job.queue === "MailFeedbackQueue") await wireMail(app.migration, wired, queue.arn);
  }
  return queues;
}
