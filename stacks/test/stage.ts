import type { Evaluation, Resource } from "./evaluation.ts";

/** Types of the resources that are asked about, by a short name. */
const TYPES = {
  alarm: "aws:cloudwatch/metricAlarm:MetricAlarm",
  archive: "aws:cloudwatch/eventArchive:EventArchive",
  bus: "aws:cloudwatch/eventBus:EventBus",
  busPolicy: "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
  budget: "aws:budgets/budget:Budget",
  client: "aws:cognito/userPoolClient:UserPoolClient",
  dashboard: "aws:cloudwatch/dashboard:Dashboard",
  domain: "aws:cognito/userPoolDomain:UserPoolDomain",
  function: "aws:lambda/function:Function",
  invocation: "aws:lambda/invocation:Invocation",
  identityProvider: "aws:cognito/identityProvider:IdentityProvider",
  mailSet: "aws:sesv2/configurationSet:ConfigurationSet",
  mailReports: "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
  mapping: "aws:lambda/eventSourceMapping:EventSourceMapping",
  permission: "aws:lambda/permission:Permission",
  pool: "aws:cognito/userPool:UserPool",
  queue: "aws:sqs/queue:Queue",
  queuePolicy: "aws:sqs/queuePolicy:QueuePolicy",
  role: "aws:iam/role:Role",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  rule: "aws:cloudwatch/eventRule:EventRule",
  table: "aws:dynamodb/table:Table",
  target: "aws:cloudwatch/eventTarget:EventTarget",
} as const;

export type Kind = keyof typeof TYPES;

export function all({ resources }: Pick<Evaluation, "resources">, kind: Kind): Resource[] {
  return resources.filter(({ type }) => type === TYPES[kind]);
}

/** The one of that name. @throws Error listing those that there are */
export function one(evaluation: Pick<Evaluation, "resources">, kind: Kind, name: string): Resource {
  const candidates = all(evaluation, kind);
  const found = candidates.find((resource) => resource.name === name);
  if (found) return found;
  const names = candidates.map((resource) => resource.name).join(", ");
  throw new Error(`there is no ${kind} ${name}, only ${names || "none"}`);
}

/** The ARN that Pulumi's mocks give a resource with a physical name. */
export function arnOf(service: string, { region, inputs }: Resource, prefix = ""): string {
  return `arn:aws:${service}:${region}:123456789012:${prefix}${String(inputs["name"])}`;
}

/** A JSON document among the inputs, such as a policy or a pattern. */
export function json(resource: Resource, input: string): unknown {
  return JSON.parse(String(resource.inputs[input]));
}
