import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Services, startServices } from "../../../src/services.ts";

const installed = spawnSync("aws", ["--version"]).status === 0;

let folder = "";
let services: Services;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "carryover-cli-"));
  services = await startServices({ port: 0, homeRegion: "us-east-1" });
});
afterAll(async () => {
  await services.stop();
  await rm(folder, { recursive: true });
});

/** Runs the AWS CLI as somebody would by hand; answers its JSON. */
function aws(...args: string[]): Promise<Record<string, unknown>> {
  const env = {
    PATH: process.env["PATH"],
    // Neither this machine's profile nor its credentials.
    HOME: folder,
    PYENV_VERSION: process.env["PYENV_VERSION"],
    PYENV_ROOT: process.env["PYENV_ROOT"],
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_PAGER: "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return new Promise((resolve, reject) => {
    execFile(
      "aws",
      ["--endpoint-url", services.endpoint, "--output", "json", ...args],
      { env },
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr.trim()));
        else resolve(stdout.trim() === "" ? {} : JSON.parse(stdout));
      },
    );
  });
}

describe.skipIf(!installed)("the AWS CLI (apt-get install awscli)", { timeout: 120_000 }, () => {
  it("makes a pool and a user, and signs in", async () => {
    const { UserPool } = await aws("cognito-idp", "create-user-pool", "--pool-name", "cli");
    const { Id: pool } = UserPool as { Id: string };
    const { UserPoolClient } = await aws(
      ...["cognito-idp", "create-user-pool-client", "--user-pool-id", pool, "--client-name", "app"],
      ...["--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    );
    const { ClientId: client } = UserPoolClient as { ClientId: string };
    const user = ["--user-pool-id", pool, "--username", "ada"];
    await aws("cognito-idp", "admin-create-user", ...user, "--message-action", "SUPPRESS");
    const password = ["--password", "Correct-Horse-9", "--permanent"];
    await aws("cognito-idp", "admin-set-user-password", ...user, ...password);
    const signIn = (secret: string) =>
      aws(
        ...["cognito-idp", "initiate-auth", "--auth-flow", "USER_PASSWORD_AUTH"],
        ...["--client-id", client, "--auth-parameters", `USERNAME=ada,PASSWORD=${secret}`],
      );
    expect(await signIn("Correct-Horse-9")).toMatchObject({
      AuthenticationResult: { TokenType: "Bearer" },
    });
    await expect(signIn("wrong")).rejects.toThrow(
      "An error occurred (NotAuthorizedException) when calling the InitiateAuth operation: Incorrect username or password.",
    );
  });

  it("sends an event through a rule into a queue", async () => {
    const { QueueUrl } = await aws("sqs", "create-queue", "--queue-name", "cli");
    const arn = "arn:aws:sqs:us-east-1:000000000000:cli";
    await aws("events", "put-rule", "--name", "cli", "--event-pattern", '{"source":["cli"]}');
    await aws("events", "put-targets", "--rule", "cli", "--targets", `Id=1,Arn=${arn}`);
    const entry = { Source: "cli", DetailType: "Said", Detail: '{"word":"hello"}' };
    expect(await aws("events", "put-events", "--entries", JSON.stringify([entry]))).toMatchObject({
      FailedEntryCount: 0,
    });
    const { Messages } = await aws(
      ...["sqs", "receive-message", "--queue-url", String(QueueUrl), "--wait-time-seconds", "10"],
    );
    const [{ Body }] = Messages as [{ Body: string }];
    expect(JSON.parse(Body)).toMatchObject({ "detail-type": "Said", detail: { word: "hello" } });
  });

  it("keeps an item in a table", async () => {
    await aws(
      ...["dynamodb", "create-table", "--table-name", "cli", "--billing-mode", "PAY_PER_REQUEST"],
      ...["--attribute-definitions", "AttributeName=id,AttributeType=S"],
      ...["--key-schema", "AttributeName=id,KeyType=HASH"],
    );
    const id = { id: { S: "1" } };
    const item = { ...id, word: { S: "hello" } };
    await aws("dynamodb", "put-item", "--table-name", "cli", "--item", JSON.stringify(item));
    expect(
      await aws("dynamodb", "get-item", "--table-name", "cli", "--key", JSON.stringify(id)),
    ).toEqual({ Item: item });
  });

  it("says who it is, also in a role", async () => {
    expect(await aws("sts", "get-caller-identity")).toMatchObject({ Account: "000000000000" });
    expect(
      await aws(
        ...["sts", "assume-role", "--role-session-name", "cli"],
        ...["--role-arn", "arn:aws:iam::111122223333:role/reader"],
      ),
    ).toMatchObject({
      AssumedRoleUser: { Arn: "arn:aws:sts::111122223333:assumed-role/reader/cli" },
    });
  });

  it("uploads a function and invokes it", async () => {
    const code = "export const handler = async ({ word }) => ({ said: word });";
    await writeFile(join(folder, "code.zip"), zipSync({ "index.mjs": strToU8(code) }));
    await aws(
      ...["lambda", "create-function", "--function-name", "cli", "--runtime", "nodejs22.x"],
      ...["--role", "arn:aws:iam::000000000000:role/cli", "--handler", "index.handler"],
      ...["--timeout", "30", "--zip-file", `fileb://${join(folder, "code.zip")}`],
    );
    const out = join(folder, "out.json");
    await writeFile(join(folder, "in.json"), '{"word":"hello"}');
    expect(
      await aws(
        ...["lambda", "invoke", "--function-name", "cli"],
        ...["--payload", `fileb://${join(folder, "in.json")}`, out],
      ),
    ).toMatchObject({ StatusCode: 200 });
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual({ said: "hello" });
  });

  it("puts a metric and reads it", async () => {
    const metric = ["--namespace", "cli", "--metric-name", "words"];
    await aws("cloudwatch", "put-metric-data", ...metric, "--value", "1.5", "--unit", "Count");
    const hour = 3_600_000;
    const [from, to] = [-hour, hour].map((ms) => new Date(Date.now() + ms).toISOString());
    const { Datapoints } = await aws(
      ...["cloudwatch", "get-metric-statistics", ...metric, "--statistics", "Sum"],
      ...["--period", "86400", "--start-time", String(from), "--end-time", String(to)],
    );
    expect(Datapoints).toMatchObject([{ Sum: 1.5, Unit: "Count" }]);
  });

  it("keeps a parameter and a secret", async () => {
    const name = ["--name", "/cli/key"];
    await aws("ssm", "put-parameter", ...name, "--value", "hello", "--type", "SecureString");
    expect(await aws("ssm", "get-parameter", ...name, "--with-decryption")).toMatchObject({
      Parameter: { Value: "hello", Version: 1 },
    });
    await expect(aws("ssm", "get-parameter", "--name", "/cli/nothing")).rejects.toThrow(
      "An error occurred (ParameterNotFound) when calling the GetParameter operation",
    );
    await aws("secretsmanager", "create-secret", "--name", "cli", "--secret-string", "hello");
    expect(await aws("secretsmanager", "get-secret-value", "--secret-id", "cli")).toMatchObject({
      SecretString: "hello",
    });
  });
});

it.skipIf(installed)("the AWS CLI is not installed: apt-get install awscli, to test it", () => {
  expect(installed).toBe(false);
});
