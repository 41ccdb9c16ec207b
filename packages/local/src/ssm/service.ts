import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import type { Store } from "../data/store.ts";
import { jsonService, operation, type Place, page } from "../json-service.ts";
import { AwsError, type AwsService, type Clock } from "../service.ts";
import { FILTER_KEYS, type Findable, filtered, isBelow, ParameterFilters } from "./filters.ts";

const PARAMETER = "ssm/";
/** Source: Systems Manager user guide, "Managing parameter tiers". */
const MOST_BYTES = { Standard: 4096, Advanced: 8192, "Intelligent-Tiering": 8192 } as const;
/** Source: Systems Manager API reference, PutParameter: a hundred versions. */
const MOST_VERSIONS = 100;

interface Version {
  readonly value: string;
  /** What a SecureString looks like to who does not decrypt it. */
  readonly cipher?: string | undefined;
  readonly atMs: number;
  readonly description?: string | undefined;
  readonly allowedPattern?: string | undefined;
  readonly keyId?: string | undefined;
  readonly tier?: string;
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface Parameter {
  readonly arn: string;
  readonly name: string;
  readonly type: "String" | "StringList" | "SecureString";
  /** Of the oldest version that is kept. */
  readonly first: number;
  readonly versions: readonly Version[];
  readonly tags?: readonly Tag[];
}

const Name = z.string().check(z.minLength(1), z.maxLength(2048));
const Names = z.array(Name).check(z.minLength(1), z.maxLength(10));
const Decryption = z._default(z.boolean(), false);
const Tags = z.array(z.object({ Key: z.string().check(z.minLength(1)), Value: z.string() }));
const Put = z.object({
  Name: z.string().check(z.regex(/^[\w./-]+$/), z.maxLength(2048)),
  Value: z.string().check(z.minLength(1)),
  Type: z.optional(z.enum(["String", "StringList", "SecureString"])),
  Overwrite: z._default(z.boolean(), false),
  Description: z.optional(z.string().check(z.maxLength(1024))),
  AllowedPattern: z.optional(z.string().check(z.maxLength(1024))),
  KeyId: z.optional(z.string()),
  Tags: z._default(Tags, []),
  Tier: z._default(z.enum(["Standard", "Advanced", "Intelligent-Tiering"]), "Standard"),
});
const ByPath = z.object({
  Path: Name,
  Recursive: z._default(z.boolean(), false),
  WithDecryption: Decryption,
  ParameterFilters,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(10)), 10),
  NextToken: z.optional(z.string()),
});
const Describe = z.object({
  ParameterFilters,
  /** What came before them. */
  Filters: ParameterFilters,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(50)), 10),
  NextToken: z.optional(z.string()),
});
const History = z.object({
  Name,
  WithDecryption: Decryption,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(50)), 50),
  NextToken: z.optional(z.string()),
});
/** Only parameters are there to be tagged. */
const Tagged = { ResourceType: z.literal("Parameter"), ResourceId: z.string() };

export interface Ssm extends AwsService {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

export const SSM_OPERATIONS = [
  "AddTagsToResource",
  "DeleteParameter",
  "DeleteParameters",
  "DescribeParameters",
  "GetParameter",
  "GetParameterHistory",
  "GetParameters",
  "GetParametersByPath",
  "ListTagsForResource",
  "PutParameter",
  "RemoveTagsFromResource",
] as const;

/** Parameters, as SST and others keep settings in them. Source: Systems Manager API reference. */
export function createSsm(clock: Clock, store?: Store): Ssm {
  const parameters = new Map<string, Parameter>();
  const keyOf = ({ account, region }: Place, name: string) =>
    `${account}/${region}/${plainName(name)}`;
  const remove = (place: Place, name: string): boolean => {
    const key = keyOf(place, name);
    store?.remove(PARAMETER + key);
    return parameters.delete(key);
  };
  const keep = (place: Place, parameter: Parameter): void => {
    parameters.set(keyOf(place, parameter.name), parameter);
    store?.put(PARAMETER + keyOf(place, parameter.name), parameter);
  };
  /** Those of an account in a region, by name. */
  const mine = (place: Place): readonly Parameter[] => {
    const start = `${place.account}/${place.region}/`;
    return [...parameters]
      .flatMap(([key, one]) => (key.startsWith(start) ? one : []))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const tagged = (place: Place, id: string): Parameter => {
    const found = parameters.get(keyOf(place, id));
    if (found) return found;
    throw new AwsError("InvalidResourceId", "The resource ID isn't valid.");
  };
  /** Undefined: there is no such parameter, or it has no such version. */
  const found = (place: Place, selector: string, decrypted: boolean): object | undefined => {
    const [, name = "", version] = /^(.*?)(?::(\d+))?$/.exec(plainName(selector)) ?? [];
    const parameter = parameters.get(keyOf(place, name));
    return parameter && shown(parameter, decrypted, version);
  };

  const operations: Record<(typeof SSM_OPERATIONS)[number], ReturnType<typeof operation>> = {
    PutParameter: operation(Put, (place, input) => {
      const { Name: name, Value, Type, Overwrite, Tier } = input;
      const before = parameters.get(keyOf(place, name));
      if (before && !Overwrite) {
        throw new AwsError(
          "ParameterAlreadyExists",
          "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        );
      }
      const type = Type ?? before?.type;
      if (type === undefined) {
        throw invalid("A parameter type is required when you create a parameter.");
      }
      if (/^\/?(aws|ssm)/i.test(name)) {
        throw invalid(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`);
      }
      if (name.includes("/") && !name.startsWith("/")) {
        throw invalid("Parameter name must be a fully qualified name.");
      }
      if (Buffer.byteLength(Value) > MOST_BYTES[Tier]) {
        throw invalid(
          `${Tier} tier parameters support a maximum parameter value of ${MOST_BYTES[Tier]} characters.`,
        );
      }
      if (Overwrite && input.Tags.length > 0) {
        throw invalid(
          "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        );
      }
      matchingPattern(Value, input.AllowedPattern);
      const version: Version = {
        value: Value,
        ...(type === "SecureString" && {
          cipher: randomBytes(48).toString("base64"),
          keyId: input.KeyId ?? "alias/aws/ssm",
        }),
        atMs: clock(),
        description: input.Description,
        allowedPattern: input.AllowedPattern,
        tier: Tier,
      };
      const versions = [...(before?.versions ?? []), version];
      const gone = Math.max(0, versions.length - MOST_VERSIONS);
      const parameter: Parameter = {
        arn: `arn:aws:ssm:${place.region}:${place.account}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
        name,
        type,
        first: (before?.first ?? 1) + gone,
        versions: versions.slice(gone),
        tags: before?.tags ?? input.Tags,
      };
      keep(place, parameter);
      return { Version: parameter.first + parameter.versions.length - 1, Tier };
    }),
    GetParameter: operation(
      z.object({ Name, WithDecryption: Decryption }),
      (place, { Name: selector, WithDecryption }) => {
        const Parameter = found(place, selector, WithDecryption);
        if (Parameter) return { Parameter };
        const [name = ""] = plainName(selector).split(":");
        throw new AwsError(
          parameters.has(keyOf(place, name)) ? "ParameterVersionNotFound" : "ParameterNotFound",
          "",
        );
      },
    ),
    GetParameters: operation(
      z.object({ Names, WithDecryption: Decryption }),
      (place, { Names: names, WithDecryption }) => {
        const all = [...new Set(names)].map(
          (name) => [name, found(place, name, WithDecryption)] as const,
        );
        return {
          Parameters: all.flatMap(([, parameter]) => parameter ?? []),
          InvalidParameters: all.flatMap(([name, parameter]) => (parameter ? [] : name)),
        };
      },
    ),
    GetParametersByPath: operation(ByPath, (place, input) => {
      if (!input.Path.startsWith("/")) {
        throw invalid('The parameter path must begin with a forward slash "/".');
      }
      const matches = filtered(input.ParameterFilters, FILTER_KEYS.GetParametersByPath);
      const all = mine(place)
        .filter(({ name }) => isBelow(name, input.Path, input.Recursive))
        .filter((one) => matches(findable(one)));
      const { items, next } = page(all, {
        most: input.MaxResults,
        token: input.NextToken,
        refuse: invalidToken,
      });
      return { Parameters: items.map((one) => shown(one, input.WithDecryption)), ...next };
    }),
    DescribeParameters: operation(Describe, (place, input) => {
      if (input.ParameterFilters.length > 0 && input.Filters.length > 0) {
        throw invalid("You can use either Filters or ParameterFilters in a single request.");
      }
      const filters = [...input.ParameterFilters, ...input.Filters];
      const matches = filtered(filters, FILTER_KEYS.DescribeParameters);
      const all = mine(place).filter((one) => matches(findable(one)));
      const paging = { most: input.MaxResults, token: input.NextToken, refuse: invalidToken };
      const { items, next } = page(all, paging);
      return { Parameters: items.map((one) => described(one, latest(one))), ...next };
    }),
    GetParameterHistory: operation(History, (place, input) => {
      const found = parameters.get(keyOf(place, input.Name));
      if (!found) throw new AwsError("ParameterNotFound", "");
      const paging = { most: input.MaxResults, token: input.NextToken, refuse: invalidToken };
      const { items, next } = page(found.versions, paging);
      const Parameters = items.map((version) => ({
        ...described(found, version),
        Value: input.WithDecryption ? version.value : (version.cipher ?? version.value),
        Labels: [],
      }));
      return { Parameters, ...next };
    }),
    AddTagsToResource: operation(z.object({ ...Tagged, Tags }), (place, input) => {
      const parameter = tagged(place, input.ResourceId);
      const added = new Set(input.Tags.map(({ Key }) => Key));
      const kept = (parameter.tags ?? []).filter(({ Key }) => !added.has(Key));
      keep(place, { ...parameter, tags: [...kept, ...input.Tags] });
      return {};
    }),
    RemoveTagsFromResource: operation(
      z.object({ ...Tagged, TagKeys: z.array(z.string()) }),
      (place, { ResourceId, TagKeys }) => {
        const parameter = tagged(place, ResourceId);
        const tags = (parameter.tags ?? []).filter(({ Key }) => !TagKeys.includes(Key));
        keep(place, { ...parameter, tags });
        return {};
      },
    ),
    ListTagsForResource: operation(z.object(Tagged), (place, { ResourceId }) => ({
      TagList: tagged(place, ResourceId).tags ?? [],
    })),
    DeleteParameter: operation(z.object({ Name }), (place, { Name: name }) => {
      if (!remove(place, name)) throw new AwsError("ParameterNotFound", "");
      return {};
    }),
    DeleteParameters: operation(z.object({ Names }), (place, { Names: names }) => {
      const deleted = names.filter((name) => remove(place, name));
      return {
        DeletedParameters: deleted,
        InvalidParameters: names.filter((name) => !deleted.includes(name)),
      };
    }),
  };
  return {
    ...jsonService(operations),
    restore: async () => {
      for await (const [key, kept] of store?.entries(PARAMETER) ?? []) {
        parameters.set(key.slice(PARAMETER.length), kept as Parameter);
      }
    },
  };
}

/** A parameter may be named by its ARN. */
function plainName(name: string): string {
  const resource = /^arn:aws[a-z-]*:ssm:[^:]*:\d{12}:parameter(\/.*)$/.exec(name)?.[1];
  if (resource === undefined) return name;
  // In an ARN a name without a path has a slash before it, too.
  return resource.indexOf("/", 1) < 0 ? resource.slice(1) : resource;
}

function shown(
  { arn, name, type, first, versions }: Parameter,
  decrypted: boolean,
  version?: string,
): object | undefined {
  const number = version === undefined ? first + versions.length - 1 : Number(version);
  const found = versions[number - first];
  if (!found) return undefined;
  return {
    ARN: arn,
    Name: name,
    Type: type,
    Value: decrypted ? found.value : (found.cipher ?? found.value),
    Version: number,
    LastModifiedDate: found.atMs / 1000,
    DataType: "text",
    ...(version !== undefined && { Selector: `:${version}` }),
  };
}

function latest({ versions }: Parameter): Version | undefined {
  return versions.at(-1);
}

function findable(parameter: Parameter): Findable {
  const { keyId, tier = "Standard" } = latest(parameter) ?? {};
  return { name: parameter.name, type: parameter.type, keyId, tier };
}

/** What the API tells of a version besides its value. */
function described({ arn, name, type, first, versions }: Parameter, version?: Version): object {
  return {
    ARN: arn,
    Name: name,
    Type: type,
    KeyId: version?.keyId,
    LastModifiedDate: (version?.atMs ?? 0) / 1000,
    Description: version?.description,
    AllowedPattern: version?.allowedPattern,
    Version: first + (version ? versions.indexOf(version) : 0),
    Tier: version?.tier ?? "Standard",
    Policies: [],
    DataType: "text",
  };
}

/** Source: Systems Manager API reference, PutParameter, "AllowedPattern". @throws AwsError */
function matchingPattern(value: string, pattern: string | undefined): void {
  if (pattern === undefined || regExp(pattern).test(value)) return;
  throw new AwsError(
    "ParameterPatternMismatchException",
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  );
}

/** @throws AwsError */
function regExp(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    throw new AwsError(
      "InvalidAllowedPatternException",
      "The request doesn't meet the regular expression requirement.",
    );
  }
}

function invalidToken(): AwsError {
  return new AwsError("InvalidNextToken", "The specified token is not valid.");
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
