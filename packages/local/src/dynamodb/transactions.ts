import { AwsError } from "../service.ts";

type Fields = Readonly<Record<string, unknown>>;

/** One call of DynamoDB below the transaction. @throws AwsError as the service would answer it */
export type Perform = (operation: string, input: object) => Promise<Record<string, unknown>>;

/** DynamoDB guide, "Amazon DynamoDB Transactions": at most 100 actions, each on an item of its own. */
const MOST_ACTIONS = 100;
const ACTIONS = ["Put", "Delete", "Update", "ConditionCheck"] as const;
type ActionName = (typeof ACTIONS)[number];

interface Done {
  readonly table: unknown;
  readonly key: Fields;
  readonly before: Fields | undefined;
}

/**
 * `TransactWriteItems` by single conditional writes: the first that fails undoes those before it. Atomic as long
 * as nothing else reaches the tables meanwhile, which the caller sees to.
 * Source: DynamoDB API reference, TransactWriteItems and CancellationReason.
 */
export async function transactWriteItems(input: Fields, perform: Perform): Promise<object> {
  const items = input["TransactItems"];
  if (!Array.isArray(items) || items.length === 0 || items.length > MOST_ACTIONS) {
    throw new AwsError("ValidationException", "TransactItems must have 1 to 100 members");
  }
  const actions = items.map((one) => actionOf(Object(one)));
  const keys = new Set<string>();
  const done: Done[] = [];
  for (const [index, { name, action }] of actions.entries()) {
    const table = action["TableName"];
    const key = await keyOf(name, action, perform);
    const identity = JSON.stringify([table, key]);
    if (keys.has(identity)) {
      await undo(done, perform);
      throw new AwsError(
        "ValidationException",
        "Transaction request cannot include multiple operations on one item",
      );
    }
    keys.add(identity);
    try {
      done.push({ table, key, before: await write(name, action, perform) });
    } catch (error) {
      await undo(done, perform);
      if (!(error instanceof AwsError) || error.type !== "ConditionalCheckFailedException") {
        throw error;
      }
      throw canceled(actions.length, index);
    }
  }
  return {};
}

/**
 * `TransactGetItems` by single reads, with nothing written in between, which the caller sees to.
 * Source: DynamoDB API reference, TransactGetItems.
 */
export async function transactGetItems(input: Fields, perform: Perform): Promise<object> {
  const items = input["TransactItems"];
  if (!Array.isArray(items) || items.length === 0 || items.length > MOST_ACTIONS) {
    throw new AwsError("ValidationException", "TransactItems must have 1 to 100 members");
  }
  const Responses = [];
  for (const one of items) {
    const get: unknown = Object(one)["Get"];
    if (typeof get !== "object" || get === null) {
      throw new AwsError("ValidationException", "TransactItems must have one Get each");
    }
    const { Item } = await perform("GetItem", get);
    Responses.push(Item === undefined ? {} : { Item });
  }
  return { Responses };
}

function actionOf(one: Fields): { name: ActionName; action: Fields } {
  const name = ACTIONS.find((known) => one[known] !== undefined);
  if (name && Object.keys(one).length === 1) return { name, action: Object(one[name]) };
  throw new AwsError("ValidationException", "TransactItems must have one action each");
}

/** Writes, and answers with what was there before. */
async function write(name: ActionName, action: Fields, perform: Perform) {
  const { ReturnValuesOnConditionCheckFailure: _, ...fields } = action;
  // A check alone is an update that sets nothing. What it makes of an item that is not there is undone below.
  const operation = name === "ConditionCheck" ? "UpdateItem" : `${name}Item`;
  const { Attributes } = await perform(operation, { ...fields, ReturnValues: "ALL_OLD" });
  const before = Attributes as Fields | undefined;
  if (name === "ConditionCheck" && before === undefined) {
    await perform("DeleteItem", { TableName: fields["TableName"], Key: fields["Key"] });
  }
  return before;
}

async function undo(done: readonly Done[], perform: Perform): Promise<void> {
  for (const { table, key, before } of done.toReversed()) {
    if (before) await perform("PutItem", { TableName: table, Item: before });
    else await perform("DeleteItem", { TableName: table, Key: key });
  }
}

async function keyOf(name: ActionName, action: Fields, perform: Perform): Promise<Fields> {
  if (name !== "Put") return sorted(Object(action["Key"]));
  const { Table } = (await perform("DescribeTable", { TableName: action["TableName"] })) as {
    Table: { KeySchema: { AttributeName: string }[] };
  };
  const item: Fields = Object(action["Item"]);
  return sorted(
    Object.fromEntries(
      Table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]),
    ),
  );
}

function sorted(key: Fields): Fields {
  return Object.fromEntries(Object.entries(key).sort(([a], [b]) => a.localeCompare(b)));
}

function canceled(actions: number, failed: number): AwsError {
  const reasons = Array.from({ length: actions }, (_, index) =>
    index === failed
      ? { Code: "ConditionalCheckFailed", Message: "The conditional request failed" }
      : { Code: "None" },
  );
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return new TransactionCanceled(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    reasons,
  );
}

/** The only error of DynamoDB that has more than a type and a message. */
export class TransactionCanceled extends AwsError {
  readonly reasons: readonly object[];

  constructor(type: string, message: string, reasons: readonly object[]) {
    super(type, message);
    this.reasons = reasons;
  }
}
