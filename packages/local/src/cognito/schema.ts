import { invalidParameter } from "./errors.ts";
import type { PoolSchemaAttribute } from "./pool-settings.ts";

/** What a pool's schema says about one attribute. `min` and `max` are lengths of strings, or values of numbers. */
export interface AttributeRule {
  readonly name: string;
  readonly type: "String" | "Number" | "Boolean" | "DateTime";
  readonly mutable: boolean;
  readonly required: boolean;
  readonly developerOnly: boolean;
  readonly min?: number;
  readonly max?: number;
}

const PLAIN = [
  "name",
  "given_name",
  "family_name",
  "middle_name",
  "nickname",
  "preferred_username",
  "profile",
  "picture",
  "website",
  "email",
  "gender",
  "zoneinfo",
  "locale",
  "phone_number",
  "address",
];

function rule(name: string, more: Partial<AttributeRule> = {}): AttributeRule {
  const base = { name, type: "String", mutable: true, required: false, developerOnly: false };
  return { ...(base as AttributeRule), ...more };
}

function standardRules(): AttributeRule[] {
  return [
    rule("sub", { mutable: false, required: true, min: 1, max: 2048 }),
    ...PLAIN.map((name) => rule(name, { min: 0, max: 2048 })),
    rule("birthdate", { min: 10, max: 10 }),
    rule("email_verified", { type: "Boolean" }),
    rule("phone_number_verified", { type: "Boolean" }),
    rule("updated_at", { type: "Number", min: 0 }),
    rule("identities"),
  ];
}

/** The rules of a new pool: the standard attributes, changed and extended by its `Schema`. */
export function poolSchema(given: readonly PoolSchemaAttribute[]): Map<string, AttributeRule> {
  const schema = new Map(standardRules().map((standard) => [standard.name, standard]));
  for (const attribute of given) {
    const standard = schema.get(attribute.Name);
    if (standard === undefined) {
      const custom = customRule(attribute);
      schema.set(custom.name, custom);
    } else {
      schema.set(attribute.Name, {
        ...standard,
        ...limits(attribute),
        mutable: attribute.Mutable ?? standard.mutable,
        required: attribute.Required ?? standard.required,
      });
    }
  }
  return schema;
}

/** @throws AwsError InvalidParameterException where the name is too long or the attribute required */
export function customRule(attribute: PoolSchemaAttribute): AttributeRule {
  if (attribute.Name.length > 20) {
    throw invalidParameter(
      "1 validation error detected: Value at 'customAttributes.member.name' failed to satisfy constraint: Member must have length less than or equal to 20",
    );
  }
  if (attribute.Required === true) {
    throw invalidParameter("Required custom attributes are not supported currently.");
  }
  const developerOnly = attribute.DeveloperOnlyAttribute === true;
  return rule(`${developerOnly ? "dev:" : ""}custom:${attribute.Name}`, {
    type: attribute.AttributeDataType ?? "String",
    // The API's default for a custom attribute; the console's is true.
    mutable: attribute.Mutable ?? false,
    developerOnly,
    ...limits(attribute),
  });
}

function limits(attribute: PoolSchemaAttribute): Partial<AttributeRule> {
  const text = attribute.StringAttributeConstraints;
  const number = attribute.NumberAttributeConstraints;
  const min = text?.MinLength ?? number?.MinValue;
  const max = text?.MaxLength ?? number?.MaxValue;
  return {
    ...(min === undefined ? {} : { min: Number(min) }),
    ...(max === undefined ? {} : { max: Number(max) }),
  };
}

/** The schema as DescribeUserPool puts it. */
export function describeSchema(schema: ReadonlyMap<string, AttributeRule>): object[] {
  return [...schema.values()].map((attribute) => ({
    Name: attribute.name,
    AttributeDataType: attribute.type,
    DeveloperOnlyAttribute: attribute.developerOnly,
    Mutable: attribute.mutable,
    Required: attribute.required,
    ...(attribute.type === "String" && {
      StringAttributeConstraints: bounds("Length", attribute),
    }),
    ...(attribute.type === "Number" && { NumberAttributeConstraints: bounds("Value", attribute) }),
  }));
}

function bounds(unit: string, { min, max }: AttributeRule): object {
  return {
    ...(min === undefined ? {} : { [`Min${unit}`]: String(min) }),
    ...(max === undefined ? {} : { [`Max${unit}`]: String(max) }),
  };
}
