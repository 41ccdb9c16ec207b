import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { resolveMigration } from "@carryover/core/config/resolve";
import { systemClock } from "@carryover/core/kernel/clock";
import type { Region } from "@carryover/core/kernel/ids";
import { type CohortSpec, UsersSpec } from "@carryover/core/placement/cohort";
import { PlacementInputError, parsed } from "@carryover/core/placement/errors";
import {
  type CohortState,
  startCohort,
  stateOfCohort,
} from "@carryover/core/placement/start-cohort";
import { loadMigration } from "@carryover/local/stage";
import Table from "cli-table3";
import type { Command } from "commander";
import { callerArn } from "../caller.ts";
import { cohortsAt, regionsWithPool, type TableOptions } from "./table.ts";

export interface CohortOptions extends TableOptions {
  readonly users?: string;
  readonly to?: string;
  readonly policy?: boolean;
  readonly rule?: string;
  readonly config: string;
}

/** Starts a cohort, or takes up one again, and watches it to its end. The job of each region does the work, at its own pace. */
export async function cohort(
  cohortId: string | undefined,
  _: object,
  command: Command,
): Promise<void> {
  const options = command.optsWithGlobals<CohortOptions>();
  const regions = await regionsWithPool(options);
  const id = cohortId ?? (await start(options, regions));
  console.log(
    `cohort ${id}: it goes on by itself when you leave; \`carryover relocate cohort ${id}\` watches it again`,
  );
  const { regions: done } = await watch(options, id, regions);
  const rows = new Table({
    head: ["region", "seen", "to move", "unknown"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { region, seen, moving, unknown } of done) rows.push([region, seen, moving, unknown]);
  console.log(rows.toString());
}

async function start(options: CohortOptions, regions: readonly Region[]): Promise<string> {
  const spec = await specOf(options);
  const rules =
    options.rule === undefined
      ? []
      : (resolveMigration(await loadMigration(resolve(options.config)), "cohort").placement
          ?.rules ?? []);
  const { id } = await startCohort(
    {
      cohorts: cohortsAt(options),
      policy: { regions, rules },
      clock: systemClock,
      actor: await callerArn(options.region),
    },
    spec,
  );
  return id;
}

/** @throws PlacementInputError */
async function specOf({ users, to, policy, rule }: CohortOptions): Promise<CohortSpec> {
  const asked = [users, policy, rule].filter((one) => one !== undefined);
  if (asked.length !== 1) {
    throw new PlacementInputError("say whom, by one of --users FILE, --policy and --rule NAME");
  }
  if (policy) return { by: "policy" };
  if (rule !== undefined) return { by: "rule", rule };
  if (to === undefined) throw new PlacementInputError("say where to, by --to REGION");
  return parsed(UsersSpec, { userIds: await linesOf(users ?? ""), to });
}

async function linesOf(file: string): Promise<string[]> {
  try {
    const lines = (await readFile(file, "utf8")).split("\n");
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  } catch (error) {
    throw new PlacementInputError(`${file}: cannot be read`, {}, { cause: error });
  }
}

const POLL_MS = 500;

/** Waits until every region is done, however long that takes. */
async function watch(
  at: TableOptions,
  id: string,
  regions: readonly Region[],
): Promise<CohortState> {
  const cohorts = cohortsAt(at);
  for (;;) {
    const state = await stateOfCohort(cohorts, id, regions);
    if (process.stdout.isTTY) {
      const seen = state.regions.reduce((sum, one) => sum + one.seen, 0);
      const done = state.regions.filter(({ isDone }) => isDone).length;
      process.stdout.write(`\r  ${seen} users, ${done} of ${regions.length} regions done`);
      if (state.isDone) process.stdout.write("\n");
    }
    if (state.isDone) return state;
    await new Promise((resolved) => setTimeout(resolved, POLL_MS));
  }
}
