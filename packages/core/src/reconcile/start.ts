import { freshId } from "../kernel/ids.ts";
import { newRun, type ReconcileDeps } from "./advance.ts";
import { DRIFT_KINDS, isDone, type ReconcileMessage } from "./schema.ts";

/** Who has said nothing for so long works no more: a page takes seconds, and a message is tried again within minutes. */
const SILENT_MS = 60 * 60 * 1000;

type StartDeps = Pick<ReconcileDeps, "runs" | "pools" | "homes" | "clock">;

/** The run that a message is about, made where it starts one. Undefined: there is nothing to do. Safe to repeat. */
export async function runOf(
  deps: StartDeps,
  { runId, repair, kinds }: ReconcileMessage,
): Promise<string | undefined> {
  if (runId === undefined) return scheduledRun(deps);
  if (repair !== undefined || kinds !== undefined) {
    const order = { runId, repair: repair ?? false, kinds: kinds ?? DRIFT_KINDS };
    await deps.runs.save(await newRun(deps, order));
  }
  return runId;
}

/**
 * The schedule's message: goes on with the run of an earlier one that has stopped, leaves one alone that is at work, or
 * starts anew, looking only. Answers the run to work on. Two messages at once start one run.
 */
async function scheduledRun(deps: StartDeps): Promise<string | undefined> {
  const { runs, clock } = deps;
  const latest = await runs.latestScheduled();
  const run = latest === undefined ? undefined : await runs.find(latest);
  if (run && !isDone(run)) {
    return clock() - Date.parse(run.updatedAt) > SILENT_MS ? run.runId : undefined;
  }
  const runId = freshId();
  await runs.save(await newRun(deps, { runId, repair: false, kinds: DRIFT_KINDS }));
  return (await runs.schedule(runId, latest)) ? runId : undefined;
}
