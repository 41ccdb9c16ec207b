import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";

const WAITING_SECONDS = { maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.5 };

/** DynamoDB answers before a table is there. */
export async function createTable(
  client: DynamoDBClient,
  table: CreateTableCommandInput,
): Promise<void> {
  await client.send(new CreateTableCommand(table));
  const { TableName } = table;
  await waitUntilTableExists({ client, ...WAITING_SECONDS }, { TableName });
}

/** And before its name is free. */
export async function deleteTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists({ client, ...WAITING_SECONDS }, { TableName });
}
