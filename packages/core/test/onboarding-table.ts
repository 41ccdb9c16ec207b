import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type OnboardingStore, onboardingStore } from "../src/onboarding/store.ts";

const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
const keys = (prefix: string) => [
  { AttributeName: `${prefix}pk`, KeyType: "HASH" as const },
  { AttributeName: `${prefix}sk`, KeyType: "RANGE" as const },
];

/** For tests only: a store on a table of its own, with the keys that the list of tables gives it. */
export async function newOnboardingStore(client: DynamoDBDocumentClient): Promise<OnboardingStore> {
  const table = `onboarding-${crypto.randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [text("pk"), text("sk"), text("gsi1pk"), text("gsi1sk")],
      KeySchema: keys(""),
      GlobalSecondaryIndexes: [
        { IndexName: "gsi1", KeySchema: keys("gsi1"), Projection: { ProjectionType: "ALL" } },
      ],
    }),
  );
  return onboardingStore(client, table);
}
