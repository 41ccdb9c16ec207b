import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { LinkSignInDeps } from "@carryover/core/identity/commands";
import { identityStore } from "@carryover/core/identity/store";
import { systemClock } from "@carryover/core/kernel/clock";
import { subscriberPublish } from "./publish.ts";
import { linked } from "./wire.ts";

const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true },
  }),
);

/** What the verbs of the identity module need, but for the log, which is per message. */
export function identityDeps(): Omit<LinkSignInDeps, "log"> {
  const { stage, region, sources } = linked("Migration");
  return {
    identities: identityStore(dynamodb, linked("IdentityTable").name),
    publish: subscriberPublish(),
    origin: { stage, region, clock: systemClock },
    sourcePools: new Map(sources.map((source) => [source.id, source])),
  };
}
