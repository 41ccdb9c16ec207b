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
  readonly labels?: readonly string[];
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
  /** Of the version among the others; the latest, if it is left out. */
  readonly at?: number;
  readonly selector?: string | undefined;
  readonly name?: string;
}

/** Undefined: there is no version at that place. */
export function shown(parameter: Parameter, showing: Showing): object | undefined {
  const { first, versions } = parameter;
  const { decrypted, selector, at = versions.length - 1 } = showing;
  const found = versions[at];
  if (!found) return undefined;
  return {
    ARN: parameter.arn,
    Name: showing.name ?? parameter.name,
    Type: parameter.type,
    Value: decrypted ? found.value : (found.cipher ?? found.value),
    Version: first + at,
    LastModifiedDate: found.atMs / 1000,
    DataType: "text",
    ...(selector !== undefined && { Selector: selector }),
  };
}

/** Where a version or a label, with the colon before it, is among the versions: nowhere, if there is none. */
export function selected({ first, versions }: Parameter, selector = ""): number {
  const asked = selector.slice(1);
  if (asked === "") return versions.length - 1;
  return /^\d+$/.test(asked)
    ? Number(asked) - first
    : versions.findIndex(({ labels }) => labels?.includes(asked));
}

/** What a parameter is found by: its latest version, or the one at a place. */
export function findable({ name, type, versions }: Parameter, at = -1): Findable {
  const { keyId, tier = "Standard", labels = [] } = versions.at(at) ?? {};
  return { name, type, keyId, tier, labels };
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
