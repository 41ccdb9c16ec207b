import { AwsError } from "../service.ts";
import type { Buses, Rule } from "./buses.ts";
import { ruleArn } from "./limits.ts";

// An archive has a rule of its own on its bus, which others see, but may not change. The stage sends nothing by it: its
// archives take what they keep themselves. Source: radkawar/stackd, testdata/aws/eventbridge/archives.json.

interface Archived {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly busName: string;
  readonly generation: string;
  readonly eventPattern: string | undefined;
}

const ruleName = ({ name }: Pick<Archived, "name">): string => `Events-Archive-${name}`;

/** Makes the rule of an archive, or makes it anew. */
export function putManagedRule(buses: Buses, archive: Archived): void {
  const { region, busName, arn, generation } = archive;
  const name = ruleName(archive);
  const own = archive.eventPattern ? (JSON.parse(archive.eventPattern) as object) : {};
  const eventPattern = JSON.stringify({ "replay-name": [{ exists: false }], ...own });
  const InputTemplate = `{"archive-arn": "${arn}:${generation}","event": <aws.events.event.json>,"ingestion-time": <aws.events.event.ingestion-time>}`;
  const target = {
    Id: name,
    Arn: `arn:aws:events:${region}:::`,
    InputTransformer: { InputPathsMap: {}, InputTemplate },
  };
  buses.get(region, busName).rules.set(name, {
    name,
    arn: ruleArn(region, busName, name),
    busName,
    eventPattern,
    matcher: undefined,
    scheduleExpression: undefined,
    description: undefined,
    roleArn: undefined,
    state: "ENABLED",
    managedBy: "prod.vhs.events.aws.internal",
    tags: [],
    targets: new Map([[name, target]]),
  });
}

/** Undefined where somebody deleted it by force, or its bus. */
export function managedRule(buses: Buses, archive: Archived): Rule | undefined {
  const rule = buses.find(archive.region, archive.busName)?.rules.get(ruleName(archive));
  return rule?.managedBy === undefined ? undefined : rule;
}

export function dropManagedRule(buses: Buses, archive: Archived): void {
  const rule = managedRule(buses, archive);
  if (rule) buses.get(archive.region, archive.busName).rules.delete(rule.name);
}

/** @throws AwsError `ManagedRuleException` */
export function refuseManaged(rule: Rule | undefined, forced?: boolean): void {
  if (rule?.managedBy === undefined || forced === true) return;
  const how = forced === false ? " Set 'force' parameter to true to override." : "";
  throw new AwsError("ManagedRuleException", `${rule.name} is a managed rule.${how}`);
}
