import type { Findable } from "./filters.ts";

export interface Version {
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

export interface Parameter {
  readonly arn: string;
  readonly name: string;
  readonly type: "String" | "StringList" | "SecureString";
  /** Of the oldest version that is kept. */
  readonly first: number;
  readonly versions: readonly Version[];
  readonly tags?: readonly Tag[];
}

export interface Showing {
  readonly decrypted: boolean;
  /** A version, with the colon before it; without it the latest is shown. */
  readonly selector?: string | undefined;
  readonly name?: string;
}

/** Undefined: there is no such version. */
export function shown(parameter: Parameter, showing: Showing): object | undefined {
  const { first, versions } = parameter;
  const { decrypted, selector } = showing;
  const number = selector === undefined ? first + versions.length - 1 : Number(selector.slice(1));
  const found = versions[number - first];
  if (!found) return undefined;
  return {
    ARN: parameter.arn,
    Name: showing.name ?? parameter.name,
    Type: parameter.type,
    Value: decrypted ? found.value : (found.cipher ?? found.value),
    Version: number,
    LastModifiedDate: found.atMs / 1000,
    DataType: "text",
    ...(selector !== undefined && { Selector: selector }),
  };
}

function latest({ versions }: Parameter): Version | undefined {
  return versions.at(-1);
}

export function findable(parameter: Parameter): Findable {
  const { keyId, tier = "Standard" } = latest(parameter) ?? {};
  return { name: parameter.name, type: parameter.type, keyId, tier };
}

/** What the API tells of a version besides its value. */
export function described(
  { arn, name, type, first, versions }: Parameter,
  version?: Version,
): object {
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
