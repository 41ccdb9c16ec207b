import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { sendToQueue } from "@carryover/core/aws/task-queue";
import { RunMissingError } from "@carryover/core/reconcile/errors";
import {
  countsOf,
  DRIFT_KINDS,
  type DriftKind,
  type Finding,
  isDone,
  type ReconcileMessage,
  type Run,
} from "@carryover/core/reconcile/schema";
import { type ReconcileStore, reconcileStore } from "@carryover/core/reconcile/store";
import { Presets, SingleBar } from "cli-progress";
import Table from "cli-table3";
import pc from "picocolors";

export interface ReconcileOptions {
  readonly table: string;
  readonly queue: string;
  readonly region: string;
  readonly repair?: boolean;
  readonly kinds?: readonly DriftKind[];
  readonly resume?: string;
  /** How many user IDs of each kind to print. */
  readonly list: number;
}

/** What an operator does about what a repair leaves. */
const ADVICE: Record<DriftKind, string> = {
  unmapped: "--repair says again what was lost",
  "groups-missing": "--repair says again what was lost",
  "downstream-missing": "--repair says again what was lost",
  "mail-missing": "--repair says again what was lost",
  "mapped-but-gone":
    "the account was deleted in the new pool; its old ids still lead to the person",
  "two-user-ids": "with --repair listed by `carryover reviews`: whose account is it?",
  "unknown-source": "put the source back into carryover.config.ts",
  "attribute-drift": "compare with the source: dropped by the mapping, or taken away since?",
  "placement-missing": "--repair says again what was lost",
  "stray-account":
    "nobody gets in by it: delete it, unless it is the user's only one (carryover placement export)",
  "copy-overdue": "the log of delete-old-copies says what keeps it",
  "home-gone": "deleted by somebody: POST /placement/users/<user ID>/forget, if it is to stay so",
};

/** Orders a run, or goes on with one, and watches it to its end. The job does the work, at its own pace. */
export async function reconcile(options: ReconcileOptions): Promise<void> {
  const { table, queue, region } = options;
  const runs = reconcileStore(DynamoDBDocumentClient.from(new DynamoDBClient({ region })), table);
  const runId = options.resume ?? randomUUID();
  if (options.resume !== undefined && !(await runs.find(runId))) {
    throw new RunMissingError(`there is no run ${runId} in ${table}`, { runId });
  }
  const order: ReconcileMessage = options.resume
    ? { runId }
    : { runId, repair: options.repair ?? false, kinds: [...(options.kinds ?? DRIFT_KINDS)] };
  await sendToQueue(new SQSClient({ region }), queue, [order]);
  console.log(
    `run ${runId}: it goes on by itself when you leave; --resume ${runId} watches it again`,
  );
  const run = await watch(runs, runId);
  await print(runs, run, options.list);
  if (countsOf(run).some(({ found, repaired }) => found > repaired)) process.exitCode = 1;
}

const POLL_MS = 500;
/** Longer than a cold start and a busy queue take. */
const BEGUN_WITHIN_POLLS = 120;

/** Waits for the end of a run, however long that takes; says so once where nobody seems to have taken the order. */
export async function watch(runs: Pick<ReconcileStore, "find">, runId: string): Promise<Run> {
  const bar = new SingleBar(
    { format: "  {bar} {value}/{total} users", hideCursor: true },
    Presets.shades_classic,
  );
  if (process.stdout.isTTY) bar.start(0, 0);
  try {
    for (let polls = 1; ; polls += 1) {
      const run = await runs.find(runId);
      if (!run && polls === BEGUN_WITHIN_POLLS) {
        console.error(
          "The job has not begun. Is --queue its queue, and not another one or its dead letters? Else its log says why.",
        );
      }
      if (run) {
        const seen = sum(run.steps.map((step) => step.seen));
        const expected = sum(run.steps.map((step) => Math.max(step.expected ?? 0, step.seen)));
        bar.setTotal(expected);
        bar.update(seen);
        if (isDone(run)) return run;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    bar.stop();
  }
}

async function print(runs: ReconcileStore, run: Run, most: number): Promise<void> {
  const walked = new Table({
    head: ["walked through", "users", "on their way"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, seen, waiting } of run.steps) walked.push([name, seen, waiting]);
  console.log(walked.toString());
  const counts = new Table({
    head: ["drift", "found", "said again"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { kind, found, repaired } of countsOf(run)) counts.push([kind, found, repaired]);
  console.log(counts.toString());
  for (const { kind, found, repaired } of countsOf(run)) {
    if (found === 0) continue;
    console.log(`\n${pc.bold(kind)}${found > repaired ? `: ${ADVICE[kind]}` : ""}`);
    for await (const { userId, poolId, sub, detail } of findingsOf(runs, run.runId, kind, most)) {
      console.log(`  ${userId}  ${poolId} ${sub}  ${detail.join(" ")}`.trimEnd());
    }
    if (found > most) console.log(`  … and ${found - most} more: --list ${found}`);
  }
  if (countsOf(run).every(({ found }) => found === 0)) console.log(pc.green("No drift."));
}

async function* findingsOf(
  runs: ReconcileStore,
  runId: string,
  kind: DriftKind,
  most: number,
): AsyncGenerator<Finding> {
  let cursor: string | undefined;
  let left = most;
  do {
    const page = await runs.findings(runId, kind, cursor === undefined ? {} : { cursor });
    for (const finding of page.items.slice(0, left)) yield finding;
    left -= page.items.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
