import * as z from "zod/mini";
import { Region, UserId } from "../kernel/ids.ts";

/** These users, by an operator's word. */
export const UsersSpec = z.strictObject({
  userIds: z.array(UserId).check(z.minLength(1), z.maxLength(10_000)),
  to: Region,
});

/** Who is to be looked at, and moved if need be. */
export const CohortSpec = z.union([
  UsersSpec,
  /** Everybody, by the policy as it stands: after a change of it, and when placement is new. */
  z.strictObject({ by: z.literal("policy") }),
  /** Those whom this rule of the policy gives a home. */
  z.strictObject({
    by: z.literal("rule"),
    rule: z.string().check(z.minLength(1), z.maxLength(32)),
  }),
]);
export type CohortSpec = z.infer<typeof CohortSpec>;

/** A cohort as it is kept. Its users, where they are listed, are items of their own. */
export const Cohort = z.object({
  id: z.string(),
  kind: z.enum(["users", "policy", "rule"]),
  to: z.optional(Region),
  rule: z.optional(z.string()),
  actor: z.optional(z.string()),
  startedAt: z.string(),
});
export type Cohort = z.infer<typeof Cohort>;

/** How far one region is. Counts only: who it was is in the ledger. */
export const Progress = z.object({
  region: Region,
  /** Where the next page starts: sealed, since a pool's token may say who is there. */
  cursor: z.optional(z.string()),
  /** ISO-8601 UTC. When the pool gave it. */
  cursorAt: z.optional(z.string()),
  isDone: z.boolean(),
  seen: z.number(),
  /** Who are to move now, of those seen. */
  moving: z.number(),
  /** Whom the ledger does not know, or who could not be read. */
  unknown: z.number(),
});
export type Progress = z.infer<typeof Progress>;

export function startOf(region: Region): Progress {
  return { region, isDone: false, seen: 0, moving: 0, unknown: 0 };
}
