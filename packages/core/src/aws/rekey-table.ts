import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, NumberValueImpl, unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamodbTable } from "../config/downstream-schema.ts";
import { TableError } from "../downstream/dynamodb/errors.ts";
import { keyOf } from "../downstream/dynamodb/rekey.ts";
import type { Image, RekeyTable, Seen, WriteOutcome } from "../downstream/dynamodb/table.ts";
import { filled } from "../downstream/template.ts";

type Item = Record<string, AttributeValue>;

/** Items of one page. A scan reads as many as fit into a megabyte. */
const PAGE = 25;

/** An expression has at most 300 operators (DynamoDB guide, "Service quotas"), of which each attribute takes two. */
const MAX_ATTRIBUTES = 140;

export function rekeyTable(client: DynamoDBClient, settings: DynamodbTable): RekeyTable {
  const TableName = settings.name;
  const { places, key, versionAttribute } = settings;

  return {
    async page(path, id, cursor, abortSignal) {
      const start = cursor && { ExclusiveStartKey: item(cursor) };
      if (path.by === "scan") {
        const { filter, names, values } = anyPlace(settings, id);
        const page = await tried(
          client.send(
            new ScanCommand({
              TableName,
              FilterExpression: filter,
              ExpressionAttributeNames: names,
              ExpressionAttributeValues: values,
              ConsistentRead: true,
              ...start,
            }),
            { abortSignal },
          ),
        );
        return pageOf(page);
      }
      const attribute = path.by === "index" ? settings.indexes[path.index] : key.partition;
      const template = attribute === undefined ? undefined : places[attribute];
      if (attribute === undefined || template === undefined) {
        throw new TableError("path-not-as-configured", false);
      }
      const page = await tried(
        client.send(
          new QueryCommand({
            TableName,
            ...(path.by === "index" ? { IndexName: path.index } : { ConsistentRead: true }),
            KeyConditionExpression: "#key = :key",
            ExpressionAttributeNames: { "#key": attribute },
            ExpressionAttributeValues: { ":key": { S: filled(template, id) } },
            Limit: PAGE,
            ...start,
          }),
          { abortSignal },
        ),
      );
      return pageOf(page);
    },

    async find(of, abortSignal) {
      const { Item } = await tried(
        client.send(new GetItemCommand({ TableName, Key: item(of), ConsistentRead: true }), {
          abortSignal,
        }),
      );
      return Item;
    },

    async set(image, attributes, abortSignal) {
      const names = Object.keys(attributes);
      return written(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: item(keyOf(settings, image)),
            UpdateExpression: `SET ${names.map((_, n) => `#n${n} = :new${n}`).join(", ")}`,
            ConditionExpression: names
              .map((name, n) =>
                name in image ? `#n${n} = :old${n}` : `attribute_not_exists(#n${n})`,
              )
              .join(" AND "),
            ExpressionAttributeNames: Object.fromEntries(names.map((name, n) => [`#n${n}`, name])),
            ExpressionAttributeValues: Object.fromEntries(
              names.flatMap((name, n) => [
                [`:new${n}`, value(attributes[name])],
                ...(name in image ? [[`:old${n}`, value(image[name])] as const] : []),
              ]),
            ),
          }),
          { abortSignal },
        ),
      );
    },

    async move(old, next, existing, abortSignal) {
      const taken = existing
        ? unchanged(existing, versionAttribute)
        : { ConditionExpression: "attribute_not_exists(#k)", ...nameOf(key.partition) };
      return written(
        client.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName, Item: item(next), ...taken } },
              {
                Delete: {
                  TableName,
                  Key: item(keyOf(settings, old.image)),
                  ...unchanged(old, versionAttribute),
                },
              },
            ],
          }),
          { abortSignal },
        ),
      );
    },

    // A number that JavaScript cannot hold exactly is kept as its digits.
    toAttributes: (image) =>
      unmarshall(item(image), {
        wrapNumbers: (digits) =>
          String(Number(digits)) === digits ? Number(digits) : NumberValueImpl.from(digits),
      }),
    fromAttributes: (attributes) =>
      marshall(attributes, { removeUndefinedValues: true, convertEmptyValues: false }),
  };

  function pageOf(page: { Items?: Item[] | undefined; LastEvaluatedKey?: Item | undefined }) {
    return {
      keys: (page.Items ?? []).map((found) => keyOf(settings, found)),
      cursor: page.LastEvaluatedKey,
    };
  }
}

/** An item that has the id at any declared place. A template with `<any>` is looked at more closely later. */
function anyPlace({ places }: DynamodbTable, id: string) {
  const names: Record<string, string> = {};
  const values: Item = {};
  const conditions = Object.entries(places).map(([attribute, template], n) => {
    names[`#p${n}`] = attribute;
    const exact = !template.includes("<any>");
    values[`:p${n}`] = { S: exact ? filled(template, id) : id };
    return exact ? `#p${n} = :p${n}` : `contains(#p${n}, :p${n})`;
  });
  return { filter: conditions.join(" OR "), names, values };
}

/** That an item is as it was seen: by its version if it has one, else attribute by attribute. */
function unchanged({ image, absent }: Seen, versionAttribute: string | undefined) {
  const compared = versionAttribute === undefined ? Object.keys(image) : [versionAttribute];
  const present = compared.filter((name) => name in image);
  const missing = versionAttribute === undefined ? absent : [];
  const gone = compared.filter((name) => !(name in image));
  if (present.length + missing.length > MAX_ATTRIBUTES) {
    throw new TableError("too-many-attributes-without-version", false);
  }
  const none = [...missing, ...gone];
  return {
    ConditionExpression: [
      ...present.map((_, n) => `#e${n} = :e${n}`),
      ...none.map((_, n) => `attribute_not_exists(#a${n})`),
    ].join(" AND "),
    ExpressionAttributeNames: Object.fromEntries([
      ...present.map((name, n) => [`#e${n}`, name]),
      ...none.map((name, n) => [`#a${n}`, name]),
    ]),
    ...(present.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(
        present.map((name, n) => [`:e${n}`, value(image[name])]),
      ),
    }),
  };
}

function nameOf(attribute: string) {
  return { ExpressionAttributeNames: { "#k": attribute } };
}

/** The port knows values as they are and not the SDK's type of them. */
function item(image: Image): Item {
  return image as Item;
}

function value(of: object | undefined): AttributeValue {
  return of as AttributeValue;
}

async function written(write: Promise<unknown>): Promise<WriteOutcome> {
  try {
    await write;
    return "written";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "changed";
    if (error instanceof TransactionCanceledException) {
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? "None");
      if (codes.includes("ConditionalCheckFailed")) return "changed";
      // Another transaction has the item just now, or the table is short of capacity.
      const failed = codes.find((code) => code !== "None") ?? "TransactionCanceled";
      throw new TableError(failed, failed !== "ValidationError", { cause: error });
    }
    throw tableError(error);
  }
}

async function tried<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    throw tableError(error);
  }
}

/** What a person has to mend: rights are given and tables are made while tries go on. */
const HOPELESS: readonly string[] = [
  "ValidationException",
  "ItemCollectionSizeLimitExceededException",
];

function tableError(cause: unknown): TableError {
  const reason = cause instanceof Error ? cause.name : "unknown";
  return new TableError(reason, !HOPELESS.includes(reason), { cause });
}
