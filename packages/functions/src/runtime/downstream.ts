import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { sendToQueue } from "@carryover/core/aws/task-queue";
import { inStage } from "@carryover/core/config/define";
import { Downstream } from "@carryover/core/config/downstream-schema";
import type { DownstreamDeps } from "@carryover/core/downstream/deps";
import { DownstreamMissingError } from "@carryover/core/downstream/errors";
import { downstreamStore } from "@carryover/core/downstream/store";
import { systemClock } from "@carryover/core/kernel/clock";
import * as z from "zod/mini";
import { migration } from "./migration.ts";
import { subscriberPublish } from "./publish.ts";
import { linked } from "./wire.ts";

const limits = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 2000, throwOnRequestTimeout: true },
};
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(limits));
export const sqs = new SQSClient(limits);

/** The systems of the stage. From the configuration itself, not from a link: they may hold code, and many. */
export function configuredSystems(): Downstream {
  const { downstream = {} } = inStage(migration.input, linked("Migration").stage);
  return z.parse(Downstream, downstream);
}

/** What all functions of the service need, but for the log. */
export function commonDeps(): Pick<DownstreamDeps, "store" | "publish" | "origin"> {
  const { stage, region } = linked("Migration");
  return {
    store: downstreamStore(dynamodb, linked("DownstreamTable").name),
    publish: subscriberPublish(),
    origin: { stage, region, clock: systemClock },
  };
}

/** For those that hand work to every system. */
export function fanOutDeps(): Omit<DownstreamDeps, "log"> {
  const queues = linked("DownstreamQueues");
  return {
    ...commonDeps(),
    systems: configuredSystems(),
    send: (system, tasks) => {
      const url = queues[system];
      if (url !== undefined) return sendToQueue(sqs, url, tasks);
      throw new DownstreamMissingError("the system has no queue: deploy first", { system });
    },
  };
}
