import {
  AddTagsToResourceCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  type ParameterStringFilter,
  PutParameterCommand,
  type PutParameterCommandInput,
  paginateDescribeParameters,
  RemoveTagsFromResourceCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { refusal } from "../cognito/serve.ts";
import { startParts } from "./parts.ts";

// Source: Systems Manager API reference; words: moto's tests/test_ssm/test_ssm_boto3.py.

async function start() {
  const { client } = await startParts();
  const ssm = new SSMClient(client());
  return {
    ssm,
    put: (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
      ssm.send(new PutParameterCommand({ Name, Value, Type: "String", ...more })),
  };
}

/** As moto's tests have them. */
async function startWithPaths() {
  const { ssm, put } = await start();
  for (const [name, value] of [
    ["/foo/name1", "value1"],
    ["/foo/name2", "value2"],
    ["/bar/name3", "value3"],
    ["/bar/name3/name4", "value4"],
    ["/baz/name2", "value1"],
    ["foo", "bar"],
    ["baz", "qux"],
  ] as const) {
    await put(name, value);
  }
  await put("/baz/name1", "value1,value2", { Type: "StringList" });
  await put("/baz/pwd", "secret", { Type: "SecureString" });
  return {
    byPath: async (
      Path: string,
      Recursive: boolean,
      ParameterFilters?: ParameterStringFilter[],
    ) => {
      const asked = new GetParametersByPathCommand({ Path, Recursive, ParameterFilters });
      return (await ssm.send(asked)).Parameters?.map(({ Name }) => Name);
    },
    described: async (...ParameterFilters: ParameterStringFilter[]) =>
      (await ssm.send(new DescribeParametersCommand({ ParameterFilters }))).Parameters?.map(
        ({ Name }) => Name,
      ),
  };
}

describe("parameters below a path", () => {
  it("are those of the root, too, which have none", async () => {
    const { byPath } = await startWithPaths();
    expect(await byPath("/", false)).toEqual(["baz", "foo"]);
    expect(await byPath("/", true)).toHaveLength(9);
    expect(await byPath("/bar", false)).toEqual(["/bar/name3"]);
    expect(await byPath("/bar/", true)).toEqual(["/bar/name3", "/bar/name3/name4"]);
  });

  it.each([
    [{ Key: "Type", Values: ["StringList"] }, ["/baz/name1"]],
    [
      { Key: "Type", Option: "Equals", Values: ["String", "SecureString"] },
      ["/baz/name2", "/baz/pwd"],
    ],
    [{ Key: "Type", Option: "BeginsWith", Values: ["String"] }, ["/baz/name1", "/baz/name2"]],
    [{ Key: "KeyId", Option: "Equals", Values: ["alias/aws/ssm"] }, ["/baz/pwd"]],
  ] as [ParameterStringFilter, string[]][])("are narrowed by %o", async (filter, names) => {
    const { byPath } = await startWithPaths();
    expect(await byPath("/baz", false, [filter])).toEqual(names);
  });
});

describe("what DescribeParameters tells", () => {
  it.each([
    [{ Key: "Name", Values: ["foo", "/bar/name3"] }, ["/bar/name3", "foo"]],
    [{ Key: "Name", Option: "BeginsWith", Values: ["/foo"] }, ["/foo/name1", "/foo/name2"]],
    [{ Key: "Name", Option: "Contains", Values: ["name3"] }, ["/bar/name3", "/bar/name3/name4"]],
    [{ Key: "Path", Option: "Recursive", Values: ["/bar"] }, ["/bar/name3", "/bar/name3/name4"]],
    [{ Key: "Path", Values: ["/bar"] }, ["/bar/name3"]],
    [{ Key: "Tier", Values: ["Advanced"] }, []],
  ] as [ParameterStringFilter, string[]][])("is narrowed by %o", async (filter, names) => {
    const { described } = await startWithPaths();
    expect(await described(filter)).toEqual(names);
  });

  it.each([
    [
      "InvalidFilterKey: The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].",
      [{ Key: "Label", Values: ["x"] }],
    ],
    [
      "InvalidFilterKey: The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.",
      [
        { Key: "Name", Values: ["x"] },
        { Key: "Name", Values: ["y"] },
      ],
    ],
    [
      "InvalidFilterOption: The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].",
      [{ Key: "Path", Option: "Equals", Values: ["/x"] }],
    ],
    [
      "InvalidFilterValue: The following filter values are missing : null for filter key Name.",
      [{ Key: "Name" }],
    ],
    [
      "InvalidFilterValue: The following filter value is not valid: test. Valid values include: [String, StringList, SecureString]",
      [{ Key: "Type", Values: ["test"] }],
    ],
  ] as [string, ParameterStringFilter[]][])("is refused with %s", async (words, filters) => {
    const { described } = await startWithPaths();
    expect(await refusal(described(...filters))).toBe(words);
  });

  it("is narrowed by filters of the older kind, or of this one", async () => {
    const { ssm, put } = await start();
    for (const name of ["a", "b"]) await put(name, "x");
    const Filters = [{ Key: "Name" as const, Values: ["b"] }];
    const { Parameters } = await ssm.send(new DescribeParametersCommand({ Filters }));
    expect(Parameters?.map(({ Name }) => Name)).toEqual(["b"]);
    const both = new DescribeParametersCommand({ Filters, ParameterFilters: Filters });
    expect(await refusal(ssm.send(both))).toBe(
      "ValidationException: You can use either Filters or ParameterFilters in a single request.",
    );
  });

  it("is everything but the value, page by page", async () => {
    const { ssm, put } = await start();
    const settings = { Description: "ours", AllowedPattern: "^a", Tier: "Advanced" as const };
    await put("named", "abc", { Type: "SecureString", ...settings });
    const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
    expect(Parameters).toMatchObject([
      {
        Name: "named",
        Type: "SecureString",
        KeyId: "alias/aws/ssm",
        Version: 1,
        DataType: "text",
        ...settings,
      },
    ]);
    expect(Parameters?.[0]).not.toHaveProperty("Value");
    for (let index = 0; index < 20; index += 1) await put(`param-${index}`, "x");
    const pages: number[] = [];
    for await (const page of paginateDescribeParameters({ client: ssm }, {})) {
      pages.push(page.Parameters?.length ?? 0);
    }
    expect(pages).toEqual([10, 10, 1]);
  });
});

describe("a parameter", () => {
  it("has a history of values and descriptions", async () => {
    const { ssm, put } = await start();
    for (const word of ["one", "two", "three"]) {
      await put("db", word, { Type: "SecureString", Description: `in ${word}`, Overwrite: true });
    }
    const history = async (WithDecryption: boolean) =>
      (await ssm.send(new GetParameterHistoryCommand({ Name: "db", WithDecryption }))).Parameters;
    expect(await history(true)).toMatchObject(
      ["one", "two", "three"].map((word, index) => ({
        Name: "db",
        Value: word,
        Description: `in ${word}`,
        Version: index + 1,
        Labels: [],
      })),
    );
    expect((await history(false))?.[0]?.Value).not.toBe("one");
    const unknown = ssm.send(new GetParameterHistoryCommand({ Name: "nothing" }));
    expect(await refusal(unknown)).toMatch(/^ParameterNotFound/);
  });

  it("takes values of its pattern alone", async () => {
    const { put } = await start();
    await put("port", "8080", { AllowedPattern: "^\\d+$" });
    const wrong = put("port", "http", { AllowedPattern: "^\\d+$", Overwrite: true });
    expect(await refusal(wrong)).toBe(
      "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: ^\\d+$",
    );
    expect(await refusal(put("other", "x", { AllowedPattern: "(" }))).toMatch(
      /^InvalidAllowedPatternException/,
    );
  });

  it("has tags, from its beginning or later", async () => {
    const { ssm, put } = await start();
    const of = { ResourceType: "Parameter" as const, ResourceId: "db" };
    await put("db", "x", { Tags: [{ Key: "a", Value: "1" }] });
    const Tags = [
      { Key: "a", Value: "2" },
      { Key: "b", Value: "3" },
    ];
    expect(await refusal(put("db", "y", { Tags, Overwrite: true }))).toMatch(
      /^ValidationException: Invalid request: tags and overwrite can't be used together\./,
    );
    await ssm.send(new AddTagsToResourceCommand({ ...of, Tags }));
    await put("db", "y", { Overwrite: true });
    const list = async () => (await ssm.send(new ListTagsForResourceCommand(of))).TagList;
    expect(await list()).toEqual(Tags);
    await ssm.send(new RemoveTagsFromResourceCommand({ ...of, TagKeys: ["a"] }));
    expect(await list()).toEqual([{ Key: "b", Value: "3" }]);
    const nothing = new ListTagsForResourceCommand({ ...of, ResourceId: "nothing" });
    expect(await refusal(ssm.send(nothing))).toMatch(/^InvalidResourceId/);
  });

  it("is one of ten at most that are asked for at once", async () => {
    const { ssm } = await start();
    const Names = Array.from({ length: 11 }, (_, index) => `p${index}`);
    expect(await refusal(ssm.send(new GetParametersCommand({ Names })))).toMatch(
      /^ValidationException: 1 validation error detected: Value.* at 'names' failed to satisfy constraint: Member must have length less than or equal to 10$/,
    );
  });

  it("is found by its own ARN, and not by one of elsewhere", async () => {
    const { ssm, put } = await start();
    await put("/team/db", "x");
    const values = async (...Names: string[]) => {
      const found = await ssm.send(new GetParametersCommand({ Names }));
      return { found: found.Parameters?.map(({ Value }) => Value), not: found.InvalidParameters };
    };
    const arn = "arn:aws:ssm:us-east-1:000000000000:parameter/team/db";
    const elsewhere = [
      arn.replace("us-east-1", "eu-west-1"),
      arn.replace("000000000000", "111122223333"),
    ];
    expect(await values(arn, ...elsewhere)).toEqual({ found: ["x"], not: elsewhere });
    for (const Name of elsewhere) {
      const one = ssm.send(new GetParameterCommand({ Name }));
      expect(await refusal(one)).toMatch(/^ParameterNotFound/);
    }
  });

  it("is not repeated in an error", async () => {
    const { put } = await start();
    const wrong = put("db", "", { Type: "Secret" as "String" });
    expect(await refusal(wrong)).toBe(
      "ValidationException: 2 validation errors detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1; Value 'Secret' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [String, StringList, SecureString]",
    );
  });
});

describe("a parameter's name", () => {
  // Source: localstack/localstack, tests/aws/services/ssm/test_ssm.py, validated on AWS.
  const MALFORMED =
    'ValidationException: Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

  it("may have a slash before it, and is answered as it was asked for", async () => {
    const { ssm, put } = await start();
    await put("db", "x");
    await put("/port", "8080");
    const get = async (Name: string) =>
      (await ssm.send(new GetParameterCommand({ Name }))).Parameter;
    expect(await get("/db")).toMatchObject({ Name: "/db", Value: "x" });
    expect(await get("port")).toMatchObject({ Name: "port", Value: "8080" });
    const both = await ssm.send(new GetParametersCommand({ Names: ["db", "/db"] }));
    expect(both.Parameters?.map(({ Name }) => Name)).toEqual(["db", "/db"]);
    for (const name of ["db", "/port"]) {
      expect((await get((await get(name))?.ARN ?? ""))?.Name).toBe(name);
    }
    expect(await refusal(put("/db", "y"))).toMatch(/^ParameterAlreadyExists/);
  });

  it("is one part, or a path from its root", async () => {
    const { ssm, put } = await start();
    await put("/a/b/c", "x");
    for (const Name of ["/a//b//c", "a/b/c"]) {
      expect(await refusal(ssm.send(new GetParameterCommand({ Name })))).toBe(MALFORMED);
    }
    expect(await refusal(put("a/b/c", "x"))).toMatch(/must be a fully qualified name/);
    expect(await refusal(put("/a//c", "x"))).toBe(MALFORMED);
  });

  it("begins with nothing that is AWS's own", async () => {
    const { put } = await start();
    expect(await refusal(put("/awssec/lab/id", "x"))).toBe(
      "AccessDeniedException: No access to reserved parameter name: awssec/lab/id.",
    );
    expect(await refusal(put("/SSM/id", "x"))).toBe(MALFORMED);
    for (const name of ["aws_id", "/ssmid"]) {
      expect(await refusal(put(name, "x"))).toBe(
        'ValidationException: Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
      );
    }
  });
});
