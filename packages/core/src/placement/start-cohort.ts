import { type Clock, isoTime } from "../kernel/clock.ts";
import { freshId, type Region } from "../kernel/ids.ts";
import type { Cohort, CohortSpec, Progress } from "./cohort.ts";
import type { CohortStore } from "./cohort-store.ts";
import { NotPlacedError, PlacementInputError } from "./errors.ts";

export interface StartCohortDeps {
  readonly cohorts: Pick<CohortStore, "create">;
  /** Where there is a new pool, and by which rules people live there. */
  readonly policy: {
    readonly regions: readonly Region[];
    readonly rules: readonly { readonly name: string }[];
  };
  readonly clock: Clock;
  /** The IAM ARN of who asks. */
  readonly actor?: string | undefined;
}

/** Starts a job in every region: it is done there, a page at a time. @throws PlacementInputError, PlacementUnavailableError */
export async function startCohort(
  { cohorts, policy, clock, actor }: StartCohortDeps,
  spec: CohortSpec,
): Promise<Cohort> {
  const started = {
    id: freshId(),
    startedAt: isoTime(clock()),
    ...(actor !== undefined && { actor }),
  };
  const cohort = cohortOf(spec, started, policy);
  await cohorts.create(cohort, "userIds" in spec ? [...new Set(spec.userIds)] : []);
  return cohort;
}

function cohortOf(
  spec: CohortSpec,
  started: Pick<Cohort, "id" | "startedAt" | "actor">,
  { regions, rules }: StartCohortDeps["policy"],
): Cohort {
  if ("userIds" in spec) {
    if (!regions.includes(spec.to))
      throw new PlacementInputError("there is no new pool in that region", { fields: "to" });
    return { ...started, kind: "users", to: spec.to };
  }
  if (spec.by === "policy") return { ...started, kind: "policy" };
  if (spec.rule !== "default" && !rules.some(({ name }) => name === spec.rule))
    throw new PlacementInputError("the policy has no such rule", { fields: "rule" });
  return { ...started, kind: "rule", rule: spec.rule };
}

/** How far a cohort is. */
export type CohortState = Cohort & {
  readonly isDone: boolean;
  /** Of the regions that have begun. */
  readonly regions: readonly Omit<Progress, "cursor" | "cursorAt">[];
};

/** @param regions those that work on it. @throws NotPlacedError, PlacementUnavailableError */
export async function stateOfCohort(
  cohorts: Pick<CohortStore, "find" | "progressOf">,
  id: string,
  regions: readonly Region[],
): Promise<CohortState> {
  const cohort = await cohorts.find(id);
  if (!cohort) throw new NotPlacedError("there is no such cohort", { cohortId: id });
  const progress = await cohorts.progressOf(id);
  return {
    ...cohort,
    isDone: progress.length === regions.length && progress.every(({ isDone }) => isDone),
    regions: progress.map(({ cursor: _, cursorAt: __, ...counts }) => counts),
  };
}
