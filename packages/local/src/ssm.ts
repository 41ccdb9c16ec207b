import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import type { Store } from "./data/store.ts";
import { jsonService, operation, type Place, page } from "./json-service.ts";
import { AwsError, type AwsService, type Clock } from "./service.ts";

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
}

interface Parameter {
  readonly arn: string;
  readonly name: string;
  readonly type: "String" | "StringList" | "SecureString";
  /** Of the oldest version that is kept. */
  readonly first: number;
  readonly versions: readonly Version[];
}

const Name = z.string().check(z.minLength(1), z.maxLength(2048));
const Names = z.array(Name).check(z.minLength(1), z.maxLength(10));
const Decryption = z._default(z.boolean(), false);
const Put = z.object({
  Name: z.string().check(z.regex(/^[\w./-]+$/), z.maxLength(2048)),
  Value: z.string().check(z.minLength(1)),
  Type: z.optional(z.enum(["String", "StringList", "SecureString"])),
  Overwrite: z._default(z.boolean(), false),
  Tier: z._default(z.enum(["Standard", "Advanced", "Intelligent-Tiering"]), "Standard"),
});
const ByPath = z.object({
  Path: Name,
  Recursive: z._default(z.boolean(), false),
  WithDecryption: Decryption,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(10)), 10),
  NextToken: z.optional(z.string()),
});

export interface Ssm extends AwsService {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

export const SSM_OPERATIONS = [
  "DeleteParameter",
  "DeleteParameters",
  "GetParameter",
  "GetParameters",
  "GetParametersByPath",
  "PutParameter",
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
  /** Undefined: there is no such parameter, or it has no such version. */
  const found = (place: Place, selector: string, decrypted: boolean): object | undefined => {
    const [, name = "", version] = /^(.*?)(?::(\d+))?$/.exec(plainName(selector)) ?? [];
    const parameter = parameters.get(keyOf(place, name));
    return parameter && shown(parameter, decrypted, version);
  };

  const operations: Record<(typeof SSM_OPERATIONS)[number], ReturnType<typeof operation>> = {
    PutParameter: operation(Put, (place, { Name: name, Value, Type, Overwrite, Tier }) => {
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
      const version: Version = {
        value: Value,
        ...(type === "SecureString" && { cipher: randomBytes(48).toString("base64") }),
        atMs: clock(),
      };
      const versions = [...(before?.versions ?? []), version];
      const gone = Math.max(0, versions.length - MOST_VERSIONS);
      const parameter: Parameter = {
        arn: `arn:aws:ssm:${place.region}:${place.account}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
        name,
        type,
        first: (before?.first ?? 1) + gone,
        versions: versions.slice(gone),
      };
      parameters.set(keyOf(place, name), parameter);
      store?.put(PARAMETER + keyOf(place, name), parameter);
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
      const below = `${input.Path.replace(/\/+$/, "")}/`;
      const start = keyOf(place, below);
      const all = [...parameters]
        .filter(([key]) => key.startsWith(start))
        .filter(([key]) => input.Recursive || !key.slice(start.length).includes("/"))
        .map(([, parameter]) => parameter)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, next } = page(all, {
        most: input.MaxResults,
        token: input.NextToken,
        refuse: () => new AwsError("InvalidNextToken", "The specified token is not valid."),
      });
      return { Parameters: items.map((one) => shown(one, input.WithDecryption)), ...next };
    }),
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

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
