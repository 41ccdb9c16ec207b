import {
  AdminGetUserCommand,
  CreateUserImportJobCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DescribeUserImportJobCommand,
  GetCSVHeaderCommand,
  ListUserImportJobsCommand,
  ListUsersCommand,
  StartUserImportJobCommand,
  StopUserImportJobCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPages } from "./pages.ts";
import { refusal } from "./serve.ts";

let stage: Awaited<ReturnType<typeof startPages>>;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage.services.stop());

const KMS = { "x-amz-server-side-encryption": "aws:kms" };
const ADA = {
  "cognito:username": "ada",
  "cognito:mfa_enabled": "false",
  email: "ada@example.com",
  email_verified: "TRUE",
};

async function newPool(settings: Partial<CreateUserPoolCommandInput> = {}): Promise<string> {
  const { UserPool } = await stage.sdk.send(
    new CreateUserPoolCommand({
      PoolName: "imported",
      AutoVerifiedAttributes: ["email"],
      ...settings,
    }),
  );
  return UserPool?.Id ?? "";
}

async function newJob(UserPoolId: string): Promise<{ JobId: string; PreSignedUrl: string }> {
  const { UserImportJob } = await stage.sdk.send(
    new CreateUserImportJobCommand({
      UserPoolId,
      JobName: "people",
      CloudWatchLogsRoleArn: "arn:aws:iam::000000000000:role/import-logs",
    }),
  );
  const { JobId = "", PreSignedUrl = "" } = UserImportJob ?? {};
  return { JobId, PreSignedUrl };
}

async function csv(UserPoolId: string, rows: readonly Record<string, string>[]): Promise<string> {
  const { CSVHeader = [] } = await stage.sdk.send(new GetCSVHeaderCommand({ UserPoolId }));
  const lines = rows.map((row) => CSVHeader.map((name) => row[name] ?? "").join(","));
  return [CSVHeader.join(","), ...lines].join("\n");
}

const upload = (url: string, body: string, headers: Record<string, string> = KMS) =>
  fetch(url, { method: "PUT", body, headers });

async function finished(UserPoolId: string, JobId: string) {
  const describe = new DescribeUserImportJobCommand({ UserPoolId, JobId });
  return expect
    .poll(async () => (await stage.sdk.send(describe)).UserImportJob)
    .toMatchObject({ CompletionDate: expect.any(Date) })
    .then(async () => (await stage.sdk.send(describe)).UserImportJob);
}

/** Runs a job from its file to its end. */
async function run(UserPoolId: string, file: string) {
  const job = await newJob(UserPoolId);
  expect((await upload(job.PreSignedUrl, file)).status).toBe(200);
  const { JobId } = job;
  await stage.sdk.send(new StartUserImportJobCommand({ UserPoolId, JobId }));
  return finished(UserPoolId, JobId);
}

async function linesOf(UserPoolId: string) {
  const group = `/aws/cognito/userpools/${UserPoolId}`;
  const response = await fetch(`${stage.services.endpoint}/_local/logs?group=${group}`);
  return (await response.json()) as { group: string; stream: string; line: string }[];
}

describe("an import job", () => {
  it("asks for every attribute, the factor and the name", async () => {
    const UserPoolId = await newPool({ Schema: [{ Name: "plan", AttributeDataType: "String" }] });
    const { CSVHeader } = await stage.sdk.send(new GetCSVHeaderCommand({ UserPoolId }));
    // facts 5
    expect(CSVHeader).toEqual(
      expect.arrayContaining([
        "email_verified",
        "phone_number_verified",
        "custom:plan",
        "cognito:mfa_enabled",
        "cognito:username",
      ]),
    );
    expect(CSVHeader).not.toContain("sub");
  });

  it("makes users who have to reset their password, and says what became of each line", async () => {
    const UserPoolId = await newPool();
    const file = await csv(UserPoolId, [
      { ...ADA, birthdate: "12/10/1815", address: "12 St James's Sq\\, London" },
      ADA,
      { ...ADA, "cognito:username": "bob", email_verified: "" },
      { ...ADA, "cognito:username": "cat", "cognito:mfa_enabled": "" },
      { ...ADA, "cognito:username": "dan", birthdate: "1815-12-10" },
      { ...ADA, "cognito:username": "eve", email: '"eve@example.com"' },
    ]);
    const job = await run(UserPoolId, file);
    expect(job).toMatchObject({
      Status: "Succeeded",
      ImportedUsers: 1,
      SkippedUsers: 1,
      FailedUsers: 4,
    });
    const ada = await stage.sdk.send(new AdminGetUserCommand({ UserPoolId, Username: "ada" }));
    expect(ada.UserStatus).toBe("RESET_REQUIRED");
    expect(ada.UserAttributes).toEqual(
      expect.arrayContaining([
        { Name: "birthdate", Value: "1815-12-10" },
        { Name: "address", Value: "12 St James's Sq, London" },
        { Name: "email_verified", Value: "true" },
      ]),
    );
    const log = await linesOf(UserPoolId);
    expect(log[0]).toMatchObject({
      group: `/aws/cognito/userpools/${UserPoolId}/imported`,
      stream: `${job?.JobId}/people`,
      line: "[SUCCEEDED] Line Number 1 - The import succeeded.",
    });
    expect(log.map(({ line }) => line.slice(0, line.indexOf("]") + 1))).toEqual([
      "[SUCCEEDED]",
      "[SKIPPED]",
      "[FAILED]",
      "[FAILED]",
      "[FAILED]",
      "[FAILED]",
    ]);
    expect(JSON.stringify(log)).not.toContain("example.com");
  });

  it("takes any name in a pool whose names are addresses", async () => {
    const UserPoolId = await newPool({ UsernameAttributes: ["email"] });
    const job = await run(UserPoolId, await csv(UserPoolId, [ADA]));
    expect(job?.ImportedUsers).toBe(1);
    const { Users } = await stage.sdk.send(new ListUsersCommand({ UserPoolId }));
    const sub = Users?.[0]?.Attributes?.find(({ Name }) => Name === "sub")?.Value;
    expect(Users?.[0]?.Username).toBe(sub);
  });

  it("fails where the header is not the pool's, and where no line could be used", async () => {
    const UserPoolId = await newPool();
    const good = await csv(UserPoolId, [ADA]);
    expect((await run(UserPoolId, `\ufeff${good}`))?.Status).toBe("Failed");
    expect((await run(UserPoolId, good.replace("email_verified", "emailverified")))?.Status).toBe(
      "Failed",
    );
    const useless = await csv(UserPoolId, [{ ...ADA, email_verified: "false" }]);
    expect(await run(UserPoolId, useless)).toMatchObject({
      Status: "Failed",
      FailedUsers: 1,
      CompletionMessage: "Too many users have failed or been skipped during the import.",
    });
  });

  it("can be stopped, and not started again", async () => {
    const UserPoolId = await newPool();
    const rows = Array.from({ length: 30_000 }, (_, n) => ({
      ...ADA,
      "cognito:username": `user${n}`,
    }));
    const { JobId, PreSignedUrl } = await newJob(UserPoolId);
    await upload(PreSignedUrl, await csv(UserPoolId, rows));
    const start = () => stage.sdk.send(new StartUserImportJobCommand({ UserPoolId, JobId }));
    expect((await start()).UserImportJob?.Status).toBe("Pending");
    const second = await newJob(UserPoolId);
    const both = new StartUserImportJobCommand({ UserPoolId, JobId: second.JobId });
    expect(await refusal(stage.sdk.send(both))).toMatch(/^PreconditionNotMetException/);
    const stopped = await stage.sdk.send(new StopUserImportJobCommand({ UserPoolId, JobId }));
    expect(stopped.UserImportJob?.Status).toBe("Stopping");
    const job = await finished(UserPoolId, JobId);
    expect(job?.Status).toBe("Stopped");
    expect(job?.ImportedUsers).toBeLessThan(30_000);
    expect(await refusal(start())).toMatch(/^PreconditionNotMetException/);
  });

  it("needs a pool that verifies something, and is listed newest first", async () => {
    const UserPoolId = await newPool({ AutoVerifiedAttributes: [] });
    const [one, two] = [await newJob(UserPoolId), await newJob(UserPoolId)];
    const { JobId } = one;
    expect(
      await refusal(stage.sdk.send(new StartUserImportJobCommand({ UserPoolId, JobId }))),
    ).toMatch(/^PreconditionNotMetException/);
    const page = await stage.sdk.send(new ListUserImportJobsCommand({ UserPoolId, MaxResults: 1 }));
    expect(page.UserImportJobs?.map((job) => job.JobId)).toEqual([two.JobId]);
    expect(page.PaginationToken).toBeTruthy();
    stage.services.clock.advance(2 * 24 * 3_600_000);
    const { UserImportJob } = await stage.sdk.send(
      new DescribeUserImportJobCommand({ UserPoolId, JobId }),
    );
    expect(UserImportJob?.Status).toBe("Expired");
  });
});

describe("the upload", () => {
  it("needs the header that its URL was signed with, the URL as it is, and to be in time", async () => {
    const UserPoolId = await newPool();
    const { PreSignedUrl: url } = await newJob(UserPoolId);
    expect((await upload(url, "x", {})).status).toBe(403);
    expect((await upload(url.replace(/Signature=../, "Signature=zz"), "x")).status).toBe(403);
    expect((await upload(url.replace("/import-", "/../import-"), "x")).status).toBe(403);
    expect((await fetch(url)).status).toBe(403);
    expect((await upload(url, "x")).status).toBe(200);
    stage.services.clock.advance(15 * 60_000);
    const late = await upload(url, "x");
    expect(late.status).toBe(403);
    expect(await late.text()).toContain("Request has expired");
  });
});
