import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { refusal } from "../cognito/serve.ts";
import { startParts } from "./parts.ts";

// Source: floci-io/floci, SsmSecretsManagerReferenceIntegrationTest.java, measured on AWS; and localstack/localstack,
// tests/aws/services/ssm/test_ssm.py, validated on AWS.

const PREFIX = "/aws/reference/secretsmanager/";

/** A secret with two versions. */
async function start() {
  const { client } = await startParts();
  const ssm = new SSMClient(client());
  const secrets = new SecretsManagerClient(client());
  const Name = "shop/db";
  const { ARN, VersionId } = await secrets.send(
    new CreateSecretCommand({ Name, SecretString: "first" }),
  );
  await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: "it's=2" }));
  return {
    ssm,
    secrets,
    ARN,
    first: VersionId,
    get: async (name: string, WithDecryption = true) =>
      (await ssm.send(new GetParameterCommand({ Name: PREFIX + name, WithDecryption }))).Parameter,
  };
}

describe("a secret that is read as a parameter", () => {
  it("has what Secrets Manager tells of it", async () => {
    const { get, ARN } = await start();
    const parameter = await get("shop/db");
    expect(parameter).toEqual({
      ARN,
      Name: `${PREFIX}shop/db`,
      Type: "SecureString",
      Value: "it's=2",
      Version: 0,
      LastModifiedDate: expect.any(Date),
      SourceResult: expect.stringContaining('"secretString":"it\\u0027s\\u003d2"'),
    });
    expect(JSON.parse(parameter?.SourceResult ?? "")).toEqual({
      ARN,
      name: "shop/db",
      versionId: expect.any(String),
      secretString: "it's=2",
      versionStages: ["AWSCURRENT"],
      createdDate: expect.stringMatching(/^[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d:\d\d [AP]M$/),
    });
  });

  it("is the version that is asked for, by its id or its stage", async () => {
    const { get, first } = await start();
    for (const selector of [":AWSPREVIOUS", `:${first}`]) {
      expect(await get(`shop/db${selector}`)).toMatchObject({
        Name: `${PREFIX}shop/db`,
        Selector: selector,
        Value: "first",
      });
    }
  });

  it("is refused as AWS does", async () => {
    const { get, secrets } = await start();
    const notFound = (asked: string) =>
      `ParameterNotFound: An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/${asked} not found.`;
    expect(await refusal(get("nothing", false))).toBe(
      "ValidationException: WithDecryption flag must be True for retrieving a Secret Manager secret.",
    );
    expect(await refusal(get("nothing"))).toBe(notFound("nothingnull"));
    expect(await refusal(get("shop/db:NOSUCH"))).toBe(notFound("shop/db:NOSUCH"));
    for (const reference of ["shop/db:AWSCURRENT:extra", "shop/db:"]) {
      expect(await refusal(get(reference, false))).toBe(
        "ValidationException: Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>",
      );
    }
    await secrets.send(new DeleteSecretCommand({ SecretId: "shop/db" }));
    expect(await refusal(get("shop/db"))).toBe(
      "ValidationException: Invalid Request to Secrets Manager",
    );
  });

  it("is among other parameters, unless it cannot be answered", async () => {
    const { ssm } = await start();
    await ssm.send(new PutParameterCommand({ Name: "plain", Value: "x", Type: "String" }));
    const names = [
      "plain",
      "nothing",
      `${PREFIX}shop/db`,
      `${PREFIX}nothing`,
      `${PREFIX}shop/db:a:b`,
    ];
    const read = async (WithDecryption: boolean) => {
      const asked = new GetParametersCommand({ Names: names, WithDecryption });
      const { Parameters, InvalidParameters } = await ssm.send(asked);
      return [Parameters?.map(({ Value }) => Value), InvalidParameters];
    };
    expect(await read(true)).toEqual([
      ["x", "it's=2"],
      [names[1], names[3], names[4]],
    ]);
    expect(await read(false)).toEqual([["x"], names.slice(1)]);
  });
});
