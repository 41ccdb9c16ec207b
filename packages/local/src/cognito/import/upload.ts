import { createHmac, timingSafeEqual } from "node:crypto";
import type { WireRequest, WireResponse } from "../../http.ts";
import type { Ctx, Pool } from "../state.ts";
import { bucketOf, type ImportJob } from "./job.ts";

/** Where the stage takes uploads: files of import jobs, and nothing else. */
export const UPLOAD_PATH = "/_s3/";
/** How large a file may be: facts/cognito.md 5. */
export const MOST_UPLOAD_BYTES = 100 * 1024 * 1024;

const LIFETIME_SECONDS = 900;
const ENCRYPTION = "x-amz-server-side-encryption";

function signature(pool: Pool, path: string, date: string): string {
  return createHmac("sha256", pool.secret).update(`PUT\n${path}\n${date}`).digest("hex");
}

/** The URL to which a job's file is put, within 15 minutes and with the header that it is signed with. */
export function uploadUrl(ctx: Ctx, pool: Pool, job: ImportJob): string {
  const path = `${UPLOAD_PATH}${bucketOf(pool)}/${pool.id}/${job.id}`;
  const date = amzDate(job.createdAtMs);
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `COGNITO/${date.slice(0, 8)}/${pool.region}/s3/aws4_request`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(LIFETIME_SECONDS),
    "X-Amz-SignedHeaders": `host;${ENCRYPTION}`,
    "X-Amz-Signature": signature(pool, path, date),
  });
  return `${ctx.deps.endpoint()}${path}?${query}`;
}

function amzDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** `PUT` of a job's file. The errors are S3's. */
export function takeUpload(ctx: Ctx, request: WireRequest): WireResponse {
  const [, , poolId = "", jobId = ""] = request.path.slice(UPLOAD_PATH.length - 1).split("/");
  const pool = ctx.pools.get(poolId);
  const job = pool?.importJobs.get(jobId);
  const date = request.query.get("X-Amz-Date") ?? "";
  if (request.method !== "PUT" || pool === undefined || job === undefined) {
    return refusal(403, "AccessDenied", "Access Denied");
  }
  const given = Buffer.from(request.query.get("X-Amz-Signature") ?? "");
  const right = Buffer.from(signature(pool, request.path, date));
  const signed = given.length === right.length && timingSafeEqual(given, right);
  if (!signed || request.headers[ENCRYPTION] !== "aws:kms") {
    return refusal(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
  }
  if (ctx.deps.clock() >= job.createdAtMs + LIFETIME_SECONDS * 1000) {
    return refusal(403, "AccessDenied", "Request has expired");
  }
  if (job.status === "Created") job.file = request.body;
  return { status: 200, headers: { [ENCRYPTION]: "aws:kms" } };
}

function refusal(status: number, code: string, message: string): WireResponse {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}
