import { EVENT_SOURCE } from "@carryover/events/define";
import { deployed } from "@carryover/functions/deployed";
import type { ResourceName } from "@carryover/functions/resources";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { TARGET_RETRIES } from "./events.ts";
import { createFunction } from "./function.ts";
import type { Link } from "./links.ts";
import { pascalCase } from "./places.ts";
import { allowRule, createQueuePair, type QueuePair, scalingOf } from "./queues.ts";
import { linksOf, type Regional } from "./regional.ts";
import { onPools, onSources, receiveFrom } from "./rights.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";

export interface DeployedSubscriber extends QueuePair {
  readonly name: string;
}

/** What the services share: the hub, the tables, and the pools of every region. */
export interface Surroundings {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly hub: Regional;
  /** What the services have beside what every region has: tables, settings, the queues of jobs. */
  readonly services: readonly Link[];
  readonly poolArns: readonly $util.Input<string>[];
  /** For a service in every region. */
  readonly otherPoolArns?: readonly $util.Input<string>[];
  readonly tableArns: ReadonlyMap<ResourceName, $util.Input<string>>;
}

/** For each entry of the list: rule, queue, dead-letter queue and function. */
export function createSubscribers(around: Surroundings): readonly DeployedSubscriber[] {
  return deployed<string, Subscriber>(subscribers, around.settings.migration, "home").map(
    ([name, subscriber]) => createSubscriber(name, subscriber, around),
  );
}

/** The services that are in each region, on the region's own events and pool. */
export function createRegionalSubscribers(
  settings: Settings,
  secrets: Secrets,
  regional: Regional,
  poolArns: { readonly own: $util.Input<string>; readonly others: readonly $util.Input<string>[] },
): readonly DeployedSubscriber[] {
  const around = {
    settings,
    secrets,
    hub: regional,
    services: [],
    poolArns: [poolArns.own],
    otherPoolArns: poolArns.others,
    tableArns: new Map(),
  };
  const { region, suffix } = regional.place;
  return deployed<string, Subscriber>(subscribers, settings.migration, "every-region").map(
    ([name, subscriber]) =>
      createSubscriber(name, subscriber, around, {
        suffix,
        // The hub's bus has the events of all regions.
        pattern: { detail: { metadata: { region: [region] } } },
      }),
  );
}

function createSubscriber(
  name: string,
  subscriber: Subscriber,
  { settings, secrets, hub, services, poolArns, otherPoolArns = [] }: Surroundings,
  regionally: { readonly suffix: string; readonly pattern: object } = { suffix: "", pattern: {} },
): DeployedSubscriber {
  const { place, bus } = hub;
  const { provider } = place;
  const component = `${pascalCase(name)}${regionally.suffix}`;
  const { queue, deadLetters } = createQueuePair(component, subscriber, place);

  const rule = new aws.cloudwatch.EventRule(
    `${component}Rule`,
    {
      name: `${$app.name}-${$app.stage}-${name}`.slice(0, 64),
      eventBusName: bus.name,
      eventPattern: JSON.stringify({
        source: [EVENT_SOURCE],
        "detail-type": subscriber.on.map(({ name }) => name),
        ...regionally.pattern,
      }),
    },
    { provider },
  );
  const policies = [
    allowRule(`${component}QueuePolicy`, queue, rule, place),
    allowRule(`${component}DeadLetterPolicy`, deadLetters, rule, place),
  ];
  new aws.cloudwatch.EventTarget(
    `${component}Target`,
    {
      rule: rule.name,
      eventBusName: bus.name,
      arn: queue.arn,
      retryPolicy: TARGET_RETRIES,
      deadLetterConfig: { arn: deadLetters.arn },
    },
    { provider, dependsOn: policies },
  );

  const fn = createFunction(
    component,
    {
      handler: subscriber.handler,
      description: `Service ${name}`,
      timeoutSeconds: subscriber.timeoutSeconds,
      links: [
        ...linksOf(subscriber.needs, [...hub.links, ...services]),
        ...(subscriber.needsSourceSecrets ? secrets.sources : []),
      ],
      rights: [
        receiveFrom(queue),
        ...onSources(subscriber.onSources, settings.migration.sources, place),
        ...onPools(subscriber.onTargets, poolArns),
        ...onPools(subscriber.onOtherTargets ?? [], otherPoolArns),
      ],
    },
    place,
  );
  new aws.lambda.EventSourceMapping(
    `${component}Mapping`,
    {
      eventSourceArn: queue.arn,
      functionName: fn.component.arn,
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      ...scalingOf(subscriber),
    },
    { provider, dependsOn: [fn.policy] },
  );
  return { name, queue, deadLetters };
}
