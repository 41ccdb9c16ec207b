import { CONTACTS, isOwnAttribute, OWN_ATTRIBUTES, VERIFIED_FLAGS } from "../config/attributes.ts";
import type { Deployment, TargetAttribute } from "../config/deployment.ts";
import type { Attributes, AttributeTransform } from "../config/schema.ts";
import { contactKind } from "./shapes.ts";

export type DropReason =
  | "unknown-to-target"
  | "wrong-type"
  | "wrong-format"
  | "too-long"
  | "too-short"
  | "out-of-range";

export interface MappedAttributes {
  readonly attributes: Attributes;
  /** Names with reasons, never values. Empty values and names that never cross are not mentioned. */
  readonly dropped: readonly { readonly attribute: string; readonly reason: DropReason }[];
  /** Required by the new pool and not there. */
  readonly missing: readonly string[];
}

export interface AttributeRules {
  readonly mapping: Deployment["attributes"];
  readonly transform: AttributeTransform | undefined;
  readonly target: Deployment["target"];
}

/** Whose attributes they are. */
export interface Origin {
  readonly userId: string;
  /** Absent for somebody whom no source ever knew, and who moves. */
  readonly legacy?: { readonly sourceId: string; readonly sub: string };
}

const FLAGS: readonly string[] = Object.values(VERIFIED_FLAGS);

/** Names that Cognito gives itself, or that belong to Carryover: returning one makes the creation fail, or forges an identity. */
function neverCrosses(name: string): boolean {
  return (
    name === "sub" ||
    name === "username" ||
    name === "identities" ||
    name.startsWith("cognito:") ||
    isOwnAttribute(name)
  );
}

/**
 * The attributes of a user in the new pool: copy and rename, constants, the configured function, then
 * what the new pool can hold, then the verified flags, then Carryover's own.
 * @throws whatever the configured function throws
 */
export function mapAttributes(
  source: Attributes,
  rules: AttributeRules,
  origin: Origin,
): MappedAttributes {
  const { mapping, transform, target } = rules;
  const wanted = { ...copied(source, mapping), ...mapping.constants };
  const shaped = transform
    ? transform(wanted, { sourceId: origin.legacy?.sourceId ?? "" })
    : wanted;

  const attributes: Record<string, string> = {};
  const dropped: { attribute: string; reason: DropReason }[] = [];
  for (const [attribute, value] of Object.entries<unknown>(shaped)) {
    if (neverCrosses(attribute) || FLAGS.includes(attribute)) continue;
    if (value === "" || value === null || value === undefined) continue;
    const known = Object.hasOwn(target.attributes, attribute)
      ? target.attributes[attribute]
      : undefined;
    const reason = problemWith(attribute, value, known);
    if (reason) dropped.push({ attribute, reason });
    else attributes[attribute] = String(value);
  }
  for (const contact of CONTACTS) {
    const flag = VERIFIED_FLAGS[contact];
    const proved = source[flag] === "true" && source[contact] === attributes[contact];
    // Only for the very value that was proved: a mapping that changes it takes the flag away.
    if (proved && attributes[contact] !== undefined && !mapping.drop.includes(flag))
      attributes[flag] = "true";
  }
  attributes[OWN_ATTRIBUTES.userId] = origin.userId;
  if (origin.legacy) {
    attributes[OWN_ATTRIBUTES.legacySub] = origin.legacy.sub;
    attributes[OWN_ATTRIBUTES.legacySource] = origin.legacy.sourceId;
  }
  const missing = target.requiredAttributes.filter((name) => attributes[name] === undefined);
  return { attributes, dropped, missing };
}

/** The source attributes that the mapping reads, verified flags included; undefined where it may read any. */
export function attributesRead({
  mapping,
  transform,
  target,
}: AttributeRules): ReadonlySet<string> | undefined {
  if (mapping.copy === undefined && transform) return undefined;
  // Without a list, whatever the new pool can hold may be there.
  const copy = mapping.copy ?? Object.keys(target.attributes);
  const names = new Set(
    [...copy, ...Object.keys(mapping.rename)].filter(
      (name) => !neverCrosses(name) && !mapping.drop.includes(name),
    ),
  );
  for (const contact of CONTACTS) {
    if (names.has(contact) && !mapping.drop.includes(VERIFIED_FLAGS[contact]))
      names.add(VERIFIED_FLAGS[contact]);
  }
  return names;
}

function copied(source: Attributes, mapping: Deployment["attributes"]): Record<string, string> {
  const { copy, rename, drop } = mapping;
  const crossing = Object.entries(source).filter(
    ([name, value]) => value !== "" && !neverCrosses(name) && !drop.includes(name),
  );
  const isRenamed = ([name]: [string, string]) => Object.hasOwn(rename, name);
  const kept = crossing.filter(
    (entry) => !isRenamed(entry) && (copy === undefined || copy.includes(entry[0])),
  );
  // A rename says that the attribute crosses, and wins over one that has the name already.
  const renamed = crossing
    .filter(isRenamed)
    .map(([name, value]) => [rename[name] ?? name, value] as const);
  return Object.fromEntries([...kept, ...renamed]);
}

function problemWith(
  name: string,
  value: unknown,
  known: TargetAttribute | undefined,
): DropReason | undefined {
  if (!known) return "unknown-to-target";
  if (typeof value !== "string") return "wrong-type";
  const { type, minLength = 0, maxLength = 2048 } = known;
  switch (type) {
    case "String":
      if (value.length > maxLength) return "too-long";
      if (value.length < minLength) return "too-short";
      return formatProblem(name, value);
    case "Number": {
      if (!/^-?\d{1,30}(\.\d{1,30})?$/.test(value)) return "wrong-type";
      const number = Number(value);
      const { minValue = -Infinity, maxValue = Infinity } = known;
      return number < minValue || number > maxValue ? "out-of-range" : undefined;
    }
    case "Boolean":
      return value === "true" || value === "false" ? undefined : "wrong-type";
    case "DateTime":
      return Number.isNaN(Date.parse(value)) ? "wrong-type" : undefined;
  }
}

/** Where Cognito checks more than the length, and one bad value would fail the whole creation. */
function formatProblem(name: string, value: string): DropReason | undefined {
  switch (name) {
    case "email":
    case "phone_number":
      return contactKind(value) === name ? undefined : "wrong-format";
    case "birthdate":
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? undefined : "wrong-format";
    default:
      return undefined;
  }
}
