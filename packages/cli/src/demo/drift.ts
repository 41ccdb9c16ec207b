import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { countsOf, DRIFT_KINDS, isDone, type Run } from "@carryover/core/reconcile/schema";
import { type ReconcileStore, reconcileStore } from "@carryover/core/reconcile/store";
import type { Clients } from "@carryover/local/clients";
import type { Stage } from "@carryover/local/stage";

const RUN_MS = 120_000;
const POLL_MS = 300;

/** What reconcile finds at the end. */
export interface Drift {
  /** Users and links that it looked at. */
  readonly seen: number;
  readonly differences: readonly string[];
}

/**
 * Has the job look for drift of every kind, as an operator orders it. Once more if it finds some: a service shows what
 * it did a moment before it notes that it did.
 */
export async function findDrift(clients: Clients, stage: Stage): Promise<Drift> {
  const first = await runJob(clients, stage, "demo");
  return first.differences.length === 0 ? first : runJob(clients, stage, "demo-again");
}

async function runJob({ dynamodb, sqs }: Clients, { ready }: Stage, runId: string): Promise<Drift> {
  const MessageBody = JSON.stringify({ runId, repair: false, kinds: DRIFT_KINDS });
  await sqs.send(new SendMessageCommand({ QueueUrl: ready.queues["reconcile"], MessageBody }));
  const runs = reconcileStore(
    DynamoDBDocumentClient.from(dynamodb),
    ready.tables["reconcile"] ?? "",
  );
  const run = await whenDone(runs, runId);
  if (!run) return { seen: 0, differences: ["reconcile did not come to an end"] };
  const found = countsOf(run).filter((count) => count.found > 0);
  return {
    seen: run.steps.reduce((sum, step) => sum + step.seen, 0),
    differences: found.map((count) => `reconcile finds ${count.found} ${count.kind}`),
  };
}

async function whenDone(runs: ReconcileStore, runId: string): Promise<Run | undefined> {
  for (const endMs = Date.now() + RUN_MS; Date.now() < endMs; ) {
    const run = await runs.find(runId);
    if (run && isDone(run)) return run;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}
