import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type OnboardingStore, onboardingStore } from "../src/onboarding/store.ts";
import { newTable } from "./tables.ts";

/** For tests only: a store on a table of its own. */
export async function newOnboardingStore(client: DynamoDBDocumentClient): Promise<OnboardingStore> {
  return onboardingStore(client, await newTable(client, "onboarding", "gsi1"));
}
