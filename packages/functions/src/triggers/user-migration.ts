import type { UserMigrationTriggerEvent } from "aws-lambda";
import { trigger } from "../runtime/trigger.ts";
import { askMigration, migrationDeps } from "../runtime/user-migration.ts";
import { userMigration } from "../triggers.ts";

const depsFor = migrationDeps(userMigration);

export const handler = trigger<UserMigrationTriggerEvent>("user-migration", (event, deadline) =>
  askMigration(depsFor(event, deadline), event),
);
