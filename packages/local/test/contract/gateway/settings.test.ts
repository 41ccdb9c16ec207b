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
import { describe, expect, it } from "vitest";
import { refusal } from "../cognito/serve.ts";
import { servicesOnDisk } from "./on-disk.ts";

const { clock, config, restarted } = servicesOnDisk();

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
    expect(Parameter?.ARN).toBe(`arn:aws:ssm:us-east-1:000000000000:parameter/app/url`);
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
    for (const client of [ssm("eu-west-1"), ssm("us-east-1", "111122223333")]) {
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
    [
      "with a name that AWS keeps",
      { Name: "/aws/x" },
      "AccessDeniedException: No access to reserved",
    ],
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
    expect(await refusal(create("not a name"))).toBe(
      "ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    );
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
    clock.advance(7 * 86_400_000);
    expect(await refusal(get("deleted"))).toMatch(/^ResourceNotFoundException/);
    expect((await create("deleted", "z")).Name).toBe("deleted");
  });
});
