import * as z from "zod/mini";

/** Systems that hold data under old subs, and how each is brought to the new ID: docs/downstream.md. */

/** In events, on the command line and in the names of the system's queue and function. */
export const SystemName = z
  .string()
  .check(
    z.regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      "must start with a letter and have at most 32 of a-z, 0-9 and -",
    ),
  );

const SecretName = z
  .string()
  .check(
    z.regex(/^[A-Z][a-zA-Z0-9]*$/, "must be the name of an SST secret such as OrdersWebhookSecret"),
  );
const SecretRef = z.strictObject({ secret: SecretName });

const Network = z
  .string()
  .check(z.regex(/^[\da-fA-F.:]+\/\d{1,3}$/, "must be a network such as 10.0.0.0/8"));

const Retry = z.strictObject({
  /** Tries before a person is asked. */
  maxAttempts: z._default(z.int().check(z.positive(), z.lte(100)), 12),
  firstDelaySeconds: z._default(z.int().check(z.positive()), 60),
  maxDelaySeconds: z._default(z.int().check(z.positive(), z.lte(86_400)), 21_600),
});
export type RetrySettings = z.infer<typeof Retry>;

const common = {
  /** What the system shall know a person by. */
  keyedOn: z._default(z.enum(["userId", "newSub"]), "userId"),
  /** How many users are worked on at the same time (AWS Lambda, `MaximumConcurrency`: 2 to 1000). */
  concurrency: z._default(z.int().check(z.gte(2), z.lte(1000)), 5),
  retry: z.prefault(Retry, {}),
};

/** Another team's HTTP endpoint, called by Standard Webhooks. */
export const WebhookSystem = z.strictObject({
  kind: z.literal("webhook"),
  ...common,
  /** Or the name of the secret that holds it, where the address itself gives access. */
  url: z.union([
    SecretRef,
    z.string().check(z.regex(/^https?:\/\/[^\s@]+$/, "must be an http address without a password")),
  ]),
  /** `whsec_…`. While it is rotated, calls carry a signature of each of the two. */
  signingSecret: z.strictObject({ secret: SecretName, previousSecret: z.optional(SecretName) }),
  timeoutSeconds: z._default(z.int().check(z.positive(), z.lte(25)), 10),
  allowHttp: z._default(z.boolean(), false),
  /** Private, local and other special networks that it may be in. Without: public addresses only. */
  allowNetworks: z._default(z.array(Network), []),
  /** What the endpoint can answer beside `user.rekey`. */
  answers: z._default(z.array(z.enum(["verify", "dry-run"])), []),
});
export type WebhookSystem = z.infer<typeof WebhookSystem>;

const AttributeName = z.string().check(z.minLength(1), z.maxLength(255));

/** A text with the sub in it: `<sub>`, `USER#<sub>`, or `ORDER#<sub>#<any>`, where `<any>` is left as it is. */
const Template = z
  .string()
  .check(z.refine((text) => text.split("<sub>").length === 2, "must have <sub> in it once"));

/** An item's attributes, as a merge function gets them. */
export type ItemAttributes = Readonly<Record<string, unknown>>;

/**
 * What becomes of two items of one person, one moved from the old key and one that is there already. Pure. Its
 * key is not for it to decide.
 */
export type MergeItems = (moved: ItemAttributes, existing: ItemAttributes) => ItemAttributes;

const DynamodbTable = z
  .strictObject({
    name: z.string().check(z.regex(/^[\w.-]{3,255}$/, "must be the name of a DynamoDB table")),
    /** The names of the table's key attributes. */
    key: z.strictObject({ partition: AttributeName, sort: z.optional(AttributeName) }),
    /** Where the sub is: attribute to template. Key attributes, index keys, others. Strings only. */
    places: z.record(AttributeName, Template),
    /** Secondary indexes to find items by: name to its partition attribute, one of `places`. */
    indexes: z._default(z.record(z.string(), AttributeName), {}),
    /** Reads the whole table for each user: for small tables where no key leads to the sub. */
    scan: z._default(z.boolean(), false),
    /** When the new key is taken: `stop` touches neither item and asks a person. */
    onConflict: z._default(
      z.union([
        z.enum(["stop", "keep", "replace"]),
        z.custom<MergeItems>((value) => typeof value === "function", "must be a function"),
      ]),
      "stop",
    ),
    /** An attribute that every writer changes with each write, if there is one. */
    versionAttribute: z.optional(AttributeName),
    /** Attributes that other writers may add to an item while it is moved, where nothing else of it changes. */
    optionalAttributes: z._default(z.array(AttributeName), []),
  })
  .check(
    z.refine(
      ({ key, places, indexes, scan }) =>
        scan || key.partition in places || Object.keys(indexes).length > 0,
      "must have a way to its items: key.partition in places, an index, or scan",
    ),
    z.refine(({ places, indexes }) => {
      const found = Object.values(indexes);
      return found.every((attribute) => isExact(places[attribute]));
    }, "must have a template without <any> in places for each attribute of indexes"),
    z.refine(
      ({ key, places }) => !(key.partition in places) || isExact(places[key.partition]),
      "must have no <any> in the partition key: nothing could be found by it",
    ),
  );
export type DynamodbTable = z.infer<typeof DynamodbTable>;

function isExact(template: string | undefined): boolean {
  return template?.includes("<any>") === false;
}

const Region = z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region"));

/** Tables whose items are moved to the new ID. */
export const DynamodbSystem = z.strictObject({
  kind: z.literal("dynamodb"),
  ...common,
  /** The tables' region; the home region where it is not stated. */
  region: z.optional(Region),
  /** Assumed first, for tables in another account. */
  role: z.optional(
    z.strictObject({
      arn: z
        .string()
        .check(z.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "must be the ARN of an IAM role")),
      externalId: z.string().check(z.minLength(2), z.maxLength(1224)),
    }),
  ),
  tables: z.array(DynamodbTable).check(z.minLength(1, "must name at least one table")),
});
export type DynamodbSystem = z.infer<typeof DynamodbSystem>;

/** A system that follows the events itself, and says when it is done with a person. */
export const EventSystem = z.strictObject({
  kind: z.literal("event"),
  ...common,
  /** After that, a person who was not acknowledged has failed. */
  acknowledgeWithinHours: z._default(z.int().check(z.positive(), z.lte(8760)), 168),
});
export type EventSystem = z.infer<typeof EventSystem>;

const SqlName = z.string().check(z.minLength(1), z.maxLength(63));

const PostgresColumn = z.strictObject({
  schema: z._default(SqlName, "public"),
  table: SqlName,
  /** Of type uuid or text. */
  column: SqlName,
  template: z._default(Template, "<sub>"),
  /** When the person has a row under the new ID already: `stop` changes nothing and asks a person. */
  onConflict: z._default(z.enum(["stop", "keep", "replace"]), "stop"),
  /**
   * The other columns of the unique key that the column is part of: rows that agree on them conflict. None: the
   * column is one by itself. `keep` and `replace` delete, and so do nothing where the table has no such key.
   */
  uniqueWith: z._default(z.array(SqlName), []),
});
export type PostgresColumn = z.infer<typeof PostgresColumn>;

/** A database whose rows are updated, in one transaction for each user. */
export const PostgresSystem = z.strictObject({
  kind: z.literal("postgres"),
  ...common,
  /** The secret that holds `postgres://user:password@host:5432/database`. */
  connection: SecretRef,
  /** `off` only where nobody can listen in: the password crosses the network in the clear. */
  tls: z._default(z.enum(["verify", "off"]), "verify"),
  /** The secret that holds the authority's certificate, where Node does not know it. */
  certificateAuthority: z.optional(SecretRef),
  /** Updated in this order: a table before those that refer to it. */
  columns: z.array(PostgresColumn).check(
    z.minLength(1, "must name at least one column"),
    z.refine(
      (columns) => columns.every(({ template }) => !template.includes("<any>")),
      "must have no <any> in a template",
    ),
  ),
  statementTimeoutSeconds: z._default(z.int().check(z.positive(), z.lte(40)), 10),
  /** Where the function runs, to reach a private database. It needs a way to SQS, DynamoDB and EventBridge from there. */
  vpc: z.optional(
    z.strictObject({
      subnetIds: z.array(z.string().check(z.regex(/^subnet-\w+$/, "must be a subnet id"))),
      securityGroupIds: z.array(
        z.string().check(z.regex(/^sg-\w+$/, "must be a security group id")),
      ),
    }),
  ),
});
export type PostgresSystem = z.infer<typeof PostgresSystem>;

export const DownstreamSystem = z.discriminatedUnion(
  "kind",
  [WebhookSystem, DynamodbSystem, PostgresSystem, EventSystem],
  { error: "must be webhook, dynamodb, postgres or event" },
);
export type DownstreamSystem = z.infer<typeof DownstreamSystem>;
export type SystemKind = DownstreamSystem["kind"];

/** By name. Each has a queue and a function of its own. */
export const Downstream = z
  .record(SystemName, DownstreamSystem)
  .check(z.refine((systems) => Object.keys(systems).length <= 20, "must have at most 20 systems"));
export type Downstream = z.infer<typeof Downstream>;

/** The SST secrets that a system's function is linked to, each once. */
export function secretsOfSystem(system: DownstreamSystem): readonly string[] {
  return [...new Set(namedBy(system).filter((name) => name !== undefined))];
}

function namedBy(system: DownstreamSystem): readonly (string | undefined)[] {
  switch (system.kind) {
    case "webhook": {
      const { url, signingSecret } = system;
      const address = typeof url === "string" ? undefined : url.secret;
      return [signingSecret.secret, signingSecret.previousSecret, address];
    }
    case "postgres":
      return [system.connection.secret, system.certificateAuthority?.secret];
    case "dynamodb":
    case "event":
      return [];
  }
}
