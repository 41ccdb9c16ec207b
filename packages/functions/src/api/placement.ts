import { systemClock } from "@carryover/core/kernel/clock";
import { freshId, Region, UserId } from "@carryover/core/kernel/ids";
import { CohortSpec } from "@carryover/core/placement/cohort";
import { cohortStore } from "@carryover/core/placement/cohort-store";
import { brokenAt } from "@carryover/core/placement/entry";
import { parsed } from "@carryover/core/placement/errors";
import {
  cancelRelocation,
  forgetUser,
  historyOf,
  requestRelocation,
} from "@carryover/core/placement/relocate";
import { startCohort, stateOfCohort } from "@carryover/core/placement/start-cohort";
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import {
  actorOf,
  type HttpEnv,
  httpHandler,
  jsonOf,
  requestIdOf,
  withErrors,
} from "../runtime/http.ts";
import { placementClient, placementPolicy, placementTable } from "../runtime/placement.ts";
import { subscriberPublish } from "../runtime/publish.ts";
import { linked } from "../runtime/wire.ts";

const { stage, region } = linked("Migration");
const policy = placementPolicy();
const ledger = placementTable();
const cohorts = cohortStore(placementClient(), linked("PlacementTable").name);
const deps = {
  ledger,
  policy,
  publish: subscriberPublish(),
  origin: { stage, region, clock: systemClock },
};

const Move = z.strictObject({ to: Region });
/** What is longer than a key may be would be an error of the table. */
const CohortId = z.object({ cohortId: z.uuid({ error: "must be a cohort's ID" }) });

const app = withErrors("placement", new Hono<HttpEnv>())
  .get("/placement/users/:userId", async (context) => {
    const entries = await historyOf(ledger, userIdOf(context));
    return context.json({ entries, brokenAt: brokenAt(entries) ?? null });
  })
  .post("/placement/users/:userId/relocation", async (context) => {
    const { to } = parsed(Move, await jsonOf(context));
    return context.json(
      await requestRelocation(deps, userIdOf(context), to, askerOf(context)),
      202,
    );
  })
  .delete("/placement/users/:userId/relocation", async (context) =>
    context.json(await cancelRelocation(deps, userIdOf(context), askerOf(context))),
  )
  .post("/placement/users/:userId/forget", async (context) =>
    context.json(await forgetUser(deps, userIdOf(context), askerOf(context))),
  )
  .post("/placement/cohorts", async (context) => {
    const spec = parsed(CohortSpec, await jsonOf(context));
    const { actor } = askerOf(context);
    const { id } = await startCohort({ cohorts, policy, clock: systemClock, actor }, spec);
    return context.json({ cohortId: id }, 202);
  })
  .get("/placement/cohorts/:cohortId", async (context) => {
    const { cohortId } = parsed(CohortId, context.req.param());
    return context.json(await stateOfCohort(cohorts, cohortId, policy.regions));
  });

export const handler = httpHandler(app);

function userIdOf(context: Context<HttpEnv, "/placement/users/:userId">): UserId {
  return parsed(z.object({ userId: UserId }), { userId: context.req.param("userId") }).userId;
}

function askerOf(context: Context<HttpEnv>) {
  const id = requestIdOf(context) || freshId();
  return { cause: { id, correlationId: id }, actor: actorOf(context) };
}
