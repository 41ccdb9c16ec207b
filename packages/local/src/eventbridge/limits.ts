import { z } from "zod";
import { ACCOUNT_ID } from "../service.ts";

/** Source for every bound here: EventBridge API reference, the page of the operation; facts/cognito.md 8.1. */
const Name = (most: number, pattern: RegExp) => z.string().min(1).max(most).regex(pattern);

const BusName = Name(256, /^[/.\-_A-Za-z0-9]+$/);
const RuleName = Name(64, /^[.\-_A-Za-z0-9]+$/);
/** A name, or an ARN. */
const BusReference = Name(
  1600,
  /^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/,
).default("default");

/** No `Date` takes more. */
const EpochSeconds = z.number().min(-8.64e12).max(8.64e12);

const RuleReference = z.object({ Name: RuleName, EventBusName: BusReference });

/** Parameters of targets that are not played here are kept as they are. */
export const Target = z.looseObject({
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
  HttpParameters: z
    .object({
      PathParameterValues: z.array(z.string()).optional(),
      HeaderParameters: z.record(z.string(), z.string()).optional(),
      QueryStringParameters: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  RetryPolicy: z
    .object({
      MaximumRetryAttempts: z.int().min(0).max(185).optional(),
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).optional(),
    })
    .optional(),
  DeadLetterConfig: z.object({ Arn: z.string().max(1600).optional() }).optional(),
});
export type Target = z.infer<typeof Target>;

const ArchiveName = Name(48, /^[.\-_A-Za-z0-9]+$/);
const ReplayName = Name(64, /^[.\-_A-Za-z0-9]+$/);
const ConnectionName = Name(64, /^[.\-_A-Za-z0-9]+$/);
const Arn = z.string().min(1).max(1600);

const HttpParameter = z.object({
  Key: z.string().max(512),
  Value: z.string().max(512),
  IsValueSecret: z.boolean().default(false),
});
const HttpParameters = z.object({
  HeaderParameters: z.array(HttpParameter).max(100).optional(),
  QueryStringParameters: z.array(HttpParameter).max(100).optional(),
  BodyParameters: z.array(HttpParameter).max(100).optional(),
});
const HttpMethod = z.enum(["HEAD", "POST", "PATCH", "DELETE", "PUT", "GET", "OPTIONS"]);
const Secret = z.string().min(1).max(512);
/** The signs that an address may have. Whether it is one is asked where it is used. */
const Endpoint = Name(2048, /^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@&=+$,A-Za-z0-9])+)([).!';/?:,])?$/);

const Connection = z.object({
  Name: ConnectionName,
  Description: z.string().max(512).optional(),
  AuthorizationType: z.enum(["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"]),
  AuthParameters: z.object({
    BasicAuthParameters: z.object({ Username: Secret, Password: Secret }).optional(),
    ApiKeyAuthParameters: z.object({ ApiKeyName: Secret, ApiKeyValue: Secret }).optional(),
    OAuthParameters: z
      .object({
        ClientParameters: z.object({ ClientID: Secret, ClientSecret: Secret }),
        AuthorizationEndpoint: Endpoint,
        HttpMethod: z.enum(["GET", "POST", "PUT"]),
        OAuthHttpParameters: HttpParameters.optional(),
      })
      .optional(),
    InvocationHttpParameters: HttpParameters.optional(),
  }),
});
export type ConnectionInput = z.infer<typeof Connection>;

const ConnectionArn = Arn.refine(
  (arn) =>
    /^arn:aws[a-z-]*:events:[a-z\d-]*:(\d{12})?:connection\/[.\-_A-Za-z0-9]+\/[-A-Za-z0-9]+$/.test(
      arn,
    ),
  // AWS writes this pattern with its ends.
  String.raw`Member must satisfy regular expression pattern: ^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:connection\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$`,
);

const ApiDestination = z.object({
  Name: ConnectionName,
  Description: z.string().max(512).optional(),
  ConnectionArn,
  InvocationEndpoint: Endpoint,
  HttpMethod,
  InvocationRateLimitPerSecond: z.int().min(1).optional(),
});
export type ApiDestinationInput = z.infer<typeof ApiDestination>;

const ConnectionState = z.enum([
  "CREATING",
  "UPDATING",
  "DELETING",
  "AUTHORIZED",
  "DEAUTHORIZED",
  "AUTHORIZING",
  "DEAUTHORIZING",
  "ACTIVE",
  "FAILED_CONNECTIVITY",
]);

const ReplayState = z.enum([
  "CANCELLED",
  "CANCELLING",
  "COMPLETED",
  "FAILED",
  "RUNNING",
  "STARTING",
]);

const Tag = z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) });
const Tags = z.array(Tag).default([]);

const Page = { Limit: z.int().min(1).max(100).default(100), NextToken: z.string().optional() };

const BusSettings = z.object({
  Description: z.string().max(512).optional(),
  KmsKeyIdentifier: z
    .string()
    .max(2048)
    .regex(/^[a-zA-Z0-9_\-/:]*$/)
    .optional(),
  DeadLetterConfig: z.object({ Arn: Arn.optional() }).optional(),
  LogConfig: z
    .object({
      IncludeDetail: z.enum(["NONE", "FULL"]).optional(),
      Level: z.enum(["OFF", "ERROR", "INFO", "TRACE"]).optional(),
    })
    .optional(),
});
export type BusSettings = z.infer<typeof BusSettings>;

/** Lets a rule be changed that is another service's. */
const Force = z.boolean().default(false);

export const Inputs = {
  CreateEventBus: BusSettings.extend({ Name: BusName, Tags }),
  TagResource: z.object({ ResourceARN: Arn, Tags: z.array(Tag) }),
  UntagResource: z.object({ ResourceARN: Arn, TagKeys: z.array(z.string().min(1).max(128)) }),
  ListTagsForResource: z.object({ ResourceARN: Arn }),
  DeleteEventBus: z.object({ Name: BusName }),
  DescribeEventBus: z.object({ Name: BusReference }),
  ListEventBuses: z.object({ NamePrefix: z.string().optional(), ...Page }),
  UpdateEventBus: BusSettings.extend({ Name: BusReference }),
  ListRuleNamesByTarget: z.object({ TargetArn: Arn, EventBusName: BusReference, ...Page }),
  PutPermission: z.object({
    EventBusName: BusReference,
    Action: z.string().max(64).optional(),
    Principal: z
      .string()
      .regex(/^(\d{12}|\*)$/)
      .optional(),
    StatementId: Name(64, /^[a-zA-Z0-9-_]+$/).optional(),
    Condition: z.object({ Type: z.string(), Key: z.string(), Value: z.string() }).optional(),
    Policy: z.string().optional(),
  }),
  RemovePermission: z.object({
    EventBusName: BusReference,
    StatementId: z.string().optional(),
    RemoveAllPermissions: z.boolean().default(false),
  }),
  CreateArchive: z.object({
    ArchiveName,
    EventSourceArn: Arn,
    Description: z.string().max(512).optional(),
    EventPattern: z.string().max(4096).optional(),
    RetentionDays: z.int().min(0).default(0),
  }),
  DescribeArchive: z.object({ ArchiveName }),
  UpdateArchive: z.object({
    ArchiveName,
    Description: z.string().max(512).optional(),
    EventPattern: z.string().max(4096).optional(),
    RetentionDays: z.int().min(0).optional(),
  }),
  ListArchives: z.object({
    NamePrefix: z.string().optional(),
    EventSourceArn: Arn.optional(),
    State: z
      .enum(["ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"])
      .optional(),
    ...Page,
  }),
  StartReplay: z.object({
    ReplayName,
    Description: z.string().max(512).optional(),
    EventSourceArn: Arn,
    EventStartTime: z.number(),
    EventEndTime: z.number(),
    Destination: z.object({ Arn, FilterArns: z.array(Arn).optional() }),
  }),
  DescribeReplay: z.object({ ReplayName }),
  ListReplays: z.object({
    NamePrefix: z.string().optional(),
    EventSourceArn: Arn.optional(),
    State: ReplayState.optional(),
    ...Page,
  }),
  CreateConnection: Connection,
  DescribeConnection: z.object({ Name: ConnectionName }),
  UpdateConnection: Connection.partial().required({ Name: true }),
  ListConnections: z.object({
    NamePrefix: z.string().optional(),
    ConnectionState: ConnectionState.optional(),
    ...Page,
  }),
  CreateApiDestination: ApiDestination,
  DescribeApiDestination: z.object({ Name: ConnectionName }),
  UpdateApiDestination: ApiDestination.partial().required({ Name: true }),
  ListApiDestinations: z.object({
    NamePrefix: z.string().optional(),
    ConnectionArn: Arn.optional(),
    ...Page,
  }),
  PutRule: z.object({
    Name: RuleName,
    EventBusName: BusReference,
    EventPattern: z.string().max(4096).optional(),
    ScheduleExpression: z.string().max(256).optional(),
    State: z
      .enum(["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"])
      .default("ENABLED"),
    Description: z.string().max(512).optional(),
    RoleArn: Arn.optional(),
    Tags,
  }),
  DescribeRule: RuleReference,
  ListRules: z.object({ NamePrefix: z.string().optional(), EventBusName: BusReference, ...Page }),
  DeleteRule: RuleReference.extend({ Force }),
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
    Force,
  }),
  ListTargetsByRule: z.object({ Rule: RuleName, EventBusName: BusReference, ...Page }),
  TestEventPattern: z.object({ EventPattern: z.string().max(4096), Event: z.string() }),
  PutEvents: z.object({
    Entries: z
      .array(
        z.object({
          Time: EpochSeconds.optional(),
          Source: z.string().optional(),
          Resources: z.array(z.string()).optional(),
          DetailType: z.string().optional(),
          Detail: z.string().optional(),
          EventBusName: BusReference,
          TraceHeader: z.string().optional(),
        }),
      )
      .min(1)
      .max(10),
  }),
};

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
