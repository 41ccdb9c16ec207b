import { regionalPool } from "@carryover/core/aws/regional-pool";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { deleteDueCopies } from "@carryover/core/placement/delete-copies";
import type { Account } from "@carryover/core/placement/entry";
import { placeUserDeps } from "../runtime/placement.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { count, log } from "../runtime/telemetry.ts";
import { linked } from "../runtime/wire.ts";

/** Of the function's sixty seconds. One copy after the other stays below AdminDeleteUser's 25 a second (UserUpdate). */
const RUN_MS = 30_000;

const { region } = linked("Migration");
const pool = regionalPool(cognitoClient(region), region);
const deps = {
  ...placeUserDeps(),
  region,
  deleteAccount: ({ poolId, sub }: Account) => pool.delete(poolId, sub),
  isThere: (account: Account) =>
    regionalPool(cognitoClient(account.region), account.region).has(account.poolId, account.sub),
  log,
  count,
};

export const handler = queueConsumer(async () => {
  const endEpochMs = performance.now() + RUN_MS;
  await deleteDueCopies({ ...deps, hasTime: () => performance.now() < endEpochMs });
});
