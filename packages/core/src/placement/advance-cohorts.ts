import * as z from "zod/mini";
import { heldUserId } from "../identity/held-user-id.ts";
import { derivedId, type PoolId, type Region, Sub } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";
import { type Cohort, type Progress, startOf } from "./cohort.ts";
import type { CohortStore } from "./cohort-store.ts";
import { NotPlacedError } from "./errors.ts";
import { type PlaceUserDeps, placeUser } from "./place-user.ts";
import { decideHome } from "./policy.ts";
import { requestRelocation } from "./relocate.ts";

export interface AdvanceCohortsDeps extends PlaceUserDeps {
  readonly cohorts: CohortStore;
  readonly region: Region;
  readonly homeRegion: Region;
  readonly regions: readonly Region[];
  readonly pool: {
    /** This region's. */
    readonly poolId: PoolId;
    page(
      poolId: PoolId,
      from: string | undefined,
    ): Promise<{ readonly users: readonly PoolUser[]; readonly next: string | undefined }>;
  };
  /** Waits its turn before each user. */
  readonly pace: () => Promise<void>;
  /** Whether there is time for another page. */
  readonly hasTime: () => boolean;
  readonly seal: (text: string) => string;
  readonly unseal: (sealed: string) => string;
}

/** A list is short work for one function; the next page is another turn. */
const PAGE_OF_LIST = 60;

/**
 * Goes on with every open cohort in this region, page by page, for as long as there is time. Each page is
 * noted once it is done: stopped anywhere, the next run starts with that page again, and who was placed or
 * asked to move then is not again.
 */
export async function advanceCohorts(deps: AdvanceCohortsDeps): Promise<void> {
  for (const cohort of await deps.cohorts.open()) {
    const all = await deps.cohorts.progressOf(cohort.id);
    let progress = all.find(({ region }) => region === deps.region) ?? startOf(deps.region);
    while (!progress.isDone && deps.hasTime()) {
      progress = await advance(deps, cohort, progress);
      await deps.cohorts.setProgress(cohort.id, progress);
    }
    const others = all.filter(({ region }) => region !== deps.region);
    const isDone = [...others, progress].every((one) => one.isDone);
    if (isDone && others.length + 1 === deps.regions.length) await deps.cohorts.close(cohort.id);
  }
}

async function advance(
  deps: AdvanceCohortsDeps,
  cohort: Cohort,
  progress: Progress,
): Promise<Progress> {
  // A list names users wherever they live: one region is enough, and needs no attributes.
  if (cohort.kind === "users")
    return deps.region === deps.homeRegion
      ? advanceList(deps, cohort, progress)
      : { ...progress, isDone: true };
  const from = progress.cursor === undefined ? undefined : deps.unseal(progress.cursor);
  const { users, next } = await deps.pool.page(deps.pool.poolId, from);
  let { seen, moving, unknown } = progress;
  for (const user of users) {
    await deps.pace();
    const outcome = await look(deps, cohort, user);
    if (outcome === "left-out") continue;
    seen += 1;
    if (outcome === "moving") moving += 1;
    if (outcome === "unknown") unknown += 1;
  }
  const { region } = progress;
  return {
    region,
    isDone: next === undefined,
    seen,
    moving,
    unknown,
    ...(next !== undefined && { cursor: deps.seal(next) }),
  };
}

async function look(
  deps: AdvanceCohortsDeps,
  cohort: Cohort,
  user: PoolUser,
): Promise<"left-out" | "unknown" | "moving" | "stays"> {
  const parsed = z.safeParse(Sub, user.sub);
  // Who has not confirmed may not own the login.
  if (!parsed.success || user.status === "UNCONFIRMED") return "unknown";
  const sub = parsed.data;
  if (cohort.kind === "rule" && decideHome(deps.policy, user.attributes).rule !== cohort.rule)
    return "left-out";
  const { poolId } = deps.pool;
  const { userId } = heldUserId(user.attributes, { poolId, sub });
  const id = derivedId("placement cohort", cohort.id, poolId, sub);
  const state = await placeUser(deps, userId, { region: deps.region, poolId, sub }, user, {
    id,
    correlationId: cohort.id,
  });
  return state?.movingTo === undefined ? "stays" : "moving";
}

async function advanceList(
  deps: AdvanceCohortsDeps,
  { id, to, actor }: Cohort,
  progress: Progress,
): Promise<Progress> {
  if (to === undefined) return { ...progress, isDone: true };
  const { userIds, next } = await deps.cohorts.members(id, progress.cursor, PAGE_OF_LIST);
  let { seen, moving, unknown } = progress;
  for (const userId of userIds) {
    await deps.pace();
    seen += 1;
    const cause = { id: derivedId("placement cohort", id, userId), correlationId: id };
    const policy = { version: deps.policy.version, regions: deps.regions };
    try {
      const state = await requestRelocation({ ...deps, policy }, userId, to, { cause, actor });
      if (state.movingTo !== undefined) moving += 1;
    } catch (error) {
      if (!(error instanceof NotPlacedError)) throw error;
      unknown += 1;
    }
  }
  const { region } = progress;
  return {
    region,
    isDone: next === undefined,
    seen,
    moving,
    unknown,
    ...(next !== undefined && { cursor: next }),
  };
}
