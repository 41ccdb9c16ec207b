import { regionalPool } from "@carryover/core/aws/regional-pool";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { deleteDueCopies } from "@carryover/core/placement/delete-copies";
import type { Account } from "@carryover/core/placement/entry";
import { placeUserDeps } from "../runtime/placement.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { count, log } from "../runtime/telemetry.ts";
import { linked } from "../runtime/wire.ts";

/** AdminDeleteUser is of the category UserUpdate, 25 a second: what is left waits for the next hour. */
const MOST_AT_ONCE = 200;

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

export const handler = queueConsumer(() => deleteDueCopies(deps, MOST_AT_ONCE));
