import { randomBytes } from "node:crypto";
import type { Store } from "../data/store.ts";
import { jsonService, operation, type Place, page } from "../json-service.ts";
import { AwsError, type AwsService, type Clock } from "../service.ts";
import { FILTER_KEYS, filtered, isBelow } from "./filters.ts";
import * as Inputs from "./inputs.ts";
import { versionNotFound, withLabels, withoutLabels } from "./labels.ts";
import { askedOf, checkName, checkNewName, invalid, plainName, rootless } from "./names.ts";
import {
  described,
  findable,
  type Parameter,
  selected,
  shown,
  type Version,
} from "./parameters.ts";
import { isSecretReference, type ReadSecret, referenced } from "./secret-references.ts";

const PARAMETER = "ssm/";
/** Source: Systems Manager user guide, "Managing parameter tiers". */
const MOST_BYTES = { Standard: 4096, Advanced: 8192, "Intelligent-Tiering": 8192 } as const;
/** Source: Systems Manager API reference, PutParameter: a hundred versions. */
const MOST_VERSIONS = 100;

export interface Ssm extends AwsService {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

const SSM_OPERATIONS = [
  "AddTagsToResource",
  "DeleteParameter",
  "DeleteParameters",
  "DescribeParameters",
  "GetParameter",
  "GetParameterHistory",
  "GetParameters",
  "GetParametersByPath",
  "LabelParameterVersion",
  "ListTagsForResource",
  "PutParameter",
  "RemoveTagsFromResource",
  "UnlabelParameterVersion",
] as const;

export interface SsmOptions {
  readonly clock: Clock;
  readonly store?: Store | undefined;
  /** Secrets can be read as if they were parameters. */
  readonly readSecret: ReadSecret;
}

/** Parameters, as SST and others keep settings in them. Source: Systems Manager API reference. */
export function createSsm({ clock, store, readSecret }: SsmOptions): Ssm {
  const parameters = new Map<string, Parameter>();
  const keyOf = (place: Place, name: string) =>
    `${place.account}/${place.region}/${rootless(plainName(name, place))}`;
  const storedAt = ({ account, region }: Place, { name }: Parameter) =>
    `${PARAMETER}${account}/${region}/${name}`;
  const remove = (place: Place, name: string): boolean => {
    const key = keyOf(place, name);
    const parameter = parameters.get(key);
    if (parameter) store?.remove(storedAt(place, parameter));
    return parameters.delete(key);
  };
  const keep = (place: Place, parameter: Parameter): void => {
    parameters.set(keyOf(place, parameter.name), parameter);
    store?.put(storedAt(place, parameter), parameter);
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
  const existing = (place: Place, name: string): Parameter => {
    const parameter = parameters.get(keyOf(place, name));
    if (parameter) return parameter;
    throw new AwsError("ParameterNotFound", "");
  };
  /** Undefined: there is no such parameter, or it has no such version. */
  const found = (place: Place, text: string, decrypted: boolean): object | undefined => {
    const asked = askedOf(text, place);
    const parameter = parameters.get(keyOf(place, asked.name));
    return (
      parameter &&
      shown(parameter, {
        decrypted,
        selector: asked.selector,
        at: selected(parameter, asked.selector),
        // As it was asked for, with a slash or without; but an ARN is no name.
        ...(!text.startsWith("arn:") && { name: asked.name }),
      })
    );
  };
  const secretOf = (place: Place, text: string, decrypted: boolean): object | undefined => {
    const asked = askedOf(text, place);
    if (!isSecretReference(asked)) return undefined;
    return referenced(asked, { decrypted, read: (which) => readSecret(place, which) });
  };

  const operations: Record<(typeof SSM_OPERATIONS)[number], ReturnType<typeof operation>> = {
    PutParameter: operation(Inputs.Put, (place, input) => {
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
      checkNewName(name);
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
      if (before && versions.slice(0, gone).some(({ labels = [] }) => labels.length > 0)) {
        throw new AwsError(
          "ParameterMaxVersionLimitExceeded",
          `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${before.first}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
        );
      }
      const parameter: Parameter = {
        arn: `arn:aws:ssm:${place.region}:${place.account}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
        name: before?.name ?? name,
        type,
        first: (before?.first ?? 1) + gone,
        versions: versions.slice(gone),
        tags: before?.tags ?? input.Tags,
      };
      keep(place, parameter);
      return { Version: parameter.first + parameter.versions.length - 1, Tier };
    }),
    GetParameter: operation(Inputs.Get, (place, { Name: text, WithDecryption }) => {
      const secret = secretOf(place, text, WithDecryption);
      if (secret) return { Parameter: secret };
      const { name, selector = "" } = askedOf(text, place);
      // An ARN that is left is one of elsewhere.
      if (!name.startsWith("arn:")) checkName(name);
      const Parameter = found(place, text, WithDecryption);
      if (Parameter) return { Parameter };
      existing(place, name);
      throw versionNotFound(name, selector.slice(1));
    }),
    GetParameters: operation(Inputs.GetAll, (place, { Names, WithDecryption }) => {
      const read = (name: string): object | undefined => {
        try {
          return secretOf(place, name, WithDecryption) ?? found(place, name, WithDecryption);
        } catch (error) {
          if (error instanceof AwsError) return undefined;
          throw error;
        }
      };
      const all = [...new Set(Names)].map((name) => [name, read(name)] as const);
      return {
        Parameters: all.flatMap(([, parameter]) => parameter ?? []),
        InvalidParameters: all.flatMap(([name, parameter]) => (parameter ? [] : name)),
      };
    }),
    GetParametersByPath: operation(Inputs.ByPath, (place, input) => {
      if (!input.Path.startsWith("/")) {
        throw invalid('The parameter path must begin with a forward slash "/".');
      }
      const matches = filtered(input.ParameterFilters, FILTER_KEYS.GetParametersByPath);
      const byLabel = input.ParameterFilters.some(({ Key }) => Key === "Label");
      const all = mine(place)
        .filter(({ name }) => isBelow(name, input.Path, input.Recursive))
        .flatMap((one) =>
          // A label may be another version's than the latest.
          one.versions
            .map((_, at) => at)
            .slice(byLabel ? 0 : -1)
            .filter((at) => matches(findable(one, at)))
            .map((at) => ({ parameter: one, at })),
        );
      const { items, next } = page(all, {
        most: input.MaxResults,
        token: input.NextToken,
        refuse: invalidToken,
      });
      return {
        Parameters: items.map(({ parameter, at }) =>
          shown(parameter, { decrypted: input.WithDecryption, at }),
        ),
        ...next,
      };
    }),
    DescribeParameters: operation(Inputs.Describe, (place, input) => {
      if (input.ParameterFilters.length > 0 && input.Filters.length > 0) {
        throw invalid("You can use either Filters or ParameterFilters in a single request.");
      }
      const filters = [...input.ParameterFilters, ...input.Filters];
      const matches = filtered(filters, FILTER_KEYS.DescribeParameters);
      const all = mine(place).filter((one) => matches(findable(one)));
      const paging = { most: input.MaxResults, token: input.NextToken, refuse: invalidToken };
      const { items, next } = page(all, paging);
      return { Parameters: items.map((one) => described(one, one.versions.at(-1))), ...next };
    }),
    GetParameterHistory: operation(Inputs.History, (place, input) => {
      const found = existing(place, input.Name);
      const paging = { most: input.MaxResults, token: input.NextToken, refuse: invalidToken };
      const { items, next } = page(found.versions, paging);
      const Parameters = items.map((version) => ({
        ...described(found, version),
        Value: input.WithDecryption ? version.value : (version.cipher ?? version.value),
        Labels: version.labels ?? [],
      }));
      return { Parameters, ...next };
    }),
    LabelParameterVersion: operation(Inputs.Label, (place, { Name, ParameterVersion, Labels }) => {
      const labels = [...new Set(Labels)];
      const asked = { version: ParameterVersion, labels };
      const { parameter, version, invalid } = withLabels(existing(place, Name), asked);
      keep(place, parameter);
      return { InvalidLabels: invalid, ParameterVersion: version };
    }),
    UnlabelParameterVersion: operation(Inputs.Unlabel, (place, input) => {
      const asked = { version: input.ParameterVersion, labels: [...new Set(input.Labels)] };
      const { parameter, removed, invalid } = withoutLabels(existing(place, input.Name), asked);
      keep(place, parameter);
      return { RemovedLabels: removed, InvalidLabels: invalid };
    }),
    AddTagsToResource: operation(Inputs.AddTags, (place, input) => {
      const parameter = tagged(place, input.ResourceId);
      const added = new Set(input.Tags.map(({ Key }) => Key));
      const kept = (parameter.tags ?? []).filter(({ Key }) => !added.has(Key));
      keep(place, { ...parameter, tags: [...kept, ...input.Tags] });
      return {};
    }),
    RemoveTagsFromResource: operation(Inputs.RemoveTags, (place, { ResourceId, TagKeys }) => {
      const parameter = tagged(place, ResourceId);
      const tags = (parameter.tags ?? []).filter(({ Key }) => !TagKeys.includes(Key));
      keep(place, { ...parameter, tags });
      return {};
    }),
    ListTagsForResource: operation(Inputs.ListTags, (place, { ResourceId }) => ({
      TagList: tagged(place, ResourceId).tags ?? [],
    })),
    DeleteParameter: operation(Inputs.DeleteOne, (place, { Name: name }) => {
      if (!remove(place, name)) throw new AwsError("ParameterNotFound", "");
      return {};
    }),
    DeleteParameters: operation(Inputs.DeleteAll, (place, { Names: names }) => {
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
        const [account = "", region = ""] = key.slice(PARAMETER.length).split("/");
        const parameter = kept as Parameter;
        parameters.set(keyOf({ account, region }, parameter.name), parameter);
      }
    },
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
