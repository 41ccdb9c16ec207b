import {
  CreateTableCommand,
  type CreateTableCommandInput,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { Clients } from "../clients.ts";
import { resourceName } from "./names.ts";

const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });

/** Which user every (pool, sub) is: ElectroDB's generic keys, no index. */
const identity: CreateTableCommandInput = {
  TableName: resourceName("identity"),
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [text("pk"), text("sk")],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
};

/** Sessions of half-finished second factors. */
const mfaSession: CreateTableCommandInput = {
  TableName: resourceName("mfa-session"),
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [text("id")],
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
};

export async function wireIdentityTable({ dynamodb }: Clients): Promise<{ name: string }> {
  await dynamodb.send(new CreateTableCommand(identity));
  return { name: resourceName("identity") };
}

export async function wireMfaSessionTable({ dynamodb }: Clients): Promise<{ name: string }> {
  await dynamodb.send(new CreateTableCommand(mfaSession));
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: resourceName("mfa-session"),
      TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAtEpochSeconds" },
    }),
  );
  return { name: resourceName("mfa-session") };
}
