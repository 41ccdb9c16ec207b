import { type Job, jobs } from "@carryover/functions/jobs";
import { createFunction } from "./function.ts";
import { pascalCase } from "./places.ts";
import type { QueuePair } from "./queues.ts";
import { linksOf, type Regional } from "./regional.ts";
import { onPools, onSources, receiveFrom } from "./rights.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";

/** In each region, the functions that empty queues which no rule feeds. */
export function createJobs(
  { migration }: Settings,
  secrets: Secrets,
  regional: Regional,
  poolArns: readonly $util.Input<string>[],
): void {
  const { links, place } = regional;
  for (const [name, job] of Object.entries<Job>(jobs)) {
    const { queue } = queueOf(job, regional);
    const component = `${pascalCase(name)}${place.suffix}`;
    const fn = createFunction(
      component,
      {
        handler: job.handler,
        description: `Job ${name} in ${place.region}`,
        timeoutSeconds: job.timeoutSeconds,
        links: [...linksOf(job.needs, links), ...(job.needsSourceSecrets ? secrets.sources : [])],
        rights: [
          receiveFrom(queue),
          ...onSources(job.onSources, migration.sources, place),
          ...onPools(job.onTargets, poolArns),
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
      },
      { provider: place.provider, dependsOn: [fn.policy] },
    );
  }
}

function queueOf({ queue }: Job, { fallback }: Regional): QueuePair {
  if (queue === "FallbackQueue") return fallback;
  throw new Error(`${queue} is not a queue of a region`);
}
