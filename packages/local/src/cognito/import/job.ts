import { ACCOUNT_ID } from "../../service.ts";
import { type Pool, seconds } from "../state.ts";

export type ImportStatus =
  | "Created"
  | "Pending"
  | "InProgress"
  | "Stopping"
  | "Stopped"
  | "Succeeded"
  | "Failed"
  | "Expired";

/** An import of users from a CSV file. */
export interface ImportJob {
  readonly id: string;
  readonly name: string;
  readonly roleArn: string;
  /** Kept and shown only: what a file with hashes looks like is not documented. facts/cognito.md 0 */
  readonly hashing?: string;
  readonly createdAtMs: number;
  startedAtMs?: number;
  completedAtMs?: number;
  status: ImportStatus;
  imported: number;
  skipped: number;
  failed: number;
  message?: string;
  /** What was uploaded, until it has been read. */
  file?: Buffer;
}

/** A job that was not started expires after a day or two: facts/cognito.md 5. */
const EXPIRES_MS = 24 * 3_600_000;

/** The state of a job at a time: nothing runs that could let it expire. */
export function statusAt(job: ImportJob, nowMs: number): ImportStatus {
  return job.status === "Created" && nowMs >= job.createdAtMs + EXPIRES_MS ? "Expired" : job.status;
}

export function isActive({ status }: ImportJob): boolean {
  return status === "Pending" || status === "InProgress" || status === "Stopping";
}

/** `UserImportJobType` of the API. */
export function describeJob(pool: Pool, job: ImportJob, nowMs: number, url?: string): object {
  return {
    JobName: job.name,
    JobId: job.id,
    UserPoolId: pool.id,
    ...(url !== undefined && { PreSignedUrl: url }),
    CreationDate: seconds(job.createdAtMs),
    ...(job.startedAtMs !== undefined && { StartDate: seconds(job.startedAtMs) }),
    ...(job.completedAtMs !== undefined && { CompletionDate: seconds(job.completedAtMs) }),
    Status: statusAt(job, nowMs),
    CloudWatchLogsRoleArn: job.roleArn,
    ImportedUsers: job.imported,
    SkippedUsers: job.skipped,
    FailedUsers: job.failed,
    ...(job.message !== undefined && { CompletionMessage: job.message }),
    ...(job.hashing !== undefined && { PasswordHashingAlgorithm: job.hashing }),
  };
}

/** The log of a job, by its group and stream: facts/cognito.md 5. */
export function logOf(pool: Pool, job: ImportJob): { group: string; stream: string } {
  return {
    group: `/aws/cognito/userpools/${pool.id}/${pool.settings.PoolName ?? ""}`,
    stream: `${job.id}/${job.name}`,
  };
}

export function bucketOf(pool: Pool): string {
  return `aws-cognito-idp-user-import-${pool.region}-${ACCOUNT_ID}`;
}
