import { sendToQueue } from "@carryover/core/aws/task-queue";
import { advance } from "@carryover/core/reconcile/advance";
import { isDone, ReconcileMessage } from "@carryover/core/reconcile/schema";
import { runOf } from "@carryover/core/reconcile/start";
import * as z from "zod/mini";
import { jobs } from "../jobs.ts";
import { sqs } from "../runtime/downstream.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { reconcileDeps } from "../runtime/reconcile.ts";
import { log } from "../runtime/telemetry.ts";
import { linked } from "../runtime/wire.ts";

const deps = reconcileDeps(jobs.reconcile);
const { url } = linked("ReconcileQueue");

/** Of the function's time, after which no page is begun: one takes seconds, and a minute where pools are slow. */
const WORKING_MS = 60_000;

/** Works for a while, then sends the run on to the next invocation. */
export const handler = queueConsumer(async ({ body, messageId }) => {
  const endEpochMs = deps.clock() + WORKING_MS;
  try {
    const runId = await runOf(deps, z.parse(ReconcileMessage, JSON.parse(body)));
    if (runId === undefined) return;
    const run = await advance(deps, runId, () => deps.clock() >= endEpochMs);
    if (run && !isDone(run)) await sendToQueue(sqs, url, [{ runId }]);
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    log("warn", "reconcile has to try again", { messageId, reason });
    throw error;
  }
});
