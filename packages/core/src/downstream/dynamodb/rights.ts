import type { DynamodbSystem } from "../../config/downstream-schema.ts";

/** One statement of a policy. */
export interface TableRight {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/**
 * What re-keying takes, on the named tables and indexes and nothing else. A transaction needs the rights of
 * its parts (DynamoDB guide, "TransactWriteItems"). Only a table that is scanned may be scanned.
 */
export function tableRights(
  { tables }: Pick<DynamodbSystem, "tables">,
  arnOf: (table: string) => string,
): TableRight[] {
  const items = {
    actions: ["GetItem", "PutItem", "DeleteItem", "UpdateItem", "Query"].map(action),
    resources: tables.map(({ name }) => arnOf(name)),
  };
  const indexes = tables.flatMap(({ name, indexes: of }) =>
    Object.keys(of).map((index) => `${arnOf(name)}/index/${index}`),
  );
  const scanned = tables.filter(({ scan }) => scan).map(({ name }) => arnOf(name));
  return [
    items,
    ...(indexes.length > 0 ? [{ actions: [action("Query")], resources: indexes }] : []),
    ...(scanned.length > 0 ? [{ actions: [action("Scan")], resources: scanned }] : []),
  ];
}

/** The same for tables of the account of a role. */
export function itemActions(
  system: Pick<DynamodbSystem, "tables">,
  region: string,
  { arn }: { readonly arn: string },
): TableRight[] {
  const [, partition, , , account] = arn.split(":");
  return tableRights(
    system,
    (table) => `arn:${partition}:dynamodb:${region}:${account}:table/${table}`,
  );
}

function action(name: string): string {
  return `dynamodb:${name}`;
}
