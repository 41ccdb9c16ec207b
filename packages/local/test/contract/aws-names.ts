/** Between the names that a test uses and those that there are in AWS. */
export interface AwsNames {
  /** The input of a call, of an operation such as `PutRule`. @throws Error its names are not known */
  toAws<Input extends object>(operation: string, input: Input): Input;
  /** Whatever AWS answered: an output, or the message of an error. */
  fromAws<Value>(value: Value): Value;
}

/** What is to be named otherwise. URLs of queues and ARNs are, wherever they are. */
type Rename = (input: Record<string, unknown>, names: Names) => object;
export type RenameOf = (operation: string) => Rename;
interface Names {
  /** Something that this test has for itself. */
  own(name: unknown): unknown;
  /** A bus; the test's own takes the place of the account's default one, on which others listen too. */
  bus(name: unknown): unknown;
}

const nothing: Rename = () => ({});
/** The fields that name what the operation is about. */
const own =
  (...fields: readonly string[]): Rename =>
  (input, names) =>
    Object.fromEntries(fields.map((field) => [field, names.own(input[field])]));
const bus =
  (field: string): Rename =>
  (input, names) => ({ [field]: names.bus(input[field]) });
const ruleBy =
  (field: string): Rename =>
  (input, names) => ({
    [field]: names.own(input[field]),
    // Schedules are of the default bus alone. Source: EventBridge UG, "Creating a scheduled rule".
    ...(input["ScheduleExpression"] === undefined && bus("EventBusName")(input, names)),
  });
/** Shows a list of what is this test's, unless it is filtered otherwise: there may be one filter at most. */
const listed =
  (...otherFilters: readonly string[]): Rename =>
  (input, names) =>
    otherFilters.some((field) => input[field] !== undefined) && input["NamePrefix"] === undefined
      ? {}
      : { NamePrefix: names.own(input["NamePrefix"] ?? "") };

/** Of every operation on user pools: a pool, or its domain, which is the world's. All else is inside of a pool. */
export const ofUserPools: RenameOf = () => (input, names) => ({
  ...(input["PoolName"] !== undefined && own("PoolName")(input, names)),
  ...(input["Domain"] !== undefined && own("Domain")(input, names)),
});

/** Of an operation on buses and queues: none that is not listed here can make something under a name of another. */
export const ofBusesAndQueues: RenameOf = (operation) => {
  const rename = BUSES_AND_QUEUES[operation];
  if (rename === undefined) throw new Error(`${operation} is for the local stage alone so far`);
  return rename;
};

const BUSES_AND_QUEUES: Readonly<Record<string, Rename>> = {
  CreateQueue: own("QueueName"),
  GetQueueUrl: own("QueueName"),
  ListQueues: (input, names) => ({ QueueNamePrefix: names.own(input["QueueNamePrefix"] ?? "") }),
  AddPermission: nothing,
  ChangeMessageVisibility: nothing,
  ChangeMessageVisibilityBatch: nothing,
  DeleteMessage: nothing,
  DeleteMessageBatch: nothing,
  DeleteQueue: nothing,
  GetQueueAttributes: nothing,
  ListDeadLetterSourceQueues: nothing,
  ListMessageMoveTasks: nothing,
  ListQueueTags: nothing,
  PurgeQueue: nothing,
  ReceiveMessage: nothing,
  SendMessage: nothing,
  SendMessageBatch: nothing,
  SetQueueAttributes: nothing,
  StartMessageMoveTask: nothing,
  TagQueue: nothing,
  UntagQueue: nothing,

  CreateEventBus: own("Name"),
  DeleteEventBus: own("Name"),
  DescribeEventBus: bus("Name"),
  ListEventBuses: listed(),
  PutPermission: bus("EventBusName"),
  // AWS knows it of queues too, where nothing is to be named: there is a URL.
  RemovePermission: (input, names) =>
    input["QueueUrl"] === undefined ? bus("EventBusName")(input, names) : {},
  PutRule: ruleBy("Name"),
  DescribeRule: ruleBy("Name"),
  DeleteRule: ruleBy("Name"),
  EnableRule: ruleBy("Name"),
  DisableRule: ruleBy("Name"),
  ListRules: (input, names) => ({
    ...listed()(input, names),
    ...bus("EventBusName")(input, names),
  }),
  PutTargets: ruleBy("Rule"),
  RemoveTargets: ruleBy("Rule"),
  ListTargetsByRule: ruleBy("Rule"),
  PutEvents: (input, names) => ({
    Entries: (input["Entries"] as Record<string, unknown>[]).map((entry) =>
      // An entry with nothing in it is one of a kind, and goes nowhere.
      Object.keys(entry).length === 0 ? entry : { ...entry, ...bus("EventBusName")(entry, names) },
    ),
  }),
  TestEventPattern: nothing,
  CreateArchive: own("ArchiveName"),
  DescribeArchive: own("ArchiveName"),
  UpdateArchive: own("ArchiveName"),
  DeleteArchive: own("ArchiveName"),
  ListArchives: listed("State", "EventSourceArn"),
  StartReplay: own("ReplayName"),
  TagResource: nothing,
  UntagResource: nothing,
  ListTagsForResource: nothing,
};

/** The account of every stage, which tests write where an account is to be written. */
const STAGE_ACCOUNT = "000000000000";

export function awsNames(
  renameOf: RenameOf,
  { prefix, account }: { prefix: string; account: string },
): AwsNames {
  const ownName = (name: string) => prefix + name;
  const names: Names = {
    // What another company's bus is called by is not for us to make.
    own: (name) => (typeof name === "string" && !/^(arn:|aws\.)/.test(name) ? ownName(name) : name),
    bus: (name = "default") => names.own(name),
  };
  const pathToAws = (path: string): string => {
    const [kind = "", ...rest] = path.split("/");
    if (kind === "rule" && rest.length === 1) rest.unshift("default");
    return [kind, ...rest.map(ownName)].join("/");
  };
  const textToAws = (text: string) =>
    text
      .replace(
        /arn:aws:events:([a-z0-9-]+):000000000000:((?:event-bus|rule|archive|replay)\/[\w./-]+)/g,
        (_whole, region, path) => `arn:aws:events:${region}:${account}:${pathToAws(path)}`,
      )
      .replace(
        /arn:aws:sqs:([a-z0-9*-]+):000000000000:([\w.-]+)/g,
        (_whole, region, name) => `arn:aws:sqs:${region}:${account}:${ownName(name)}`,
      )
      .replace(
        /^(https?:\/\/[^/]+)\/000000000000\/([\w.-]+)$/,
        (_whole, origin, name) => `${origin}/${account}/${ownName(name)}`,
      );
  const textFromAws = (text: string) =>
    text
      .replaceAll(`rule/${ownName("default")}/`, "rule/")
      .replaceAll(prefix, "")
      .replaceAll(account, STAGE_ACCOUNT);
  return {
    toAws: (operation, input) => {
      const renamed = renameOf(operation)(input as Record<string, unknown>, names);
      return inTexts({ ...input, ...renamed }, textToAws);
    },
    fromAws: (value) => inTexts(value, textFromAws),
  };
}

/** The same value, with each text in it as `change` has it. */
function inTexts<Value>(value: Value, change: (text: string) => string): Value {
  if (typeof value === "string") return change(value) as Value;
  if (Array.isArray(value)) return value.map((one) => inTexts(one, change)) as Value;
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, inTexts(one, change)]),
  ) as Value;
}
