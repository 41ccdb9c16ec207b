import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { roleCredentials } from "@carryover/core/aws/assumed-role";
import { rekeyTable } from "@carryover/core/aws/rekey-table";
import { itemActions } from "@carryover/core/downstream/dynamodb/rights";
import { dynamodbSystem } from "@carryover/core/downstream/dynamodb/system";
import { systemWorker } from "../runtime/system-worker.ts";
import { linked } from "../runtime/wire.ts";
import { systemWorkers } from "../systems.ts";

export const handler = systemWorker("dynamodb", systemWorkers.dynamodb, (settings) => {
  const { homeRegion } = linked("Migration");
  const { region = homeRegion, role } = settings;
  const client = new DynamoDBClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
    ...(role && {
      credentials: roleCredentials(role, region, itemActions(settings, region, role)),
    }),
  });
  return dynamodbSystem(settings, (table) => rekeyTable(client, table));
});
