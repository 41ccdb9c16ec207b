import { z } from "zod";
import { ACCOUNT_ID, AwsError } from "../service.ts";

/** Source for every bound here: EventBridge API reference, the page of the operation; facts/cognito.md 8.1. */
const Name = (most: number, pattern: RegExp) => z.string().min(1).max(most).regex(pattern);

const BusName = Name(256, /^[/.\-_A-Za-z0-9]+$/);
const RuleName = Name(64, /^[.\-_A-Za-z0-9]+$/);
/** A name, or an ARN. */
const BusReference = z.string().min(1).max(1600).default("default");

const RuleReference = z.object({ Name: RuleName, EventBusName: BusReference });

export const Target = z.object({
  Id: Name(64, /^[.\-_A-Za-z0-9]+$/),
  Arn: z.string().min(1).max(1600),
  RoleArn: z.string().max(1600).optional(),
  Input: z.string().max(8192).optional(),
  InputPath: z.string().max(256).optional(),
  InputTransformer: z
    .object({
      InputPathsMap: z.record(Name(256, /^[A-Za-z0-9_-]+$/), z.string().max(256)).default({}),
      InputTemplate: z.string().min(1).max(8192),
    })
    .optional(),
  SqsParameters: z.object({ MessageGroupId: z.string().max(100).optional() }).optional(),
  RetryPolicy: z
    .object({
      MaximumRetryAttempts: z.int().min(0).max(185).optional(),
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).optional(),
    })
    .optional(),
  DeadLetterConfig: z.object({ Arn: z.string().max(1600).optional() }).optional(),
});
export type Target = z.infer<typeof Target>;

const Page = { Limit: z.int().min(1).max(100).default(100), NextToken: z.string().optional() };

export const Inputs = {
  CreateEventBus: z.object({ Name: BusName, Description: z.string().max(512).optional() }),
  DeleteEventBus: z.object({ Name: BusName }),
  DescribeEventBus: z.object({ Name: BusReference }),
  ListEventBuses: z.object({ NamePrefix: z.string().optional(), ...Page }),
  PutRule: z.object({
    Name: RuleName,
    EventBusName: BusReference,
    EventPattern: z.string().max(4096).optional(),
    ScheduleExpression: z.string().max(256).optional(),
    State: z
      .enum(["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"])
      .default("ENABLED"),
    Description: z.string().max(512).optional(),
  }),
  DescribeRule: RuleReference,
  ListRules: z.object({ NamePrefix: z.string().optional(), EventBusName: BusReference, ...Page }),
  DeleteRule: RuleReference,
  EnableRule: RuleReference,
  DisableRule: RuleReference,
  PutTargets: z.object({
    Rule: RuleName,
    EventBusName: BusReference,
    Targets: z.array(Target).min(1).max(100),
  }),
  RemoveTargets: z.object({
    Rule: RuleName,
    EventBusName: BusReference,
    Ids: z.array(z.string().min(1).max(64)).min(1).max(100),
  }),
  ListTargetsByRule: z.object({ Rule: RuleName, EventBusName: BusReference, ...Page }),
  TestEventPattern: z.object({ EventPattern: z.string().max(4096), Event: z.string() }),
  PutEvents: z.object({
    Entries: z
      .array(
        z.object({
          Time: z.number().optional(),
          Source: z.string().optional(),
          Resources: z.array(z.string()).optional(),
          DetailType: z.string().optional(),
          Detail: z.string().optional(),
          EventBusName: z.string().optional(),
          TraceHeader: z.string().optional(),
        }),
      )
      .min(1)
      .max(10),
  }),
};

/** Parses an operation's input. @throws AwsError `ValidationException` naming the field */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = (issue?.path ?? [])
    .map((key) => (typeof key === "number" ? `${key + 1}.member` : lowerFirst(String(key))))
    .join(".");
  throw new AwsError(
    "ValidationException",
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: ${issue?.message}`,
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function busArn(region: string, name: string): string {
  return `arn:aws:events:${region}:${ACCOUNT_ID}:event-bus/${name}`;
}

/** On the default bus a rule's ARN does not name the bus. */
export function ruleArn(region: string, bus: string, rule: string): string {
  const path = bus === "default" ? rule : `${bus}/${rule}`;
  return `arn:aws:events:${region}:${ACCOUNT_ID}:rule/${path}`;
}

/** The bus that a name or an ARN means. */
export function busReference(region: string, nameOrArn: string): { region: string; name: string } {
  const match = /^arn:aws[a-z-]*:events:([^:]+):\d{12}:event-bus\/(.+)$/.exec(nameOrArn);
  return { region: match?.[1] ?? region, name: match?.[2] ?? nameOrArn };
}
