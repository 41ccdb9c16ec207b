import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type Filter,
  GetRandomPasswordCommand,
  type GetRandomPasswordCommandInput,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { refusal } from "../cognito/serve.ts";
import { startParts } from "./parts.ts";

// Source, unless another is named: Secrets Manager API reference; moto's tests/test_secretsmanager.

const [V1, V2, V3] = ["1", "2", "3"].map((last) => `00000000-0000-0000-0000-00000000000${last}`);

async function start() {
  const { client } = await startParts();
  const manager = new SecretsManagerClient(client());
  const SecretId = "db";
  return {
    manager,
    create: (Name: string, more: Partial<CreateSecretCommandInput> = {}) =>
      manager.send(new CreateSecretCommand({ Name, ...more })),
    put: (SecretString: string, more: object = {}) =>
      manager.send(new PutSecretValueCommand({ SecretId, SecretString, ...more })),
    get: (more: object = {}) => manager.send(new GetSecretValueCommand({ SecretId, ...more })),
    move: (VersionStage: string, RemoveFromVersionId?: string, MoveToVersionId?: string) =>
      manager.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage,
          RemoveFromVersionId,
          MoveToVersionId,
        }),
      ),
    stages: async () => {
      const described = await manager.send(new DescribeSecretCommand({ SecretId }));
      return described.VersionIdsToStages;
    },
  };
}

describe("the versions of a secret", () => {
  it("have labels that are on one of them at a time", async () => {
    const { create, put, stages } = await start();
    await create("db", { SecretString: "one", ClientRequestToken: V1 });
    await put("two", { ClientRequestToken: V2, VersionStages: ["BLUE", "GREEN"] });
    expect(await stages()).toEqual({ [`${V1}`]: ["AWSCURRENT"], [`${V2}`]: ["BLUE", "GREEN"] });
    const third = await put("three", { ClientRequestToken: V3, VersionStages: ["BLUE"] });
    expect(third.VersionStages).toEqual(["BLUE"]);
    expect(await stages()).toEqual({
      [`${V1}`]: ["AWSCURRENT"],
      [`${V2}`]: ["GREEN"],
      [`${V3}`]: ["BLUE"],
    });
  });

  it("begin with a current one, however it is labelled", async () => {
    const { create, put, get } = await start();
    await create("db");
    const { VersionStages } = await put("one", { VersionStages: ["BLUE"] });
    expect(VersionStages).toEqual(["BLUE", "AWSCURRENT"]);
    expect((await get()).SecretString).toBe("one");
  });

  // Source of the words: what Terraform's AWS provider quotes.
  it("change their labels, but one is always current", async () => {
    const { create, put, get, move, stages } = await start();
    await create("db", { SecretString: "one", ClientRequestToken: V1 });
    await put("two", { ClientRequestToken: V2, VersionStages: ["AWSPENDING"] });
    expect(await refusal(move("AWSCURRENT", undefined, V2))).toBe(
      `InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${V1}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
    expect(await refusal(move("AWSCURRENT", V1))).toBe(
      "InvalidParameterException: You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.",
    );
    await move("AWSCURRENT", V1, V2);
    await move("AWSPENDING", V2);
    expect(await stages()).toEqual({ [`${V1}`]: ["AWSPREVIOUS"], [`${V2}`]: ["AWSCURRENT"] });
    expect((await get()).SecretString).toBe("two");
  });

  it("are listed, those without a label only if they are asked for", async () => {
    const { manager, create, put } = await start();
    await create("db", { SecretString: "one", ClientRequestToken: V1 });
    await put("two", { ClientRequestToken: V2 });
    await put("three", { ClientRequestToken: V3 });
    const ids = async (IncludeDeprecated: boolean) => {
      const asked = new ListSecretVersionIdsCommand({ SecretId: "db", IncludeDeprecated });
      return (await manager.send(asked)).Versions?.map(({ VersionId }) => VersionId);
    };
    expect(await ids(false)).toEqual([V2, V3]);
    expect(await ids(true)).toEqual([V1, V2, V3]);
  });

  it("are found by an id and a label that belong together", async () => {
    const { create, get } = await start();
    await create("db", { SecretString: "one", ClientRequestToken: V1 });
    const both = { VersionId: V1, VersionStage: "AWSCURRENT" };
    expect((await get(both)).SecretString).toBe("one");
    expect(await refusal(get({ ...both, VersionStage: "AWSPENDING" }))).toBe(
      "InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.",
    );
    expect(await refusal(get({ VersionId: V2 }))).toMatch(
      `ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: ${V2}`,
    );
  });
});

describe("a secret", () => {
  it("gets another value and description", async () => {
    const { manager, create, get } = await start();
    const { VersionId: first } = await create("db", { SecretString: "one", Description: "old" });
    const update = (more: object) =>
      manager.send(new UpdateSecretCommand({ SecretId: "db", ...more }));
    expect(await update({ Description: "new" })).not.toHaveProperty("VersionId");
    const { VersionId } = await update({ SecretString: "two" });
    expect(VersionId).not.toBe(first);
    expect(await get()).toMatchObject({ SecretString: "two", VersionId });
    const described = await manager.send(new DescribeSecretCommand({ SecretId: "db" }));
    expect(described.Description).toBe("new");
  });

  it("is found by its ARN, also without the end, and not by one of elsewhere", async () => {
    const { manager, create } = await start();
    const { ARN = "" } = await create("team/db-little", { SecretString: "one" });
    const get = (SecretId: string) => manager.send(new GetSecretValueCommand({ SecretId }));
    for (const SecretId of [ARN, ARN.slice(0, -7)]) {
      expect(await get(SecretId)).toMatchObject({ ARN, SecretString: "one" });
    }
    const elsewhere = [
      ARN.replace("us-east-1", "eu-west-1"),
      ARN.replace(":000000000000:", ":111122223333:"),
      `${ARN.slice(0, -6)}abcdef`,
    ];
    for (const SecretId of elsewhere) {
      expect(await refusal(get(SecretId))).toBe(
        "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
      );
    }
  });

  it("shows the key that it was given", async () => {
    const { manager, create } = await start();
    await create("db", { KmsKeyId: "alias/one" });
    const keyId = async () => {
      const shown = await manager.send(new DescribeSecretCommand({ SecretId: "db" }));
      return shown.KmsKeyId;
    };
    expect(await keyId()).toBe("alias/one");
    const update = { SecretId: "db", KmsKeyId: "alias/two" };
    await manager.send(new UpdateSecretCommand(update));
    await manager.send(new UpdateSecretCommand({ SecretId: "db", Description: "new" }));
    expect(await keyId()).toBe("alias/two");
  });

  it("is never without a value once it is put", async () => {
    const { manager, create } = await start();
    await create("db");
    const nothing = manager.send(new PutSecretValueCommand({ SecretId: "db" }));
    expect(await refusal(nothing)).toBe(
      "InvalidRequestException: You must provide either SecretString or SecretBinary.",
    );
  });

  it("is gone by force, also where it never was", async () => {
    const { manager, create } = await start();
    await create("db", { SecretString: "one" });
    const force = { ForceDeleteWithoutRecovery: true };
    await manager.send(new DeleteSecretCommand({ SecretId: "db" }));
    for (const SecretId of ["db", "db", "never"]) {
      const gone = await manager.send(new DeleteSecretCommand({ SecretId, ...force }));
      expect(gone).toMatchObject({ Name: SecretId, DeletionDate: expect.any(Date) as Date });
    }
    expect((await create("db", { SecretString: "two" })).Name).toBe("db");
  });

  it("takes tags and loses them", async () => {
    const { manager, create } = await start();
    const SecretId = "db";
    await create(SecretId, { Tags: [{ Key: "a", Value: "1" }] });
    const Tags = [
      { Key: "a", Value: "2" },
      { Key: "b", Value: "3" },
    ];
    const tags = async () => (await manager.send(new DescribeSecretCommand({ SecretId }))).Tags;
    await manager.send(new TagResourceCommand({ SecretId, Tags }));
    expect(await tags()).toEqual(Tags);
    await manager.send(new UntagResourceCommand({ SecretId, TagKeys: ["a"] }));
    expect(await tags()).toEqual([{ Key: "b", Value: "3" }]);
  });
});

// Source: LocalStack's test_secretsmanager.py, recorded on AWS.
describe("what is shown of a secret", () => {
  it("has no value, no tags and no day of reading at first", async () => {
    const { manager, create, put, get } = await start();
    const SecretId = "db";
    const shown = async () => {
      const { $metadata: _, ...rest } = await manager.send(new DescribeSecretCommand({ SecretId }));
      return rest;
    };
    await create(SecretId);
    expect(new Set(Object.keys(await shown()))).toEqual(
      new Set(["ARN", "CreatedDate", "LastChangedDate", "Name"]),
    );
    await manager.send(
      new TagResourceCommand({ SecretId, Tags: [{ Key: "team", Value: "shop" }] }),
    );
    await manager.send(new UntagResourceCommand({ SecretId, TagKeys: ["team"] }));
    expect((await shown()).Tags).toEqual([]);
    await put("one");
    expect(await shown()).not.toHaveProperty("LastAccessedDate");
    await get();
    const { LastAccessedDate } = await shown();
    expect(LastAccessedDate?.toISOString()).toMatch(/T00:00:00\.000Z$/);
    const { Versions } = await manager.send(new ListSecretVersionIdsCommand({ SecretId }));
    expect(Versions).toMatchObject([{ LastAccessedDate, KmsKeyIds: ["DefaultEncryptionKey"] }]);
  });

  it("is its policy, while it has one", async () => {
    const { manager, create } = await start();
    const SecretId = "db";
    await create(SecretId);
    const policy = async () =>
      (await manager.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy;
    const put = (ResourcePolicy: string) =>
      manager.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
    expect(await policy()).toBeUndefined();
    expect(await put('{"Version":"2012-10-17","Statement":[]}')).toMatchObject({ Name: "db" });
    expect(await policy()).toBe('{"Version":"2012-10-17","Statement":[]}');
    await expect(put("none")).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    await manager.send(new DeleteResourcePolicyCommand({ SecretId }));
    expect(await policy()).toBeUndefined();
  });

  it("needs a token of the request that gives it a value", async () => {
    const { endpoint } = await startParts();
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.CreateSecret",
        authorization:
          "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=b",
      },
      body: JSON.stringify({ Name: "db", SecretString: "one" }),
    });
    expect(await response.json()).toMatchObject({
      __type: "InvalidRequestException",
      message: "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    });
  });
});

describe("a random password", () => {
  const ask = async (input: GetRandomPasswordCommandInput) => {
    const { manager } = await start();
    return (await manager.send(new GetRandomPasswordCommand(input))).RandomPassword ?? "";
  };

  it("has each type of characters that is not excluded", async () => {
    const whole = await ask({ PasswordLength: 4 });
    expect(whole).toHaveLength(4);
    for (const type of [/[a-z]/, /[A-Z]/, /\d/, /[^\w ]|_/]) expect(whole).toMatch(type);
    expect(await ask({ PasswordLength: 4, IncludeSpace: true })).toMatch(/^\S{4}$/);
    expect(await ask({ PasswordLength: 4096, IncludeSpace: true })).toContain(" ");
    const loose = { ExcludeCharacters: "0123456789", RequireEachIncludedType: false };
    expect(await ask(loose)).toMatch(/^\D{32}$/);
    expect(await ask({})).toMatch(/^\S{32}$/);
    expect(
      await ask({ PasswordLength: 200, ExcludeCharacters: "aeiou", ExcludePunctuation: true }),
    ).toMatch(/^[b-df-hj-np-tv-zA-Z0-9]{200}$/);
    expect(
      await ask({ ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true }),
    ).toMatch(/^\d{32}$/);
  });

  it.each([
    [
      { PasswordLength: 3 },
      "InvalidParameterException: Password length is too short based on the required types.",
    ],
    [
      { ExcludeCharacters: "0123456789" },
      "InvalidParameterException: All characters of the desired type have been excluded.",
    ],
    [
      { PasswordLength: 4097 },
      "ValidationException: 1 validation error detected: Value '4097' at 'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096",
    ],
  ])("is refused with %o", async (input, message) => {
    expect(await refusal(ask(input))).toBe(message);
  });
});

describe("a list of secrets", () => {
  it.each([
    ["a name", [{ Key: "name", Values: ["fo", "ba"] }], ["foo", "bar"]],
    ["a name in its case", [{ Key: "name", Values: ["FOO"] }], []],
    ["no such name", [{ Key: "name", Values: ["!foo"] }], ["bar", "qux"]],
    ["a tag", [{ Key: "tag-key", Values: ["team"] }], ["foo", "bar"]],
    [
      "a tag's key and value",
      [
        { Key: "tag-key", Values: ["team"] },
        { Key: "tag-value", Values: ["shop"] },
      ],
      ["foo"],
    ],
    ["words of a description", [{ Key: "description", Values: ["ONE two"] }], ["bar"]],
    ["a word anywhere", [{ Key: "all", Values: ["foo"] }], ["foo", "qux"]],
  ] as [string, Filter[], string[]][])("is narrowed by %s", async (_what, Filters, names) => {
    const { manager, create } = await start();
    await create("foo", { Tags: [{ Key: "team", Value: "shop" }] });
    await create("bar", {
      Description: "one and two",
      Tags: [{ Key: "team", Value: "bank" }],
    });
    await create("qux", { Description: "a foo", Tags: [{ Key: "owner", Value: "shop" }] });
    const { SecretList } = await manager.send(new ListSecretsCommand({ Filters }));
    expect(SecretList?.map(({ Name }) => Name)).toEqual(names);
    const SortOrder = "desc";
    const backwards = await manager.send(new ListSecretsCommand({ Filters, SortOrder }));
    expect(backwards.SecretList?.map(({ Name }) => Name)).toEqual(names.toReversed());
  });

  it("is refused with another filter than AWS's", async () => {
    const { manager } = await start();
    const Filters = [{ Key: "invalid" as "all", Values: ["foo"] }];
    expect(await refusal(manager.send(new ListSecretsCommand({ Filters })))).toBe(
      "ValidationException: 1 validation error detected: Value 'invalid' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [all, name, tag-key, description, tag-value]",
    );
  });
});

// Source of the words: moto's secretsmanager/models.py.
describe("values of many secrets", () => {
  it("come with the errors of those that have none", async () => {
    const { manager, create } = await start();
    await create("one", { SecretString: "1" });
    await create("two", { SecretString: "2", Tags: [{ Key: "team", Value: "shop" }] });
    await create("gone", { SecretString: "3" });
    await manager.send(new DeleteSecretCommand({ SecretId: "gone" }));
    const batch = (input: object) => manager.send(new BatchGetSecretValueCommand(input));
    const { SecretValues, Errors } = await batch({ SecretIdList: ["one", "none", "gone"] });
    expect(SecretValues).toMatchObject([{ Name: "one", SecretString: "1" }]);
    expect(Errors).toEqual([
      {
        SecretId: "none",
        ErrorCode: "ResourceNotFoundException",
        Message: "Secrets Manager can't find the specified secret.",
      },
      {
        SecretId: "gone",
        ErrorCode: "InvalidRequestException",
        Message:
          "You can't perform this operation on the secret because it was marked for deletion.",
      },
    ]);
    const Filters = [{ Key: "tag-key", Values: ["team"] }];
    expect((await batch({ Filters })).SecretValues).toMatchObject([{ Name: "two" }]);
    const all = { Filters: [{ Key: "name", Values: ["!nothing"] }], MaxResults: 1 };
    const { NextToken } = await batch(all);
    expect((await batch({ ...all, NextToken })).SecretValues).toMatchObject([{ Name: "two" }]);
  });

  it("are of a list or of filters", async () => {
    const { manager } = await start();
    const batch = (input: object) => refusal(manager.send(new BatchGetSecretValueCommand(input)));
    const either =
      "InvalidParameterException: Either 'SecretIdList' or 'Filters' must be provided, but not both.";
    expect(await batch({})).toBe(either);
    const Filters = [{ Key: "name", Values: ["one"] }];
    expect(await batch({ SecretIdList: ["one"], Filters })).toBe(either);
    expect(await batch({ SecretIdList: ["one"], MaxResults: 1 })).toBe(
      "InvalidParameterException: 'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    );
  });
});
