import type { DownstreamSystem } from "../config/downstream-schema.ts";
import { isoTime } from "../kernel/clock.ts";
import { announce } from "./announce.ts";
import type { DownstreamDeps } from "./deps.ts";
import { DownstreamRaceError } from "./errors.ts";
import { advanced, isDue, pending } from "./progress.ts";
import { type Change, changeOf, type Progress, pairIdOf, type Task } from "./schema.ts";
import type { Applied, Counted, System } from "./system.ts";

export interface WorkDeps extends Omit<DownstreamDeps, "systems"> {
  readonly name: string;
  readonly settings: DownstreamSystem;
  readonly system: System;
  /** How long one call of the system may take. */
  readonly budgetMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * Does one piece of work on a system. Safe to repeat: it is acknowledged after its write and its event.
 * @throws DownstreamStoreError, DownstreamQueueError, DownstreamRaceError, PublishError
 */
export async function work(deps: WorkDeps, task: Task): Promise<void> {
  if ((await deps.store.findSystem(deps.name))?.paused) {
    // What is pending stays so: resuming brings it back.
    deps.log("info", "the system is paused", { system: deps.name, task: task.task });
    return;
  }
  const change = changeOf(deps.name, deps.settings, task.pair);
  switch (task.task) {
    case "apply":
      return apply(deps, change, task);
    case "verify":
      return verify(deps, change, task);
    case "dry-run":
      return rehearse(deps, change, task);
  }
}

async function apply(deps: WorkDeps, change: Change, { pair, cause }: Task): Promise<void> {
  const { name, store, origin, settings } = deps;
  const before = await store.begin(pending(name, pair, cause, origin.clock()));
  if (!isDue(before, origin.clock())) return announce(deps, before);
  const answer = await applied(deps, change, before.cursor, false);
  if (answer.outcome === "closed") await pause(deps, answer.reason);
  const at = { nowMs: origin.clock(), retry: settings.retry, random: deps.random() };
  const after = advanced(before, answer, at);
  await save(deps, after, before);
  report(deps, after, answer);
  if (answer.outcome === "more") await deps.send(name, [{ task: "apply", pair, cause }]);
  await announce(deps, after);
}

/** What is left over after it was done is a failure that a person has to see. */
async function verify(deps: WorkDeps, change: Change, task: Task): Promise<void> {
  const { name, store, origin } = deps;
  const [before] = (await store.ofUser(change.pair.userId, name)).filter(
    ({ pairId }) => pairId === pairIdOf(change.pair),
  );
  // Nothing was promised of what is not done.
  if (!before || before.status === "pending") return;
  const { cursor, counted = 0 } = task.resume ?? {};
  const answer = await answered(deps.system.verify(change, piece(deps, cursor)));
  if (answer.outcome === "more") {
    await sendRest(deps, task, answer.cursor, counted + answer.remaining);
    return;
  }
  const now = isoTime(origin.clock());
  const after = verified({ ...before, updatedAt: now, dueAt: now }, answer, counted);
  if (!after) {
    deps.log("warn", "a system could not be verified", { system: name, ...reasonOf(answer) });
    return;
  }
  await save(deps, after, before);
  if (after.status === "failed" && before.status !== "failed") await announce(deps, after);
}

function verified(before: Progress, answer: Counted, counted: number): Progress | undefined {
  if (answer.outcome !== "counted") return undefined;
  const remaining = counted + answer.remaining;
  if (remaining === 0) {
    return before.status === "failed"
      ? { ...before, remaining }
      : { ...before, remaining, status: "verified", reason: undefined };
  }
  const reason = before.status === "failed" ? before.reason : "left-over";
  return { ...before, remaining, status: "failed", reason };
}

async function rehearse(deps: WorkDeps, change: Change, task: Task): Promise<void> {
  const { cursor, counted = 0 } = task.resume ?? {};
  const answer = await applied(deps, change, cursor, true);
  const changes = counted + ("changed" in answer ? (answer.changed ?? 0) : 0);
  if (answer.outcome === "more") return sendRest(deps, task, answer.cursor, changes);
  await deps.store.saveDryRun({
    system: deps.name,
    pairId: pairIdOf(change.pair),
    userId: change.pair.userId,
    changes,
    ...reasonOf(answer),
    at: isoTime(deps.origin.clock()),
  });
}

async function applied(
  deps: WorkDeps,
  change: Change,
  cursor: string | undefined,
  dryRun: boolean,
): Promise<Applied> {
  // With the old sub as the user ID, a system that is keyed on the user ID has it already.
  if (change.from === change.to) return { outcome: "done", changed: 0 };
  return answered(deps.system.apply(change, { ...piece(deps, cursor), dryRun }));
}

/**
 * What a system throws, a merge function of the configuration for one, counts as a failed try: the message
 * alone would come back without end, and nobody would be told. By its name: what it says may hold values.
 */
async function answered<Answer>(
  call: Promise<Answer>,
): Promise<Answer | { readonly outcome: "retry"; readonly reason: string }> {
  try {
    return await call;
  } catch (error) {
    return { outcome: "retry", reason: error instanceof Error ? error.name : "unknown" };
  }
}

function piece({ budgetMs }: WorkDeps, cursor: string | undefined) {
  return { cursor, signal: AbortSignal.timeout(budgetMs) };
}

async function sendRest(deps: WorkDeps, task: Task, cursor: string, counted: number) {
  await deps.send(deps.name, [{ ...task, resume: { cursor, counted } }]);
}

async function save({ store, name }: WorkDeps, after: Progress, before: Progress): Promise<void> {
  if (await store.save(after, before)) return;
  throw new DownstreamRaceError("the progress changed in between", {
    system: name,
    userId: after.pair.userId,
  });
}

async function pause({ store, name, origin }: WorkDeps, reason: string): Promise<void> {
  const since = isoTime(origin.clock());
  await store.setSystem({ system: name, paused: true, reason, since });
}

function report({ log, name }: WorkDeps, after: Progress, answer: Applied): void {
  const { pair, status, attempts, changed, dueAt } = after;
  const level = status === "failed" || answer.outcome === "closed" ? "error" : "info";
  log(answer.outcome === "retry" && level === "info" ? "warn" : level, "downstream change", {
    system: name,
    userId: pair.userId,
    outcome: answer.outcome,
    status,
    attempts,
    changed,
    ...(status === "pending" && { dueAt }),
    ...reasonOf(answer),
  });
}

function reasonOf(answer: Applied | Counted): { readonly reason?: string } {
  return "reason" in answer ? { reason: answer.reason } : {};
}
