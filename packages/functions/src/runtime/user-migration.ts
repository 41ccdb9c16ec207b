import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { targetPool } from "@carryover/core/aws/target-pool";
import { transformOf } from "@carryover/core/config/define";
import { systemClock } from "@carryover/core/kernel/clock";
import type { Deadline } from "@carryover/core/migration/deadline";
import type { MigrationDeps } from "@carryover/core/migration/deps";
import { mfaCodeOf } from "@carryover/core/migration/mfa";
import { mfaSessionStore } from "@carryover/core/migration/mfa-session-store";
import { forgotPasswordFromSource, signInFromSource } from "@carryover/core/migration/migrate-user";
import type { UserMigrationTriggerEvent } from "aws-lambda";
import { linkedRegional } from "./links.ts";
import { migration } from "./migration.ts";
import { triggerPublish } from "./publish.ts";
import { type SourceUser, sourcePools } from "./sources.ts";
import { count } from "./telemetry.ts";

/** What the migration needs in a trigger of this entry. Call it once, at module scope. */
export function migrationDeps(
  entry: SourceUser,
): (event: UserMigrationTriggerEvent, deadline: Deadline) => MigrationDeps {
  const deployment = linkedRegional("Migration");
  const target = cognitoClient(deployment.region);
  const shared = {
    deployment,
    transform: transformOf(migration, deployment.stage),
    sources: sourcePools(entry),
    mfaSessions: mfaSessionStore({
      client: new DynamoDBClient({
        maxAttempts: 2,
        requestHandler: {
          connectionTimeout: 300,
          requestTimeout: 500,
          throwOnRequestTimeout: true,
        },
      }),
      tableName: linkedRegional("MfaSessionTable").name,
      stageKey: Buffer.from(linkedRegional("SessionKey").value, "base64"),
      clock: systemClock,
    }),
    publish: triggerPublish(),
    count,
    clock: systemClock,
  };
  return ({ region, userPoolId }, deadline) => ({
    ...shared,
    target: { ...targetPool(target, userPoolId), region },
    deadline,
  });
}

/** Asks the sources, by what Cognito wants to know. */
export function askMigration(
  deps: MigrationDeps,
  { triggerSource, userName, request }: UserMigrationTriggerEvent,
) {
  if (triggerSource === "UserMigration_ForgotPassword")
    return forgotPasswordFromSource(deps, { login: userName });
  return signInFromSource(deps, {
    login: userName,
    password: request.password,
    // InitiateAuth's ClientMetadata arrives under this name (Cognito guide, "Migrate user Lambda trigger").
    mfaCode: mfaCodeOf(request.validationData?.["mfaCode"]),
  });
}
