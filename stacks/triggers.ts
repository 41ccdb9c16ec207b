import { deployed } from "@carryover/functions/deployed";
import { type Trigger, type TriggerName, triggers } from "@carryover/functions/triggers";
import { allowLater, createFunction, type DeployedFunction } from "./function.ts";
import { type Place, pascalCase } from "./places.ts";
import { linksOf, type Regional } from "./regional.ts";
import { onPools, onSources } from "./rights.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";

export interface DeployedTrigger {
  readonly name: TriggerName;
  readonly trigger: Trigger;
  readonly fn: DeployedFunction;
  /** What the pool calls: the version that is kept warm, or the function. */
  readonly targetArn: $util.Output<string>;
}

/** The functions of a region's pool, before there is the pool. */
export function createTriggers(
  { migration }: Settings,
  secrets: Secrets,
  { place, links, readLinks }: Regional,
): readonly DeployedTrigger[] {
  const { provisionedConcurrency } = migration.triggers;
  return deployed<TriggerName, Trigger>(triggers, migration).map(([name, trigger]) => {
    const fn = createFunction(
      `${pascalCase(name)}${place.suffix}`,
      {
        handler: trigger.handler,
        description: `Cognito trigger ${name} of the new pool in ${place.region}`,
        timeoutSeconds: trigger.timeoutSeconds,
        links: [
          ...linksOf(trigger.needs, trigger.readsOnly ? [...readLinks, ...links] : links),
          ...(trigger.needsSourceSecrets ? secrets.sources : []),
        ],
        rights: onSources(trigger.onSources, migration.sources, place),
        provisionedConcurrency,
      },
      place,
    );
    const { arn, qualifiedArn } = $output(fn.component.nodes.function);
    return { name, trigger, fn, targetArn: provisionedConcurrency ? qualifiedArn : arn };
  });
}

/** Lets the pool call its triggers, and each trigger do in the pool what it needs there. */
export function connectTriggers(
  deployed: readonly DeployedTrigger[],
  poolArn: $util.Input<string>,
  { migration }: Settings,
  { place }: Regional,
): readonly aws.lambda.Permission[] {
  const isVersioned = migration.triggers.provisionedConcurrency !== undefined;
  return deployed.map(({ name, trigger, fn }) => {
    allowLater(
      `${pascalCase(name)}Pool${place.suffix}`,
      fn,
      onPools(trigger.onTarget, [poolArn]),
      place,
    );
    return new aws.lambda.Permission(
      `${fn.name}Invoke`,
      {
        action: "lambda:InvokeFunction",
        function: fn.component.name,
        ...(isVersioned && { qualifier: $output(fn.component.nodes.function).version }),
        principal: "cognito-idp.amazonaws.com",
        sourceArn: poolArn,
        sourceAccount: place.accountId,
      },
      { provider: place.provider },
    );
  });
}

/** Lets the triggers of a region do in the other regions' pools what taking a user over needs. */
export function connectRegions(
  deployed: readonly DeployedTrigger[],
  otherPoolArns: readonly $util.Input<string>[],
  place: Place,
): void {
  for (const { name, trigger, fn } of deployed) {
    allowLater(
      `${pascalCase(name)}OtherPools${place.suffix}`,
      fn,
      onPools(trigger.onOtherTargets ?? [], otherPoolArns),
      place,
    );
  }
}
