import * as z from "zod/mini";
import type { DownstreamSystem } from "../config/downstream-schema.ts";
import { derivedId, PoolId, Region, SourceId, Sub, UserId } from "../kernel/ids.ts";

/** An old account and a new one of the same person, as `UserIdMapped` says it. */
export const Pair = z.object({
  userId: UserId,
  old: z.object({ sourceId: SourceId, poolId: PoolId, sub: Sub }),
  new: z.object({ poolId: PoolId, region: Region, sub: Sub }),
});
export type Pair = z.infer<typeof Pair>;

/** The same for the same two accounts, whoever says it. */
export function pairIdOf({ old, new: other }: Pair): string {
  return derivedId("DownstreamPair", old.poolId, old.sub, other.poolId, other.sub);
}

/** What led to a piece of work: the event's ids, carried on into those that follow. */
export const Cause = z.object({ id: z.string(), correlationId: z.string() });
export type Cause = z.infer<typeof Cause>;

/** `apply` changes the system; `verify` counts what is left; `dry-run` says what `apply` would do. */
export const TaskKind = z.enum(["apply", "verify", "dry-run"]);
export type TaskKind = z.infer<typeof TaskKind>;

/** A message in a system's queue. */
export const Task = z.object({
  task: TaskKind,
  pair: Pair,
  cause: Cause,
  /** Where an earlier piece of `verify` or `dry-run` stopped, and what it had counted by then. */
  resume: z.optional(z.object({ cursor: z.string(), counted: z.number() })),
});
export type Task = z.infer<typeof Task>;

export const ProgressStatus = z.enum(["pending", "done", "failed", "verified"]);
export type ProgressStatus = z.infer<typeof ProgressStatus>;

/** How far one system is with one pair. */
export interface Progress {
  readonly system: string;
  readonly pairId: string;
  readonly pair: Pair;
  readonly cause: Cause;
  readonly status: ProgressStatus;
  readonly attempts: number;
  /** Items or rows changed so far. */
  readonly changed: number;
  /** Counts what an operator started anew, so that it has event ids of its own. From 1. */
  readonly run: number;
  /** When work on it is next to be started by the sweep; ISO-8601 UTC. */
  readonly dueAt: string;
  /** A message that comes earlier is one too many: there was a try, and the next has to wait. */
  readonly notBefore?: string | undefined;
  readonly updatedAt: string;
  /** Goes up by one at each write: what was read must not have changed. */
  readonly version: number;
  /** A short code. */
  readonly reason?: string | undefined;
  /** Where a long piece of work goes on. */
  readonly cursor?: string | undefined;
  /** What the last verification found under the old sub. */
  readonly remaining?: number | undefined;
}

export interface SystemState {
  readonly system: string;
  readonly paused: boolean;
  readonly reason?: string | undefined;
  /** When it was last paused or resumed, or first seen. */
  readonly since: string;
}

/** One person in one system: what it knows them by, and what it shall. */
export interface Change {
  readonly pair: Pair;
  readonly from: string;
  readonly to: string;
  /** Ids of the person that the system should not hold, `from` among them unless it is the right one. */
  readonly wrong: readonly string[];
  /** Stable for good: an endpoint that sees it twice has the change already. */
  readonly deliveryId: string;
}

export function changeOf(
  system: string,
  { keyedOn }: Pick<DownstreamSystem, "keyedOn">,
  pair: Pair,
): Change {
  const to = keyedOn === "userId" ? pair.userId : pair.new.sub;
  const others = keyedOn === "userId" ? [pair.old.sub, pair.new.sub] : [pair.old.sub];
  return {
    pair,
    from: pair.old.sub,
    to,
    wrong: [...new Set<string>(others)].filter((id) => id !== to),
    deliveryId: derivedId("DownstreamChange", system, pairIdOf(pair)),
  };
}
