import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { OnboardingSettings } from "@carryover/core/onboarding/settings";
import { onboardingStore } from "@carryover/core/onboarding/store";
import * as z from "zod/mini";
import { linked } from "./wire.ts";

const limits = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true },
};
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(limits));
const sqs = new SQSClient(limits);

/** Needs the link OnboardingTable. */
export function linkedOnboardingStore() {
  return onboardingStore(dynamodb, linked("OnboardingTable").name);
}

/** Needs the link Onboarding. @throws ZodError at cold start */
export function onboardingLink(): OnboardingSettings {
  return z.parse(OnboardingSettings, linked("Onboarding"));
}

/** Wakes the job that sends. Needs the link OnboardingMailQueue. */
export function senderWaker(): () => Promise<void> {
  const { url } = linked("OnboardingMailQueue");
  return async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "{}" }));
  };
}
