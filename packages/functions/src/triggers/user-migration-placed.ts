import { cognitoClient } from "@carryover/core/aws/sdk";
import { sourcePool } from "@carryover/core/aws/source-pool";
import { SourceId } from "@carryover/core/kernel/ids";
import type { PoolOfRegion } from "@carryover/core/placement/home";
import { withHomes } from "@carryover/core/placement/move";
import type { UserMigrationTriggerEvent } from "aws-lambda";
import * as z from "zod/mini";
import { directory } from "../runtime/directory.ts";
import { linkedRegional } from "../runtime/links.ts";
import { trigger } from "../runtime/trigger.ts";
import { askMigration, migrationDeps } from "../runtime/user-migration.ts";
import { userMigrationPlaced } from "../triggers.ts";

const depsFor = migrationDeps(userMigrationPlaced);
const { caseSensitive } = linkedRegional("Migration").target;

/** In events the pool goes by its region: no source has such a name. */
const sourceIn = ({ region, userPoolId, moveClientId }: PoolOfRegion) =>
  sourcePool(
    cognitoClient(region),
    {
      id: z.parse(SourceId, region),
      region,
      userPoolId,
      clientId: moveClientId,
      caseSensitive,
    },
    undefined,
  );
const moves = { ...directory(), sourceIn };

export const handler = trigger<UserMigrationTriggerEvent>(
  "user-migration-placed",
  async (event, deadline) =>
    askMigration(await withHomes(moves, depsFor(event, deadline), event.userName), event),
);
