import { regionalPool } from "@carryover/core/aws/regional-pool";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { advanceCohorts } from "@carryover/core/placement/advance-cohorts";
import { cohortStore } from "@carryover/core/placement/cohort-store";
import { seal, unseal } from "@carryover/core/placement/seal";
import pThrottle from "p-throttle";
import { directory } from "../runtime/directory.ts";
import { endSessions } from "../runtime/old-home.ts";
import { placementClient, placementPolicy, placeUserDeps } from "../runtime/placement.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { log } from "../runtime/telemetry.ts";
import { linked } from "../runtime/wire.ts";

/** Of the function's sixty seconds. A page that has begun is done to its end. */
const RUN_MS = 35_000;

/** What the pace may take of one page: it has to be done while the function still runs. */
const PAGE_SECONDS = 6;

/** API reference, ListUsers: `Limit`. */
const LARGEST_PAGE = 60;

const { region, homeRegion } = linked("Migration");
const { regions, usersPerSecond } = placementPolicy();
const stageKey = Buffer.from(linked("PlacementKey").value, "base64");
const pool = regionalPool(cognitoClient(region), region);
const deps = placeUserDeps();
const cohorts = cohortStore(placementClient(), linked("PlacementTable").name);
const { directory: homes } = directory();
const wait = pThrottle({ limit: usersPerSecond, interval: 1000 });

export const handler = queueConsumer(async () => {
  const endEpochMs = performance.now() + RUN_MS;
  const { userPoolId } = await homes.poolIn(region);
  await advanceCohorts({
    ...deps,
    endSessions,
    log,
    cohorts,
    region,
    homeRegion,
    regions,
    pool: { poolId: userPoolId, page: pool.page },
    pageSize: Math.min(LARGEST_PAGE, usersPerSecond * PAGE_SECONDS),
    pace: wait(async () => {}),
    hasTime: () => performance.now() < endEpochMs,
    seal: (text) => seal(stageKey, text),
    unseal: (text) => unseal(stageKey, text),
  });
});
