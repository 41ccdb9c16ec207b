import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/data/store.ts";
import { type Services, startServices } from "../../../src/services.ts";
import { refusal } from "../cognito/serve.ts";

const REGION = "us-east-1";
let directory: string;
let services: Services;

/** Keeps what it is given on the disk, so that a stage can be started again on it. */
async function start(): Promise<Services> {
  const store: Store = await openStore(directory);
  return startServices({
    port: 0,
    homeRegion: REGION,
    data: { store, tables: (region) => join(directory, "tables", region) },
  });
}
async function restarted(): Promise<void> {
  await services.stop();
  services = await start();
}
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "carryover-settings-"));
  services = await start();
});
afterAll(async () => {
  await services.stop();
  await rm(directory, { recursive: true });
});

const config = (region = REGION, accessKeyId = "local") => ({
  endpoint: services.endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey: "x" },
  maxAttempts: 1,
});

// Source of what follows: Systems Manager API reference, PutParameter, GetParameter, GetParametersByPath.
describe("parameters", () => {
  const ssm = (region?: string, key?: string) => new SSMClient(config(region, key));
  const put = (Name: string, Value: string, more: object = {}) =>
    ssm().send(new PutParameterCommand({ Name, Value, Type: "String", ...more }));
  const value = async (Name: string, more: object = {}) =>
    (await ssm().send(new GetParameterCommand({ Name, ...more }))).Parameter?.Value;

  it("have versions, and outlive the stage", async () => {
    expect((await put("/app/url", "one")).Version).toBe(1);
    expect(await refusal(put("/app/url", "two"))).toMatch(/^ParameterAlreadyExists: The parameter/);
    expect((await put("/app/url", "two", { Overwrite: true, Type: undefined })).Version).toBe(2);
    await restarted();
    expect(await value("/app/url")).toBe("two");
    expect(await value("/app/url:1")).toBe("one");
    const { Parameter } = await ssm().send(new GetParameterCommand({ Name: "/app/url" }));
    expect(Parameter?.ARN).toBe(`arn:aws:ssm:${REGION}:000000000000:parameter/app/url`);
    expect(await value(Parameter?.ARN ?? "")).toBe("two");
    expect(await refusal(value("/app/url:9"))).toMatch(/^ParameterVersionNotFound/);
  });

  it("show a SecureString only to who decrypts it", async () => {
    await put("/app/key", "secret text", { Type: "SecureString" });
    expect(await value("/app/key")).not.toContain("secret");
    expect(await value("/app/key", { WithDecryption: true })).toBe("secret text");
  });

  it("are found below a path, page by page, with or without what is further down", async () => {
    for (const name of ["a", "b", "c/d", "c/e"]) await put(`/tree/${name}`, name);
    await put("/treeless", "not below");
    const found: (string | undefined)[] = [];
    for await (const { Parameters = [] } of paginateGetParametersByPath(
      { client: ssm(), pageSize: 3 },
      { Path: "/tree", Recursive: true },
    )) {
      expect(Parameters.length).toBeLessThanOrEqual(3);
      found.push(...Parameters.map(({ Value }) => Value));
    }
    expect(found).toEqual(["a", "b", "c/d", "c/e"]);
    const flat = await ssm().send(new GetParametersByPathCommand({ Path: "/tree/" }));
    expect(flat.Parameters?.map(({ Value }) => Value)).toEqual(["a", "b"]);
    expect(
      await refusal(ssm().send(new GetParametersByPathCommand({ Path: "/tree", NextToken: "x" }))),
    ).toMatch(/^InvalidNextToken/);
  });

  it("are of one region and one account", async () => {
    await put("/app/place", "here");
    const get = new GetParametersCommand({ Names: ["/app/place", "/app/nothing"] });
    expect(await ssm().send(get)).toMatchObject({
      Parameters: [{ Value: "here" }],
      InvalidParameters: ["/app/nothing"],
    });
    for (const client of [ssm("eu-west-1"), ssm(REGION, "111122223333")]) {
      expect((await client.send(get)).InvalidParameters).toHaveLength(2);
    }
  });

  it("are gone once they are deleted", async () => {
    await put("/gone/one", "1");
    await put("/gone/two", "2");
    await ssm().send(new DeleteParameterCommand({ Name: "/gone/one" }));
    const Names = ["/gone/one", "/gone/two"];
    expect(await ssm().send(new DeleteParametersCommand({ Names }))).toMatchObject({
      DeletedParameters: ["/gone/two"],
      InvalidParameters: ["/gone/one"],
    });
    await restarted();
    expect(await refusal(value("/gone/one"))).toMatch(/^ParameterNotFound/);
    expect(await refusal(ssm().send(new DeleteParameterCommand({ Name: "/gone/one" })))).toMatch(
      /^ParameterNotFound/,
    );
  });

  it.each([
    ["without a type", { Type: undefined }, "ValidationException: A parameter type is required"],
    ["with a name that AWS keeps", { Name: "/aws/x" }, "ValidationException: Parameter name"],
    ["with a path that does not begin", { Name: "x/y" }, "ValidationException: Parameter name"],
    ["with too long a value", { Value: "x".repeat(4097) }, "ValidationException: Standard tier"],
  ])("are refused %s", async (_how, more, reason) => {
    expect(await refusal(put("/app/refused", "x", more))).toContain(reason);
  });
});

// Source of what follows: Secrets Manager API reference, and its user guide, "Secret versions".
describe("secrets", () => {
  const manager = (region?: string) => new SecretsManagerClient(config(region));
  const create = (Name: string, SecretString?: string) =>
    manager().send(new CreateSecretCommand({ Name, ...(SecretString && { SecretString }) }));
  const get = (SecretId: string, more: object = {}) =>
    manager().send(new GetSecretValueCommand({ SecretId, ...more }));

  it("have a current and a previous value, and outlive the stage", async () => {
    const { ARN = "" } = await create("db/password", "one");
    expect(ARN).toMatch(
      /^arn:aws:secretsmanager:us-east-1:000000000000:secret:db\/password-[A-Za-z0-9]{6}$/,
    );
    for (const SecretString of ["two", "three"]) {
      await manager().send(new PutSecretValueCommand({ SecretId: ARN, SecretString }));
    }
    await restarted();
    expect(await get("db/password")).toMatchObject({
      SecretString: "three",
      VersionStages: ["AWSCURRENT"],
    });
    expect((await get(ARN, { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("two");
    const { VersionIdsToStages } = await manager().send(
      new DescribeSecretCommand({ SecretId: "db/password" }),
    );
    expect(Object.values(VersionIdsToStages ?? {})).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]]);
  });

  it("take bytes, and the same request again", async () => {
    await create("binary");
    const ClientRequestToken = "0123456789abcdef0123456789abcdef";
    const SecretBinary = new Uint8Array([0, 255, 7]);
    const putBytes = (bytes: Uint8Array) =>
      manager().send(
        new PutSecretValueCommand({ SecretId: "binary", SecretBinary: bytes, ClientRequestToken }),
      );
    await putBytes(SecretBinary);
    expect((await putBytes(SecretBinary)).VersionId).toBe(ClientRequestToken);
    expect(await refusal(putBytes(new Uint8Array([1])))).toMatch(/^ResourceExistsException/);
    expect((await get("binary")).SecretBinary).toEqual(SecretBinary);
  });

  it("say what is wrong", async () => {
    await create("once", "x");
    await create("empty");
    expect(await refusal(create("once", "y"))).toBe(
      "ResourceExistsException: The operation failed because the secret once already exists.",
    );
    expect(await refusal(get("nothing"))).toBe(
      "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    );
    expect(await refusal(get("empty"))).toBe(
      "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    );
    expect(await refusal(create("not a name"))).toMatch(/^InvalidParameterException/);
    const elsewhere = manager("eu-west-1").send(new GetSecretValueCommand({ SecretId: "once" }));
    expect(await refusal(elsewhere)).toMatch(/^ResourceNotFoundException/);
  });

  it("can be restored until their window is over", async () => {
    await create("deleted", "x");
    const remove = () =>
      manager().send(new DeleteSecretCommand({ SecretId: "deleted", RecoveryWindowInDays: 7 }));
    const names = async () =>
      (await manager().send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name);
    expect(await names()).toContain("deleted");
    await remove();
    expect(await names()).not.toContain("deleted");
    expect(await refusal(get("deleted"))).toBe(
      "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
    );
    expect(await refusal(create("deleted", "y"))).toMatch(/already scheduled for deletion/);
    await manager().send(new RestoreSecretCommand({ SecretId: "deleted" }));
    expect((await get("deleted")).SecretString).toBe("x");
    await remove();
    services.clock.advance(7 * 86_400_000);
    expect(await refusal(get("deleted"))).toMatch(/^ResourceNotFoundException/);
    expect((await create("deleted", "z")).Name).toBe("deleted");
  });
});

// Source of what follows: CloudWatch API reference, PutMetricData, GetMetricData, GetMetricStatistics, ListMetrics.
describe("metrics", () => {
  const cloudwatch = () => new CloudWatchClient(config());
  const Namespace = "test";
  const Dimensions = [
    { Name: "service", Value: "identity" },
    { Name: "kind", Value: "a" },
  ];
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds));
  const range = { StartTime: at(0), EndTime: at(180), Period: 60 };

  it("are summed up by period", async () => {
    await cloudwatch().send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [
          { MetricName: "Latency", Dimensions, Timestamp: at(1), Value: 3 },
          { MetricName: "Latency", Dimensions, Timestamp: at(59), Values: [5, 1], Counts: [2, 1] },
          { MetricName: "Latency", Dimensions, Timestamp: at(60), Value: 8 },
          { MetricName: "Latency", Dimensions, Timestamp: at(180), Value: 999 },
          { MetricName: "Latency", Timestamp: at(2), Value: 77 },
        ],
      }),
    );
    const { Datapoints = [] } = await cloudwatch().send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName: "Latency",
        Dimensions: Dimensions.toReversed(),
        ...range,
        Statistics: ["SampleCount", "Sum", "Minimum", "Maximum", "Average"],
      }),
    );
    expect(Datapoints).toEqual([
      {
        Timestamp: at(0),
        Unit: "None",
        SampleCount: 4,
        Sum: 14,
        Minimum: 1,
        Maximum: 5,
        Average: 3.5,
      },
      {
        Timestamp: at(60),
        Unit: "None",
        SampleCount: 1,
        Sum: 8,
        Minimum: 8,
        Maximum: 8,
        Average: 8,
      },
    ]);
    await restarted();
    const { StartTime, EndTime, Period } = range;
    const Metric = { Namespace, MetricName: "Latency", Dimensions };
    const { MetricDataResults } = await cloudwatch().send(
      new GetMetricDataCommand({
        StartTime,
        EndTime,
        MetricDataQueries: [{ Id: "m1", MetricStat: { Metric, Period, Stat: "Maximum" } }],
      }),
    );
    expect(MetricDataResults).toEqual([
      {
        Id: "m1",
        Label: "Latency",
        Timestamps: [at(60), at(0)],
        Values: [8, 5],
        StatusCode: "Complete",
      },
    ]);
  });

  it("may come compressed, and are listed", async () => {
    // The SDK compresses from ten kilobytes on.
    const MetricData = Array.from({ length: 200 }, (_, index) => ({
      MetricName: `Many-${String(index).padStart(60, "0")}`,
      Dimensions,
      Value: index,
    }));
    await cloudwatch().send(new PutMetricDataCommand({ Namespace: "many", MetricData }));
    const list = (more: object) =>
      cloudwatch().send(new ListMetricsCommand({ Namespace: "many", ...more }));
    expect((await list({})).Metrics).toHaveLength(200);
    expect((await list({ Dimensions: [{ Name: "kind", Value: "b" }] })).Metrics).toEqual([]);
    const [metric] = MetricData;
    expect((await list({ MetricName: metric?.MetricName })).Metrics).toEqual([
      { Namespace: "many", MetricName: metric?.MetricName, Dimensions },
    ]);
  });

  it("are refused without a value, and where the range is none", async () => {
    const wrong = cloudwatch().send(
      new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: "Nothing" }] }),
    );
    expect(await refusal(wrong)).toMatch(/^InvalidParameterValue/);
    const none = cloudwatch().send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName: "Latency",
        ...range,
        EndTime: at(0),
        Statistics: ["Sum"],
      }),
    );
    expect(await refusal(none)).toMatch(/^InvalidParameterCombination/);
  });
});
