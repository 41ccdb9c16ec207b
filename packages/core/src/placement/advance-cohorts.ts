import * as z from "zod/mini";
import { heldUserId } from "../identity/held-user-id.ts";
import { isoTime } from "../kernel/clock.ts";
import { AppError } from "../kernel/errors.ts";
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
    /** Undefined when the pool does not take `from` any more. */
    page(
      poolId: PoolId,
      from: string | undefined,
      limit: number,
    ): Promise<
      { readonly users: readonly PoolUser[]; readonly next: string | undefined } | undefined
    >;
  };
  /** Users on a page, 1 to 60: what the pace lets through in a part of the function's time. */
  readonly pageSize: number;
  /** Waits its turn before each user. */
  readonly pace: () => Promise<void>;
  /** Whether there is time for another page. */
  readonly hasTime: () => boolean;
  readonly seal: (text: string) => string;
  /** @throws Error when it was sealed under another key */
  readonly unseal: (sealed: string) => string;
}

/** A pool's token is good for an hour (Cognito API reference, ListUsers, `PaginationToken`); some of it is for the call. */
const CURSOR_LIFETIME_MS = 55 * 60 * 1000;

/**
 * Goes on with every open cohort in this region, page by page, for as long as there is time. Each page is
 * noted once it is done: stopped anywhere, the next run starts with that page again, and who was placed or
 * asked to move then is not again. One that fails does not hold up the others.
 * @throws what the first that failed threw, after all the others
 */
export async function advanceCohorts(deps: AdvanceCohortsDeps): Promise<void> {
  const failures: unknown[] = [];
  for (const cohort of await deps.cohorts.open()) {
    try {
      await advanceCohort(deps, cohort);
    } catch (error) {
      failures.push(error);
      deps.log("error", "a cohort could not go on", {
        ...(error instanceof AppError ? error.facts : {}),
        error: error instanceof Error ? error.name : "unknown",
        cohortId: cohort.id,
      });
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function advanceCohort(deps: AdvanceCohortsDeps, cohort: Cohort): Promise<void> {
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
  const place = placeOf(deps, progress);
  const givenAt = isoTime(deps.origin.clock());
  const page = place && (await deps.pool.page(deps.pool.poolId, place.from, deps.pageSize));
  if (!page) {
    deps.log("warn", "a cohort starts again: its place in the pool is lost", {
      cohortId: cohort.id,
    });
    return startOf(deps.region);
  }
  const { users, next } = page;
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
    ...(next !== undefined && { cursor: deps.seal(next), cursorAt: givenAt }),
  };
}

/** Where a walk through the pool goes on. Undefined: lost, being too old, or sealed under a key that is not the stage's any more. */
function placeOf(
  { unseal, origin }: AdvanceCohortsDeps,
  { cursor, cursorAt = "" }: Progress,
): { readonly from: string | undefined } | undefined {
  if (cursor === undefined) return { from: undefined };
  const isGood = origin.clock() - Date.parse(cursorAt) < CURSOR_LIFETIME_MS;
  if (!isGood) return undefined;
  try {
    return { from: unseal(cursor) };
  } catch {
    // Nobody can read it any more; who was seen already is not placed twice.
    return undefined;
  }
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
  const { userIds, next } = await deps.cohorts.members(id, progress.cursor, deps.pageSize);
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
