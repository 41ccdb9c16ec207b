import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createPace } from "@carryover/core/aws/pace";
import { groupSource, groupTarget } from "@carryover/core/aws/pool-groups";
import type { GroupsDeps } from "@carryover/core/groups/commands";
import { groupsStore } from "@carryover/core/groups/store";
import { systemClock } from "@carryover/core/kernel/clock";
import { bulkSources, bulkTargets } from "./bulk.ts";
import { linked } from "./wire.ts";

/** Of the quotas: changes of attributes and sign-outs by the people themselves need the rest. */
const SHARE = 0.8;

/** What carrying groups needs, but for the log, which is per message. Call it once, at module scope. */
export function groupsDeps(entry: {
  readonly onSources: readonly string[];
  readonly maxConcurrency: number;
}): Omit<GroupsDeps, "log"> {
  const pace = createPace({ share: SHARE, workers: entry.maxConcurrency });
  const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 3 }));
  return {
    groups: groupsStore(dynamodb, linked("GroupsTable").name),
    mapping: linked("GroupRules"),
    sources: new Map(
      bulkSources(pace, entry).map(({ pool: { id, userPoolId }, client }) => [
        userPoolId,
        { id, ...groupSource(client, userPoolId) },
      ]),
    ),
    targets: new Map(
      bulkTargets(pace).map(({ pool: { userPoolId }, client }) => [
        userPoolId,
        groupTarget(client, userPoolId, systemClock),
      ]),
    ),
    clock: systemClock,
  };
}
