import { setImmediate } from "node:timers/promises";
import type { Ctx, Pool } from "../state.ts";
import { aliasConflicts } from "../users/attributes.ts";
import { insertUser, normalise } from "../users/user-index.ts";
import { type ImportJob, isActive, logOf } from "./job.ts";
import { csvHeader, type ImportedUser, RowError, readRow, splitRow } from "./rows.ts";

/** Rows between two looks at what else there is to do. */
const BATCH = 200;
/** facts/cognito.md 5 */
const MOST_USERS = 500_000;

/** Reads a job's file to its end, unless it is stopped. Whoever starts it does not wait. */
export async function runImport(ctx: Ctx, poolId: string, jobId: string): Promise<void> {
  const found = () => {
    const pool = ctx.pools.get(poolId);
    const job = pool?.importJobs.get(jobId);
    return pool === undefined || job === undefined ? undefined : { pool, job };
  };
  const lines = ctx.keep(() => {
    const here = found();
    return here && begin(ctx, here.pool, here.job);
  });
  if (lines === undefined) return;
  for (let at = 0; at <= lines.rows.length; at += BATCH) {
    // Lets requests in between, one of which may stop the job or delete the pool.
    await setImmediate();
    const goesOn = ctx.keep(() => {
      const here = found();
      if (here === undefined) return false;
      if (here.job.status === "Stopping") {
        end(ctx, here.job, "Stopped", "The Import Job was stopped by the developer.");
        return false;
      }
      for (const [offset, row] of lines.rows.slice(at, at + BATCH).entries()) {
        importRow(ctx, here.pool, here.job, lines.columns, row, at + offset + 1);
      }
      return true;
    });
    if (!goesOn) return;
  }
  ctx.keep(() => {
    const job = found()?.job;
    if (job !== undefined) complete(ctx, job);
  });
}

function begin(ctx: Ctx, pool: Pool, job: ImportJob) {
  job.status = "InProgress";
  const text = job.file?.toString("utf8");
  delete job.file;
  if (text === undefined) {
    return fail(ctx, job, "The file to import was not found: it has to be uploaded first.");
  }
  if (text.startsWith("\ufeff"))
    return fail(ctx, job, "The CSV file begins with a byte order mark.");
  const [header = "", ...rows] = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const columns = splitRow(header);
  const wanted = csvHeader(pool);
  if (columns.length !== wanted.length || wanted.some((name) => !columns.includes(name))) {
    return fail(ctx, job, "The header in the CSV file does not match the header of the user pool.");
  }
  if (rows.length > MOST_USERS) return fail(ctx, job, "The CSV file has too many users.");
  return { columns, rows };
}

function fail(ctx: Ctx, job: ImportJob, message: string): undefined {
  end(ctx, job, "Failed", message);
}

function end(ctx: Ctx, job: ImportJob, status: ImportJob["status"], message: string): void {
  job.status = status;
  job.message = message;
  job.completedAtMs = ctx.deps.clock();
}

/** That a few failures do no harm and nothing but failures does is sure; where the line is, is not: facts 5. */
function complete(ctx: Ctx, job: ImportJob): void {
  if (job.imported === 0 && job.failed + job.skipped > 0) {
    end(ctx, job, "Failed", "Too many users have failed or been skipped during the import.");
  } else {
    end(ctx, job, "Succeeded", "Import Job Completed Successfully.");
  }
}

function importRow(
  ctx: Ctx,
  pool: Pool,
  job: ImportJob,
  columns: readonly string[],
  row: string,
  line: number,
): void {
  const log = (outcome: string, text: string) =>
    ctx.deps.writeLog?.({
      ...logOf(pool, job),
      line: `[${outcome}] Line Number ${line} - ${text}`,
    });
  try {
    if (insert(ctx, pool, readRow(pool, columns, row))) {
      job.imported += 1;
      log("SUCCEEDED", "The import succeeded.");
    } else {
      job.skipped += 1;
      log("SKIPPED", "The user already exists.");
    }
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    job.failed += 1;
    log("FAILED", error.message);
  }
}

/** Whether there was room for the user. No trigger runs, no message is sent: facts/cognito.md 2.1. */
function insert(ctx: Ctx, pool: Pool, { username, attributes, mfa }: ImportedUser): boolean {
  const ownName = pool.usernameAttributes.length === 0;
  if (ownName && pool.users.has(normalise(pool, username))) return false;
  if (aliasConflicts(pool, attributes).length > 0) return false;
  const user = insertUser(
    pool,
    { ...(ownName && { username }), status: "RESET_REQUIRED", attributes },
    ctx.deps.clock(),
  );
  if (mfa && attributes.has("phone_number")) user.mfa.enabled.add("SMS_MFA");
  return true;
}

/** What was under way when a stage ended does not go on in the next. */
export function failInterrupted(pools: ReadonlyMap<string, Pool>): void {
  for (const { importJobs } of pools.values()) {
    for (const job of importJobs.values()) {
      if (!isActive(job)) continue;
      job.status = "Failed";
      job.message = "The import job was interrupted.";
    }
  }
}
