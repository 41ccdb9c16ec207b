import { invalidParameter } from "../errors.ts";
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
      if (schema.has(custom.name)) {
        throw invalidParameter(
          `Duplicate custom attribute names ${custom.name} are not allowed in a user pool schema.`,
        );
      }
      schema.set(custom.name, custom);
    } else {
      refuseRetyped(attribute, standard);
      schema.set(attribute.Name, {
        ...standard,
        ...limits(attribute, standard.type, {
          length: `user.${attribute.Name}: Max length cannot be less than min length.`,
          value: `user.${attribute.Name}: Max value cannot be less than min value.`,
        }),
        mutable: attribute.Mutable ?? standard.mutable,
        required: attribute.Required ?? standard.required,
      });
    }
  }
  return schema;
}

function refuseRetyped(attribute: PoolSchemaAttribute, standard: AttributeRule): void {
  const type = attribute.AttributeDataType ?? standard.type;
  if (type !== standard.type || attribute.DeveloperOnlyAttribute === true) {
    throw invalidParameter(
      `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${attribute.Name}`,
    );
  }
}

/** @throws AwsError InvalidParameterException where the attribute is required or without a type */
export function customRule(attribute: PoolSchemaAttribute): AttributeRule {
  if (attribute.Required === true) {
    throw invalidParameter("Required custom attributes are not supported currently.");
  }
  if (attribute.AttributeDataType === undefined) {
    throw invalidParameter(
      "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
    );
  }
  const developerOnly = attribute.DeveloperOnlyAttribute === true;
  const name = `${developerOnly ? "dev:" : ""}custom:${attribute.Name}`;
  return rule(name, {
    type: attribute.AttributeDataType,
    mutable: attribute.Mutable ?? true,
    developerOnly,
    // Texts: cdk-preflight, pf-cognito-schema-*, measured on custom attributes.
    ...limits(attribute, attribute.AttributeDataType, {
      length: `Attribute ${name} cannot have a max length shorter than it's min length`,
      value: `Attribute ${name} cannot have a max value smaller than it's min value`,
    }),
  });
}

/** Those of the attribute's own type; others are given in vain. @throws AwsError InvalidParameterException */
function limits(
  { Name, StringAttributeConstraints, NumberAttributeConstraints }: PoolSchemaAttribute,
  type: AttributeRule["type"],
  crossed: { length: string; value: string },
): Partial<AttributeRule> {
  if (type === "String") {
    const { MinLength, MaxLength } = StringAttributeConstraints ?? {};
    const min = bound(Name, "StringAttributeConstraints", MinLength);
    const max = bound(Name, "StringAttributeConstraints", MaxLength);
    if (Math.max(min ?? 0, max ?? 0) > MAX_LENGTH) {
      throw invalidParameter(
        `user.${Name}: String attributes cannot have a length of more than ${MAX_LENGTH}`,
      );
    }
    if (min !== undefined && max !== undefined && max < min) {
      throw invalidParameter(crossed.length);
    }
    return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  }
  if (type !== "Number") return {};
  const { MinValue, MaxValue } = NumberAttributeConstraints ?? {};
  const min = bound(Name, "NumberAttributeConstraints", MinValue);
  const max = bound(Name, "NumberAttributeConstraints", MaxValue);
  if (min !== undefined && max !== undefined && max < min) {
    throw invalidParameter(crossed.value);
  }
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

const MAX_LENGTH = 2048;

function bound(name: string, constraints: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) {
    throw invalidParameter(`Invalid ${constraints} for schema attribute ${name}`);
  }
  return Number(text);
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
    ...(attribute.type === "Number" &&
      (attribute.min ?? attribute.max) !== undefined && {
        NumberAttributeConstraints: bounds("Value", attribute),
      }),
  }));
}

function bounds(unit: string, { min, max }: AttributeRule): object {
  return {
    ...(min === undefined ? {} : { [`Min${unit}`]: String(min) }),
    ...(max === undefined ? {} : { [`Max${unit}`]: String(max) }),
  };
}
