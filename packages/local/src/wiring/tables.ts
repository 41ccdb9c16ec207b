import {
  CreateTableCommand,
  type CreateTableCommandInput,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { type ServiceTable, tables } from "@carryover/functions/tables";
import type { Clients } from "../clients.ts";
import { kebabCase, resourceName } from "./names.ts";
import { unlessThere } from "./unless-there.ts";

const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });

/** Sessions of half-finished second factors. */
const mfaSession: CreateTableCommandInput = {
  TableName: resourceName("mfa-session"),
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [text("id")],
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
};

export type ServiceTables = { readonly [Name in keyof typeof tables]: { readonly name: string } };

/** One for each entry of the list. `IdentityTable` is named `…-identity`. */
export async function wireServiceTables(clients: Clients): Promise<ServiceTables> {
  const wired = Object.entries<ServiceTable>(tables).map(async ([name, { indexes, ttl }]) => {
    const table = resourceName(kebabCase(name.replace(/Table$/, "")));
    const prefixes = ["", ...indexes];
    await createTable(
      clients,
      {
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: prefixes.flatMap((prefix) => [
          text(`${prefix}pk`),
          text(`${prefix}sk`),
        ]),
        KeySchema: keys(""),
        ...(indexes.length > 0 && {
          GlobalSecondaryIndexes: indexes.map((index) => ({
            IndexName: index,
            KeySchema: keys(index),
            Projection: { ProjectionType: "ALL" as const },
          })),
        }),
      },
      ttl,
    );
    return [name, { name: table }] as const;
  });
  return Object.fromEntries(await Promise.all(wired)) as ServiceTables;
}

export async function wireMfaSessionTable(clients: Clients): Promise<{ name: string }> {
  await createTable(clients, mfaSession, "expiresAtEpochSeconds");
  return { name: resourceName("mfa-session") };
}

function keys(prefix: string) {
  return [
    { AttributeName: `${prefix}pk`, KeyType: "HASH" as const },
    { AttributeName: `${prefix}sk`, KeyType: "RANGE" as const },
  ];
}

async function createTable(
  { dynamodb }: Clients,
  table: CreateTableCommandInput,
  ttl: string | undefined,
): Promise<void> {
  await unlessThere(dynamodb.send(new CreateTableCommand(table)));
  const { TableName } = table;
  const waiting = { client: dynamodb, minDelay: 0.02, maxDelay: 0.5, maxWaitTime: 60 };
  await waitUntilTableExists(waiting, { TableName });
  if (ttl === undefined) return;
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName: ttl },
    }),
  );
}
