import { type DownstreamSystem, secretsOfSystem } from "@carryover/core/config/downstream-schema";
import { tableRights } from "@carryover/core/downstream/dynamodb/rights";
import { type SystemWorker, systemWorkers } from "@carryover/functions/systems";
import { createFunction } from "./function.ts";
import { linkAs } from "./links.ts";
import { type Place, pascalCase } from "./places.ts";
import { createQueuePair, type QueuePair } from "./queues.ts";
import { linksOf, type Regional } from "./regional.ts";
import { assume, type Right, receiveFrom, sendTo } from "./rights.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./subscribers.ts";

/** A downstream system with the queue that its work waits in. */
export interface SystemQueue extends QueuePair {
  /** `downstream-<system>`. */
  readonly name: string;
  readonly systemName: string;
  readonly system: DownstreamSystem;
}

export function createSystemQueues(
  { migration }: Settings,
  { place }: Regional,
): readonly SystemQueue[] {
  return Object.entries(migration.downstream).map(([systemName, system]) => {
    const name = `downstream-${systemName}`;
    const pair = createQueuePair(pascalCase(name), workerOf(system), place);
    return { name, systemName, system, ...pair };
  });
}

/** For each system a function that may touch this one alone, and no more users at a time than it stands. */
export function createSystems(systems: readonly SystemQueue[], around: Surroundings): void {
  const { secrets, hub, services } = around;
  const { place } = hub;
  for (const { name, systemName, system, queue } of systems) {
    const component = pascalCase(name);
    const worker = workerOf(system);
    const own = linkAs(
      "DownstreamSystem",
      { name: systemName, queueUrl: queue.url },
      sendTo(queue),
    );
    const fn = createFunction(
      component,
      {
        handler: worker.handler,
        description: `Downstream system ${systemName}`,
        timeoutSeconds: worker.timeoutSeconds,
        links: [
          ...linksOf(worker.needs, [...hub.links, ...services, own]),
          ...secrets.named(secretsOfSystem(system)),
        ],
        vpc: system.kind === "postgres" ? system.vpc : undefined,
        rights: [receiveFrom(queue), ...rightsOf(system, place)],
      },
      place,
    );
    new aws.lambda.EventSourceMapping(
      `${component}Mapping`,
      {
        eventSourceArn: queue.arn,
        functionName: fn.component.arn,
        batchSize: 1,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: system.concurrency },
      },
      { provider: place.provider, dependsOn: [fn.policy] },
    );
  }
}

function workerOf({ kind }: DownstreamSystem): SystemWorker {
  return systemWorkers[kind];
}

/** What a system's function may do beside its work: what its own system takes, or the role that may. */
function rightsOf(system: DownstreamSystem, { region, accountId, partition }: Place): Right[] {
  if (system.kind !== "dynamodb") return [];
  const { role, region: at = region } = system;
  if (role) return [assume(role)];
  return tableRights(system, (table) => `table/${table}`).map(({ actions, resources }) => ({
    actions: [...actions],
    resources: resources.map(
      (table) => $interpolate`arn:${partition}:dynamodb:${at}:${accountId}:${table}`,
    ),
  }));
}
