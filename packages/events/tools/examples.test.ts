import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { published } from "../src/catalogue.ts";
import { parseEvent } from "../src/parse.ts";
import { type JsonSchema, schemaOf } from "./schema.ts";

const FOLDER = new URL("../examples/", import.meta.url);

const ajv = new Ajv2020({ strict: true, allErrors: true });
ajvFormats.default(ajv);

interface Example {
  readonly "detail-type": string;
  readonly detail: { readonly metadata: object; readonly data: Readonly<Record<string, unknown>> };
}

function exampleOf(name: string): Example {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as Example;
}

function requiredOf({ properties }: JsonSchema): readonly string[] {
  return (properties as { readonly data: { readonly required: readonly string[] } }).data.required;
}

it("is there for every event that is on the bus, and for no other", () => {
  const files = published.map(({ name }) => `${name}.json`);
  expect(new Set(readdirSync(FOLDER)), "npm run events -- --examples").toEqual(new Set(files));
});

describe.each(published)("the example of $name", (definition) => {
  const example = exampleOf(definition.name);
  const valid = ajv.compile(schemaOf(definition));

  it("fits its JSON Schema", () => {
    expect(valid(example.detail), ajv.errorsText(valid.errors)).toBe(true);
  });

  it.each(requiredOf(schemaOf(definition)))("fits it no longer without %s, or as null", (field) => {
    const { metadata, data } = example.detail;
    const { [field]: _, ...rest } = data;
    expect(valid({ metadata, data: rest })).toBe(false);
    expect(valid({ metadata, data: { ...rest, [field]: null } })).toBe(false);
  });

  it("is read as what it is, and holds nothing that the schema does not name", () => {
    const event = parseEvent(example);
    expect(event).toEqual({ name: definition.name, ...example.detail });
  });

  it("holds no address and no number to call", () => {
    expect(JSON.stringify(example.detail)).not.toMatch(/@|\+\d{6}/);
  });
});
