import { isoTime } from "../kernel/clock.ts";
import type { Facts } from "../kernel/errors.ts";
import { CursorExpiredError, RunMissingError } from "./errors.ts";
import { type ExamineDeps, examine } from "./examine.ts";
import { examineHome, HOME_KINDS, type HomeDeps, homesGone } from "./homes.ts";
import { personOf, userIdIn } from "./person.ts";
import type { LinkedAccounts } from "./ports.ts";
import { type RepairDeps, repair } from "./repair.ts";
import { type DriftKind, type Finding, isDone, type Run, type Step } from "./schema.ts";
import type { ReconcileStore } from "./store.ts";

export interface ReconcileDeps extends ExamineDeps, HomeDeps, RepairDeps {
  readonly runs: ReconcileStore;
  readonly linked: LinkedAccounts;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
  readonly count: (metric: string, dimensions?: Readonly<Record<string, string>>) => void;
}

/** The steps that walk through the identity table and the ledger of placement. The others have the ids of their pools. */
const IDENTITY_STEP = "identity";
const LEDGER_STEP = "placement";

export interface RunOrder {
  readonly runId: string;
  readonly repair: boolean;
  readonly kinds: readonly DriftKind[];
}

/** A run at its start. Every new pool is a step, and the identity table where it is asked for. */
export async function newRun(
  { pools, homes, clock }: Pick<ReconcileDeps, "pools" | "homes" | "clock">,
  { runId, repair: repairs, kinds }: RunOrder,
): Promise<Run> {
  const now = isoTime(clock());
  const steps: Step[] = [];
  for (const pool of pools) steps.push(freshStep(pool.poolId, await pool.count()));
  if (kinds.includes("mapped-but-gone")) steps.push(freshStep(IDENTITY_STEP, undefined));
  if (homes && kinds.includes("home-gone")) steps.push(freshStep(LEDGER_STEP, undefined));
  return {
    runId,
    repair: repairs,
    kinds: [...kinds],
    startedAt: now,
    updatedAt: now,
    steps,
    version: 0,
  };
}

function freshStep(name: string, expected: number | undefined): Step {
  return {
    name,
    ...(expected !== undefined && { expected }),
    seen: 0,
    waiting: 0,
    found: {},
    repaired: {},
    done: false,
  };
}

/**
 * Works page by page until it is done, or `isTime` says so. Nothing is held but one page, and after each the run
 * is where it can go on. Answers undefined when another worker is on the same run: that one goes on.
 * @throws RunMissingError, or an AppError of kind `unavailable`: the page is done again
 */
export async function advance(
  deps: ReconcileDeps,
  runId: string,
  isTime: () => boolean,
): Promise<Run | undefined> {
  const found = await deps.runs.find(runId);
  if (!found) throw new RunMissingError("there is no such run", { runId });
  let run: Run = found;
  while (!isDone(run) && !isTime()) {
    const next = await onePage(deps, run);
    if (!(await deps.runs.save(next, run))) return undefined;
    run = next;
    if (isDone(run)) report(deps, run);
  }
  return run;
}

async function onePage(deps: ReconcileDeps, run: Run): Promise<Run> {
  const step = run.steps.find(({ done }) => !done);
  if (!step) return run;
  const next = await stepOn(deps, run, step);
  return {
    ...run,
    steps: run.steps.map((one) => (one === step ? next : one)),
    updatedAt: isoTime(deps.clock()),
    version: run.version + 1,
  };
}

async function stepOn(deps: ReconcileDeps, run: Run, step: Step): Promise<Step> {
  try {
    const page = await pageOf(deps, run, step);
    await deps.runs.addFindings(run.runId, page.findings, deps.clock());
    const { cursor: _, ...before } = step;
    return {
      ...before,
      seen: step.seen + page.seen,
      waiting: step.waiting + page.waiting,
      found: added(step.found, page.findings),
      repaired: added(
        step.repaired,
        page.findings.filter(({ repaired }) => repaired),
      ),
      ...(page.cursor === undefined ? { done: true } : { cursor: page.cursor }),
    };
  } catch (error) {
    if (!(error instanceof CursorExpiredError)) throw error;
    // Cognito forgets after an hour where a walk had stopped. What was found stays found, each thing once.
    deps.log("warn", "a walk starts anew", { runId: run.runId, step: step.name, seen: step.seen });
    return freshStep(step.name, step.expected);
  }
}

function pageOf(deps: ReconcileDeps, run: Run, step: Step): Promise<Examined> {
  switch (step.name) {
    case IDENTITY_STEP:
      return gonePage(deps, step.cursor);
    case LEDGER_STEP:
      return ledgerPage(deps, step.cursor);
    default:
      return poolPage(deps, run, step);
  }
}

interface Examined {
  readonly findings: readonly Finding[];
  readonly seen: number;
  readonly waiting: number;
  readonly cursor: string | undefined;
}

async function poolPage(deps: ReconcileDeps, run: Run, step: Step): Promise<Examined> {
  const pool = deps.pools.find(({ poolId }) => poolId === step.name);
  // A pool that the stage has no more: there is nothing to look at.
  if (!pool) return { findings: [], seen: 0, waiting: 0, cursor: undefined };
  const kinds = new Set(run.kinds);
  const asksForHomes = HOME_KINDS.some((kind) => kinds.has(kind));
  const findings: Finding[] = [];
  let waiting = 0;
  const { items, cursor } = await pool.page(step.cursor);
  for (const user of items) {
    const person = personOf(user, pool, deps.sourcePools);
    if (!person) waiting += 1;
    // Somebody else can have begun what the user never finishes: that leaves an account too.
    const found = person ?? userIdIn(user, pool);
    if (!found) continue;
    const { userId, account } = found;
    const drifts = person ? [...(await examine(deps, person, kinds))] : [];
    const resident = { userId, account, hasArrived: person !== undefined };
    const kind = asksForHomes ? await examineHome(deps, resident) : undefined;
    if (kind && kinds.has(kind)) drifts.push({ kind, detail: [], pairs: [] });
    for (const drift of drifts) {
      const repaired = run.repair && person !== undefined && (await repair(deps, person, drift));
      const { poolId, sub } = account;
      findings.push({ kind: drift.kind, userId, poolId, sub, detail: drift.detail, repaired });
    }
  }
  return { findings, seen: items.length, waiting, cursor };
}

async function gonePage(
  { linked, pools }: ReconcileDeps,
  from: string | undefined,
): Promise<Examined> {
  const { items, cursor } = await linked.page(from);
  const findings: Finding[] = [];
  for (const { poolId, sub, userId } of items) {
    const pool = pools.find((one) => one.poolId === poolId);
    if (pool && (await pool.find(sub))) continue;
    findings.push({
      kind: "mapped-but-gone",
      userId,
      poolId,
      sub,
      detail: pool ? [] : ["no such pool"],
      repaired: false,
    });
  }
  return { findings, seen: items.length, waiting: 0, cursor };
}

async function ledgerPage(
  { homes, pools }: ReconcileDeps,
  from: string | undefined,
): Promise<Examined> {
  // A stage that has no placement any more: there is nothing to look at.
  if (!homes) return { findings: [], seen: 0, waiting: 0, cursor: undefined };
  const { items, cursor } = await homes.page(from);
  const gone = await homesGone(homes, pools, items);
  const findings = gone.map(({ userId, poolId, sub }) => {
    const detail: string[] = [];
    return { kind: "home-gone" as const, userId, poolId, sub, detail, repaired: false };
  });
  return { findings, seen: items.length, waiting: 0, cursor };
}

function added(counts: Step["found"], findings: readonly Finding[]): Step["found"] {
  const sums = { ...counts };
  for (const { kind } of findings) sums[kind] = (sums[kind] ?? 0) + 1;
  return sums;
}

function report({ log, count }: ReconcileDeps, { runId, steps }: Run): void {
  for (const { name, seen, found, repaired } of steps) {
    log("info", "walked through", { runId, step: name, seen });
    for (const [kind, number] of Object.entries(found)) {
      const left = number - (repaired[kind as DriftKind] ?? 0);
      log("warn", "drift", { runId, step: name, drift: kind, found: number, left });
      if (left > 0) count("Drift", { kind });
    }
  }
}
