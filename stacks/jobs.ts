import { deployed } from "@carryover/functions/deployed";
import { type Job, jobs } from "@carryover/functions/jobs";
import type { ResourceName } from "@carryover/functions/resources";
import { createFunction } from "./function.ts";
import type { Link } from "./links.ts";
import { createMail, sendMail } from "./mail.ts";
import { type Place, pascalCase } from "./places.ts";
import { allowRule, createQueuePair, type QueuePair, scalingOf } from "./queues.ts";
import { linksOf, type Regional } from "./regional.ts";
import { onPools, onSources, receiveFrom, scanOf } from "./rights.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./subscribers.ts";

/** In each region, the functions that empty queues which no rule feeds. Answers the queues that were made for them. */
export function createRegionalJobs(
  settings: Settings,
  secrets: Secrets,
  regional: Regional,
  pools: { readonly own: $util.Input<string>; readonly others: readonly $util.Input<string>[] },
): readonly OwnJob[] {
  const { links, place, fallback } = regional;
  return deployed<string, Job>(jobs, settings.migration, "every-region").flatMap(([name, job]) => {
    const component = `${pascalCase(name)}${place.suffix}`;
    const isOwn = job.queue !== "FallbackQueue";
    const pair = isOwn ? createQueuePair(component, job, place) : fallback;
    createJob(component, name, job, pair.queue, {
      settings,
      secrets,
      links,
      place,
      poolArns: [pools.own],
      otherPoolArns: pools.others,
      tableArns: new Map(),
    });
    if (job.schedule !== undefined) sendOnSchedule(component, job.schedule, pair.queue, place);
    if (job.queue === "MailFeedbackQueue") createMail(settings, place, pair.queue);
    return isOwn ? [{ name, job, ...pair }] : [];
  });
}

/** With a queue that was made for it. */
export interface OwnJob extends QueuePair {
  readonly name: string;
  readonly job: Job;
}

/** The queues of the jobs beside the services: those who send to them are linked to them. */
export function createHomeQueues({ migration }: Settings, { place }: Regional): readonly OwnJob[] {
  return deployed<string, Job>(jobs, migration, "home").map(([name, job]) => ({
    name,
    job,
    ...createQueuePair(pascalCase(name), job, place),
  }));
}

export function createHomeJobs(homeJobs: readonly OwnJob[], around: Surroundings): void {
  const { settings, secrets, hub, services, poolArns, tableArns } = around;
  const links = [...hub.links, ...services];
  for (const { name, job, queue } of homeJobs) {
    const component = pascalCase(name);
    createJob(component, name, job, queue, {
      settings,
      secrets,
      links,
      place: hub.place,
      poolArns,
      tableArns,
    });
    if (job.schedule !== undefined) sendOnSchedule(component, job.schedule, queue, hub.place);
  }
}

interface Around {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly links: readonly Link[];
  readonly place: Place;
  readonly poolArns: readonly $util.Input<string>[];
  /** For a job in every region. */
  readonly otherPoolArns?: readonly $util.Input<string>[];
  readonly tableArns: ReadonlyMap<ResourceName, $util.Input<string>>;
}

function createJob(
  component: string,
  name: string,
  job: Job,
  queue: sst.aws.Queue,
  { settings, secrets, links, place, poolArns, otherPoolArns = [], tableArns }: Around,
): void {
  const fn = createFunction(
    component,
    {
      handler: job.handler,
      description: `Job ${name} in ${place.region}`,
      timeoutSeconds: job.timeoutSeconds,
      links: [...linksOf(job.needs, links), ...(job.needsSourceSecrets ? secrets.sources : [])],
      rights: [
        receiveFrom(queue),
        ...onSources(job.onSources, settings.migration.sources, place),
        ...onPools(job.onTargets, poolArns),
        ...(job.sendsMail ? sendMail(settings, place) : []),
        ...onPools(job.onOtherTargets ?? [], otherPoolArns),
        ...scanOf((job.scans ?? []).flatMap((name) => tableArns.get(name) ?? [])),
      ],
    },
    place,
  );
  new aws.lambda.EventSourceMapping(
    `${component}Mapping`,
    {
      eventSourceArn: queue.arn,
      functionName: fn.component.arn,
      batchSize: job.batchSize,
      functionResponseTypes: ["ReportBatchItemFailures"],
      ...scalingOf(job),
    },
    { provider: place.provider, dependsOn: [fn.policy] },
  );
}

/** Schedules fire on the default bus only (EventBridge guide, "Creating a rule that runs on a schedule"). */
function sendOnSchedule(
  component: string,
  scheduleExpression: string,
  queue: sst.aws.Queue,
  place: Place,
): void {
  const { provider } = place;
  const rule = new aws.cloudwatch.EventRule(
    `${component}Schedule`,
    { scheduleExpression },
    { provider },
  );
  const policy = allowRule(`${component}QueuePolicy`, queue, rule, place);
  new aws.cloudwatch.EventTarget(
    `${component}ScheduleTarget`,
    { rule: rule.name, arn: queue.arn, input: "{}" },
    { provider, dependsOn: [policy] },
  );
}
