import * as z from "zod/mini";
import { AwsError } from "../service.ts";

const TYPES = ["String", "StringList", "SecureString"];
const TIERS = ["Standard", "Advanced", "Intelligent-Tiering"];

/** Which keys each operation has. Source: Systems Manager API reference, ParameterStringFilter. */
export const FILTER_KEYS = {
  DescribeParameters: ["Path", "Name", "Type", "KeyId", "Tier"],
  GetParametersByPath: ["Type", "KeyId", "Label"],
} as const;

export const ParameterFilters = z._default(
  z.array(
    z.object({
      Key: z.string(),
      Option: z.optional(z.string()),
      Values: z.optional(z.array(z.string()).check(z.minLength(1), z.maxLength(50))),
    }),
  ),
  [],
);
type ParameterFilter = z.infer<typeof ParameterFilters>[number];

/** What parameters are found by. */
export interface Findable {
  readonly name: string;
  readonly type: string;
  readonly keyId?: string | undefined;
  readonly tier: string;
  readonly labels: readonly string[];
}

/**
 * Whether a parameter is what all filters ask for, each by one of its values.
 * Source of the words: moto's tests/test_ssm/test_ssm_boto3.py.
 * @throws AwsError InvalidFilterKey, InvalidFilterOption or InvalidFilterValue
 */
export function filtered(
  filters: readonly ParameterFilter[],
  keys: readonly string[],
): (parameter: Findable) => boolean {
  const twice = filters.find(
    ({ Key }, index) => filters.findIndex((one) => one.Key === Key) < index,
  );
  if (twice) {
    throw new AwsError(
      "InvalidFilterKey",
      `The following filter is duplicated in the request: ${twice.Key}. A request can contain only one occurrence of a specific filter.`,
    );
  }
  const each = filters.map((one) => matcherOf(one, keys));
  return (parameter) => each.every((matches) => matches(parameter));
}

function matcherOf(
  { Key, Option, Values }: ParameterFilter,
  keys: readonly string[],
): (parameter: Findable) => boolean {
  if (!keys.includes(Key)) {
    throw new AwsError(
      "InvalidFilterKey",
      `The following filter key is not valid: ${Key}. Valid filter keys include: [${keys.join(", ")}].`,
    );
  }
  const options = Key === "Path" ? ["Recursive", "OneLevel"] : ["BeginsWith", "Equals"];
  const option = Option ?? (Key === "Path" ? "OneLevel" : "Equals");
  if (!options.includes(option) && !(Key === "Name" && option === "Contains")) {
    throw new AwsError(
      "InvalidFilterOption",
      `The following filter option is not valid: ${option}. Valid options include: [${options.join(", ")}].`,
    );
  }
  if (Values === undefined) {
    throw invalidValue(`The following filter values are missing : null for filter key ${Key}.`);
  }
  const known = new Map([
    ["Type", TYPES],
    ["Tier", TIERS],
  ]).get(Key);
  const unknown =
    option === "Equals" ? Values.find((one) => known && !known.includes(one)) : undefined;
  if (unknown !== undefined) {
    throw invalidValue(
      `The following filter value is not valid: ${unknown}. Valid values include: [${known?.join(", ")}]`,
    );
  }
  return (parameter) => {
    const fields = fieldsOf(parameter, Key);
    return fields.some((value) => Values.some((one) => holds(value, option, one)));
  };
}

function fieldsOf(parameter: Findable, key: string): readonly string[] {
  const { name, type, keyId, tier, labels } = parameter;
  switch (key) {
    case "Type":
      return [type];
    case "KeyId":
      return keyId === undefined ? [] : [keyId];
    case "Tier":
      return [tier];
    case "Label":
      return labels;
    default:
      return [name];
  }
}

function holds(value: string, option: string, asked: string): boolean {
  switch (option) {
    case "BeginsWith":
      return value.startsWith(asked);
    case "Contains":
      return value.includes(asked);
    case "Recursive":
      return isBelow(value, asked, true);
    case "OneLevel":
      return isBelow(value, asked, false);
    default:
      return value === asked;
  }
}

/** Whether a name is below a path; what has no path itself is below the root. Source: moto's tests/test_ssm. */
export function isBelow(name: string, path: string, recursive: boolean): boolean {
  const full = name.startsWith("/") ? name : `/${name}`;
  const start = `${path.replace(/\/+$/, "")}/`;
  return full.startsWith(start) && (recursive || !full.slice(start.length).includes("/"));
}

function invalidValue(message: string): AwsError {
  return new AwsError("InvalidFilterValue", message);
}
