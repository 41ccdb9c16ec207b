import * as z from "zod/mini";
import type { PoolId, Sub, UserId } from "../kernel/ids.ts";

/** A way in which the parts of a stage can disagree about a person. */
export const DriftKind = z.enum([
  /** Crossed or signed up, and the identity service does not know it, or has not said it. */
  "unmapped",
  /** The identity service leads to an account that the new pool does not have. */
  "mapped-but-gone",
  /** The new pool says one user ID, the identity service another. */
  "two-user-ids",
  /** The new pool names a source that the configuration lacks. */
  "unknown-source",
  /** The new pool lacks attributes that the mapping gives, or holds a user ID that does not follow from the old account. */
  "attribute-drift",
  /** The groups of an old account were not carried. */
  "groups-missing",
  /** A downstream system was not told of an old and a new account. */
  "downstream-missing",
  /** A mail that the person is to get is on nobody's record. */
  "mail-missing",
  /** The ledger of placement has not heard of an account: of a user without a home, or of one who has moved there. */
  "placement-missing",
  /** An account beside the one by which the user lives, and none that waits to be deleted. */
  "stray-account",
  /** An old copy that should have been deleted. */
  "copy-overdue",
  /** The ledger of placement leads to an account that is in no pool. */
  "home-gone",
]);
export type DriftKind = z.infer<typeof DriftKind>;
export const DRIFT_KINDS: readonly DriftKind[] = DriftKind.options;

/** Where they disagree. Ids and names of fields alone. */
export interface Finding {
  readonly kind: DriftKind;
  readonly userId: UserId;
  /** The account. */
  readonly poolId: PoolId;
  readonly sub: Sub;
  /** Names of attributes, sources or systems. */
  readonly detail: readonly string[];
  /** What was missing is said again. Never of what only a person can decide. */
  readonly repaired: boolean;
}

const Counts = z.partialRecord(DriftKind, z.number());

/** One thing to walk through: a new pool, the identity table, or the ledger of placement. */
const Step = z.object({
  name: z.string(),
  /** How many users there are about; undefined when nobody says. */
  expected: z.optional(z.number()),
  /** Users or links looked at. */
  seen: z.number(),
  /** Of those, users who have not finished their first sign-in. */
  waiting: z.number(),
  found: Counts,
  repaired: Counts,
  done: z.boolean(),
  /** Where the next page starts. */
  cursor: z.optional(z.string()),
});
export type Step = z.infer<typeof Step>;

export const Run = z.object({
  runId: z.string(),
  /** Whether what can be repaired is. */
  repair: z.boolean(),
  kinds: z.array(DriftKind),
  startedAt: z.string(),
  updatedAt: z.string(),
  steps: z.array(Step),
  /** Goes up by one with each page: of two workers on the same page one has worked for nothing. */
  version: z.number(),
});
export type Run = z.infer<typeof Run>;

export function isDone({ steps }: Run): boolean {
  return steps.every(({ done }) => done);
}

/** Sums over the steps, for kinds that were looked for. */
export function countsOf(run: Run): { kind: DriftKind; found: number; repaired: number }[] {
  const sum = (of: "found" | "repaired", kind: DriftKind) =>
    run.steps.reduce((total, step) => total + (step[of][kind] ?? 0), 0);
  return run.kinds.map((kind) => ({
    kind,
    found: sum("found", kind),
    repaired: sum("repaired", kind),
  }));
}

/**
 * A message in the job's queue. `{}` is the schedule's; `runId` alone goes on with a run; with the other two it starts
 * the run, unless there is one of that id.
 */
export const ReconcileMessage = z.object({
  runId: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  repair: z.optional(z.boolean()),
  kinds: z.optional(z.array(DriftKind).check(z.minLength(1))),
});
export type ReconcileMessage = z.infer<typeof ReconcileMessage>;
