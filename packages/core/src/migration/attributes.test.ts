import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deploymentWith, OLD_SUB } from "../../test/deployment.ts";
import type { Attributes, AttributeTransform, MigrationInput } from "../config/schema.ts";
import { attributesRead, mapAttributes } from "./attributes.ts";

const origin = { userId: OLD_SUB, legacy: { sourceId: "legacy", sub: OLD_SUB } };
const own = {
  "custom:user_id": OLD_SUB,
  "custom:legacy_sub": OLD_SUB,
  "custom:legacy_source": "legacy",
};

function rulesOf(
  mapping: MigrationInput["attributes"] = {},
  transform?: AttributeTransform,
  target: MigrationInput["target"] = {},
) {
  const deployment = deploymentWith({
    attributes: mapping,
    target: {
      customAttributes: {
        plan: { maxLength: 5 },
        age: { type: "Number", maxValue: 150 },
        vip: { type: "Boolean" },
        since: { type: "DateTime" },
      },
      ...target,
    },
  });
  return { mapping: deployment.attributes, transform, target: deployment.target };
}

const map = (source: Attributes, ...rules: Parameters<typeof rulesOf>) =>
  mapAttributes(source, rulesOf(...rules), origin);

describe("the mapping of attributes", () => {
  it("copies what the new pool knows and adds Carryover's own", () => {
    const source = {
      email: "a@example.com",
      email_verified: "true",
      name: "A",
      "custom:plan": "gold",
    };
    expect(map(source)).toEqual({
      attributes: { ...source, ...own },
      dropped: [],
      missing: [],
    });
  });

  it.each([
    [
      "a list copies just what it names",
      { name: "A", nickname: "B" },
      { copy: ["name"] },
      { name: "A" },
    ],
    ["a rename", { nickname: "B" }, { rename: { nickname: "name" } }, { name: "B" }],
    [
      "a rename of what the list does not name",
      { nickname: "B" },
      { copy: [], rename: { nickname: "name" } },
      { name: "B" },
    ],
    [
      "a rename wins over the copy",
      { nickname: "B", name: "A" },
      { rename: { nickname: "name" } },
      { name: "B" },
    ],
    [
      "an empty value does not cover another",
      { nickname: "", name: "A" },
      { rename: { nickname: "name" } },
      { name: "A" },
    ],
    ["a drop", { name: "A", nickname: "B" }, { drop: ["nickname"] }, { name: "A" }],
    ["a constant wins", { locale: "de" }, { constants: { locale: "en" } }, { locale: "en" }],
    [
      "never sub, identities or Cognito's own",
      { sub: "x", identities: "[]", username: "u", "cognito:user_status": "X", name: "A" },
      {},
      { name: "A" },
    ],
    [
      "never one of Carryover's own from the source",
      { "custom:user_id": "forged", name: "A" },
      {},
      { name: "A" },
    ],
  ] as const)("%s", (_, source, mapping, expected) => {
    expect(map(source, mapping as MigrationInput["attributes"]).attributes).toEqual({
      ...expected,
      ...own,
    });
  });

  it.each([
    ["unknown-to-target", { "custom:hobby": "x" }],
    ["too-long", { "custom:plan": "platinum" }],
    ["wrong-type", { "custom:age": "old" }],
    ["out-of-range", { "custom:age": "151" }],
    ["wrong-type", { "custom:vip": "yes" }],
    ["wrong-type", { "custom:since": "last year" }],
    ["wrong-type", { updated_at: "yesterday" }],
    ["wrong-format", { birthdate: "11/22/2026" }],
    ["wrong-format", { phone_number: "030 123" }],
    ["wrong-format", { email: "no address" }],
    ["too-short", { birthdate: "2026" }],
    ["too-long", { name: "x".repeat(2049) }],
  ])("drops and reports what the new pool cannot hold: %s", (reason, source) => {
    const [attribute] = Object.keys(source);
    expect(map(source)).toMatchObject({ attributes: own, dropped: [{ attribute, reason }] });
  });

  it("runs the configured function last, and does not trust it", () => {
    const transform = () =>
      ({
        name: "T",
        sub: "x",
        email_verified: "true",
        "custom:user_id": "x",
        locale: 7,
      }) as unknown as Attributes;
    expect(map({ name: "A" }, {}, transform)).toEqual({
      attributes: { name: "T", ...own },
      dropped: [{ attribute: "locale", reason: "wrong-type" }],
      missing: [],
    });
  });

  it("reports a required attribute that is missing", () => {
    const target = { requiredAttributes: ["email", "name"] };
    expect(map({ email: "a@example.com" }, {}, undefined, target).missing).toEqual(["name"]);
  });

  describe("verified flags", () => {
    const verified = { email: "a@example.com", email_verified: "true" };
    it.each([
      ["is carried for the same value", verified, {}, "true"],
      ["is carried though the list does not name it", verified, { copy: ["email"] }, "true"],
      ["is not carried when false", { ...verified, email_verified: "false" }, {}, undefined],
      ["only the text true counts", { ...verified, email_verified: "True" }, {}, undefined],
      ["can be dropped", verified, { drop: ["email_verified"] }, undefined],
      ["goes with its contact", verified, { drop: ["email"] }, undefined],
      [
        "is not carried to another value",
        { ...verified, nickname: "b@example.com" },
        { rename: { nickname: "email" } },
        undefined,
      ],
      [
        "is not carried to a constant",
        verified,
        { constants: { email: "b@example.com" } },
        undefined,
      ],
      [
        "is no target of a phone's flag",
        { email: "a@example.com", phone_number_verified: "true" },
        {},
        undefined,
      ],
    ] as const)("%s", (_, source, mapping, flag) => {
      const { attributes } = map(source, mapping as MigrationInput["attributes"]);
      expect(attributes["email_verified"]).toBe(flag);
    });
  });
});

describe("whatever the source, the mapping and the function are", () => {
  const name = fc.constantFrom(
    "sub",
    "username",
    "identities",
    "cognito:user_status",
    "email",
    "phone_number",
    "email_verified",
    "phone_number_verified",
    "name",
    "nickname",
    "custom:plan",
    "custom:user_id",
    "custom:legacy_sub",
    "__proto__",
    "constructor",
  );
  const value = fc.constantFrom(
    "",
    "true",
    "false",
    "a@example.com",
    "b@example.com",
    "+491",
    "+492",
    "x",
  );
  const record = fc.array(fc.tuple(name, value)).map((pairs) => Object.fromEntries(pairs));
  const settable = fc.constantFrom("email", "phone_number", "name", "nickname", "custom:plan");
  const mapping = fc
    .record({
      list: fc.option(fc.array(name)),
      rename: fc.array(fc.tuple(name, settable)).map((pairs) => Object.fromEntries(pairs)),
      drop: fc.array(name),
      constants: fc.array(fc.tuple(settable, value)).map((pairs) => Object.fromEntries(pairs)),
    })
    .map(({ list, ...rest }) => ({ ...rest, ...(list && { copy: list }) }));
  const { target } = rulesOf();

  it("no verified flag is forged, and no name crosses that never may", () => {
    fc.assert(
      fc.property(record, mapping, fc.option(record), (source, mapping, returned) => {
        const transform = returned ? () => returned : undefined;
        const { attributes } = mapAttributes(source, { mapping, transform, target }, origin);
        for (const contact of ["email", "phone_number"] as const) {
          const flag = attributes[`${contact}_verified`];
          if (flag === undefined) continue;
          expect([flag, source[`${contact}_verified`]]).toEqual(["true", "true"]);
          expect(attributes[contact]).toBe(source[contact]);
          expect(attributes[contact]).toBeTruthy();
        }
        expect(attributes).toMatchObject(own);
        for (const [key, text] of Object.entries(attributes)) {
          expect(key).not.toMatch(/^(sub|username|identities|__proto__|constructor|cognito:.*)$/);
          expect(text).not.toBe("");
        }
      }),
    );
  });
});

describe("what the mapping reads", () => {
  it("a list reads what it names, with the flags of its contacts", () => {
    const rules = rulesOf({
      copy: ["email", "name", "sub"],
      rename: { nickname: "name" },
      drop: ["name"],
    });
    expect(attributesRead(rules)).toEqual(new Set(["email", "nickname", "email_verified"]));
  });
  it("all reads whatever the new pool can hold", () => {
    const read = attributesRead(rulesOf());
    expect(read?.has("custom:plan")).toBe(true);
    expect(read?.has("phone_number_verified")).toBe(true);
    expect(read?.has("custom:user_id")).toBe(false);
  });
  it("a function may read anything that all brings", () => {
    expect(attributesRead(rulesOf({}, (given) => given))).toBeUndefined();
  });
});
