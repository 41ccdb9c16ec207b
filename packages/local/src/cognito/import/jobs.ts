import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { resourceNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import { paged } from "../pools/pools.ts";
import { type Ctx, type Pool, poolOf, randomText } from "../state.ts";
import { describeJob, type ImportJob, isActive, statusAt } from "./job.ts";
import { csvHeader } from "./rows.ts";
import { runImport } from "./run.ts";
import { uploadUrl } from "./upload.ts";

export const getCsvHeader = operation(z.object({ UserPoolId: z.string() }), (ctx, input) => ({
  UserPoolId: input.UserPoolId,
  CSVHeader: csvHeader(poolOf(ctx, input.UserPoolId)),
}));

const Target = z.object({
  UserPoolId: z.string(),
  JobId: z.string(),
});

export const createUserImportJob = operation(
  z.object({
    UserPoolId: z.string(),
    JobName: z.string(),
    CloudWatchLogsRoleArn: z.string(),
    PasswordHashingAlgorithm: z.optional(z.enum(["BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"])),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const nowMs = ctx.deps.clock();
    const job: ImportJob = {
      id: `import-${randomText(10)}`,
      name: input.JobName,
      roleArn: input.CloudWatchLogsRoleArn,
      createdAtMs: nowMs,
      status: "Created",
      imported: 0,
      skipped: 0,
      failed: 0,
      ...(input.PasswordHashingAlgorithm && { hashing: input.PasswordHashingAlgorithm }),
    };
    pool.importJobs.set(job.id, job);
    return { UserImportJob: describeJob(pool, job, nowMs, uploadUrl(ctx, pool, job)) };
  },
);

/** @throws AwsError ResourceNotFoundException */
function target(ctx: Ctx, input: z.infer<typeof Target>): { pool: Pool; job: ImportJob } {
  const pool = poolOf(ctx, input.UserPoolId);
  const job = pool.importJobs.get(input.JobId);
  if (job === undefined) throw resourceNotFound(`User import job ${input.JobId} does not exist.`);
  return { pool, job };
}

function precondition(message: string): AwsError {
  return new AwsError("PreconditionNotMetException", message);
}

export const describeUserImportJob = operation(Target, (ctx, input) => {
  const { pool, job } = target(ctx, input);
  return { UserImportJob: describeJob(pool, job, ctx.deps.clock()) };
});

export const startUserImportJob = operation(Target, (ctx, input) => {
  const { pool, job } = target(ctx, input);
  const nowMs = ctx.deps.clock();
  const status = statusAt(job, nowMs);
  if (status !== "Created") throw precondition(`The job cannot be started: it is ${status}.`);
  if (!pool.settings.AutoVerifiedAttributes?.length) {
    throw precondition("The user pool has no auto verified attribute.");
  }
  // One at a time in the whole account; which error says so is not certain: facts/cognito.md 5.
  const others = [...ctx.pools.values()].flatMap(({ importJobs }) => [...importJobs.values()]);
  if (others.some(isActive)) throw precondition("Another import job is in progress.");
  job.status = "Pending";
  job.startedAtMs = nowMs;
  runImport(ctx, pool.id, job.id).catch((error: unknown) => {
    job.status = "Failed";
    job.message = "Internal error.";
    ctx.deps.log?.(`import ${job.id} failed: ${error instanceof Error ? error.name : "unknown"}`);
  });
  return { UserImportJob: { ...describeJob(pool, job, nowMs), Status: "Pending" } };
});

export const stopUserImportJob = operation(Target, (ctx, input) => {
  const { pool, job } = target(ctx, input);
  const nowMs = ctx.deps.clock();
  if (!isActive(job)) {
    throw precondition(`The job cannot be stopped: it is ${statusAt(job, nowMs)}.`);
  }
  job.status = "Stopping";
  return { UserImportJob: describeJob(pool, job, nowMs) };
});

export const listUserImportJobs = operation(
  z.object({
    UserPoolId: z.string(),
    MaxResults: z.int(),
    PaginationToken: z.optional(z.string()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const nowMs = ctx.deps.clock();
    const page = { MaxResults: input.MaxResults, NextToken: input.PaginationToken };
    const { NextToken, ...rest }: { NextToken?: string } = paged(
      [...pool.importJobs.values()].reverse(),
      page,
      "UserImportJobs",
      (job) => describeJob(pool, job, nowMs),
    );
    return { ...rest, ...(NextToken !== undefined && { PaginationToken: NextToken }) };
  },
);
