import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { targetPool } from "@carryover/core/aws/target-pool";
import { transformOf } from "@carryover/core/config/define";
import { systemClock } from "@carryover/core/kernel/clock";
import { mfaCodeOf } from "@carryover/core/migration/mfa";
import { mfaSessionStore } from "@carryover/core/migration/mfa-session-store";
import { forgotPasswordFromSource, signInFromSource } from "@carryover/core/migration/migrate-user";
import type { UserMigrationTriggerEvent } from "aws-lambda";
import { linkedRegional } from "../runtime/links.ts";
import { migration } from "../runtime/migration.ts";
import { triggerPublish } from "../runtime/publish.ts";
import { sourcePools } from "../runtime/sources.ts";
import { count } from "../runtime/telemetry.ts";
import { trigger } from "../runtime/trigger.ts";
import { userMigration } from "../triggers.ts";

const deployment = linkedRegional("Migration");
const publish = triggerPublish();
const sources = sourcePools(userMigration);
const target = cognitoClient(deployment.region);
const transform = transformOf(migration, deployment.stage);
const mfaSessions = mfaSessionStore({
  client: new DynamoDBClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 300, requestTimeout: 500, throwOnRequestTimeout: true },
  }),
  tableName: linkedRegional("MfaSessionTable").name,
  stageKey: Buffer.from(linkedRegional("SessionKey").value, "base64"),
  clock: systemClock,
});

export const handler = trigger<UserMigrationTriggerEvent>(
  "user-migration",
  async ({ triggerSource, region, userPoolId, userName, request }, deadline) => {
    const deps = {
      deployment,
      transform,
      sources,
      target: { ...targetPool(target, userPoolId), region },
      mfaSessions,
      publish,
      count,
      clock: systemClock,
      deadline,
    };
    if (triggerSource === "UserMigration_ForgotPassword")
      return forgotPasswordFromSource(deps, { login: userName });
    return signInFromSource(deps, {
      login: userName,
      password: request.password,
      // InitiateAuth's ClientMetadata arrives under this name (Cognito guide, "Migrate user Lambda trigger").
      mfaCode: mfaCodeOf(request.validationData?.["mfaCode"]),
    });
  },
);
