import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { refusal } from "../cognito/serve.ts";
import { startParts } from "./parts.ts";

// Source: Systems Manager API reference; localstack/localstack, tests/aws/services/ssm/test_ssm.py, validated on AWS;
// words: moto's tests/test_ssm/test_ssm_boto3.py.

const NAME = "/shop/db";

/** A parameter of three versions. */
async function start() {
  const { client } = await startParts();
  const ssm = new SSMClient(client());
  const put = (Value: string) =>
    ssm.send(new PutParameterCommand({ Name: NAME, Value, Type: "String", Overwrite: true }));
  for (const value of ["one", "two", "three"]) await put(value);
  return {
    ssm,
    put,
    label: async (Labels: string[], ParameterVersion?: number, Name = NAME) => {
      const asked = new LabelParameterVersionCommand({ Name, ParameterVersion, Labels });
      const { $metadata: _, ...answer } = await ssm.send(asked);
      return answer;
    },
    labels: async () => {
      const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: NAME }));
      return Parameters?.map((one) => one.Labels);
    },
  };
}

describe("a label of a parameter's version", () => {
  it("is the latest's, unless another is named, and moves", async () => {
    const { label, labels } = await start();
    expect(await label(["live", "test"])).toEqual({ InvalidLabels: [], ParameterVersion: 3 });
    expect(await label(["live"], 1)).toEqual({ InvalidLabels: [], ParameterVersion: 1 });
    await label(["live"], 1);
    expect(await labels()).toEqual([["live"], [], ["test"]]);
  });

  it("finds its version by name and by path", async () => {
    const { ssm, label } = await start();
    await label(["live"], 2);
    const get = (Name: string) => ssm.send(new GetParameterCommand({ Name }));
    expect((await get(`${NAME}:live`)).Parameter).toMatchObject({
      Name: NAME,
      Value: "two",
      Version: 2,
      Selector: ":live",
    });
    for (const version of ["none", "9"]) {
      expect(await refusal(get(`${NAME}:${version}`))).toBe(
        `ParameterVersionNotFound: Systems Manager could not find version ${version} of ${NAME}. Verify the version and try again.`,
      );
    }
    const byPath = async (label: string) => {
      const filter = { Key: "Label", Values: [label] };
      const asked = new GetParametersByPathCommand({ Path: "/shop", ParameterFilters: [filter] });
      return (await ssm.send(asked)).Parameters?.map(({ Value }) => Value);
    };
    expect(await byPath("live")).toEqual(["two"]);
    expect(await byPath("none")).toEqual([]);
  });

  it("is refused where it is none, or one too many", async () => {
    const { label, labels } = await start();
    const wrong = ["awsabc", "SSMabc", "9abc", "abc/123"];
    expect(await label([...wrong, "good"], 1)).toMatchObject({ InvalidLabels: wrong });
    expect(await labels()).toEqual([["good"], [], []]);
    expect(await refusal(label(["x"], 5))).toMatch(/^ParameterVersionNotFound: .*version 5 of/);
    expect(await refusal(label(["x"], undefined, "nothing"))).toMatch(/^ParameterNotFound/);
    const ten = Array.from({ length: 10 }, (_, index) => `label${index}`);
    expect(await refusal(label(ten, 1))).toBe(
      "ParameterVersionLabelLimitExceeded: A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.",
    );
    expect(await refusal(label(["a".repeat(101)]))).toMatch(/^ValidationException/);
  });

  it("is taken off again", async () => {
    const { ssm, label, labels } = await start();
    await label(["live", "test"], 2);
    const asked = { Name: NAME, ParameterVersion: 2, Labels: ["live", "none"] };
    expect(await ssm.send(new UnlabelParameterVersionCommand(asked))).toMatchObject({
      RemovedLabels: ["live"],
      InvalidLabels: ["none"],
    });
    expect(await labels()).toEqual([[], ["test"], []]);
  });

  it("keeps the oldest version from being forgotten", async () => {
    const { ssm, label, put } = await start();
    await label(["live"], 1);
    for (let version = 4; version <= 100; version++) await put(`${version}`);
    expect(await refusal(put("one more"))).toBe(
      `ParameterMaxVersionLimitExceeded: You attempted to create a new version of ${NAME} by calling the PutParameter API with the overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
    await label(["live"]);
    await put("one more");
    const live = await ssm.send(new GetParameterCommand({ Name: `${NAME}:live` }));
    expect(live.Parameter).toMatchObject({ Value: "100", Version: 100 });
  });
});
