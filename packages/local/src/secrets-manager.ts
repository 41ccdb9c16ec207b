import { randomInt, randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { Store } from "./data/store.ts";
import { jsonService, operation, type Place, page } from "./json-service.ts";
import { AwsError, type AwsService, type Clock } from "./service.ts";

const SECRET = "secretsmanager/";
const DAY_MS = 86_400_000;
const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

interface Version {
  readonly id: string;
  readonly text?: string | undefined;
  /** Base64. */
  readonly binary?: string | undefined;
  readonly atMs: number;
  readonly stages: readonly string[];
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags: readonly unknown[];
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** When it was deleted, and when it will be gone. */
  readonly deleted?: { readonly atMs: number; readonly goneAtMs: number } | undefined;
  /** Oldest first. */
  readonly versions: readonly Version[];
}

export interface SecretsManager extends AwsService {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

export const SECRETS_MANAGER_OPERATIONS = [
  "CreateSecret",
  "DeleteSecret",
  "DescribeSecret",
  "GetSecretValue",
  "ListSecrets",
  "PutSecretValue",
  "RestoreSecret",
] as const;

/** Source: Secrets Manager API reference: a value has up to 65,536 bytes. */
const Value = {
  SecretString: z.optional(z.string().check(z.maxLength(65_536))),
  SecretBinary: z.optional(z.string().check(z.maxLength(87_384))),
  ClientRequestToken: z.optional(z.string().check(z.minLength(32), z.maxLength(64))),
};
const SecretId = z.string().check(z.minLength(1), z.maxLength(2048));
const Create = z.object({
  Name: z.string().check(z.regex(/^[\w/+=.@-]{1,512}$/)),
  Description: z.optional(z.string()),
  Tags: z._default(z.array(z.object({ Key: z.string(), Value: z.string() })), []),
  ...Value,
});
const Put = z.object({
  SecretId,
  ...Value,
  VersionStages: z._default(z.array(z.string()).check(z.minLength(1), z.maxLength(20)), [CURRENT]),
});
const Get = z.object({
  SecretId,
  VersionId: z.optional(z.string()),
  VersionStage: z.optional(z.string()),
});
const Delete = z.object({
  SecretId,
  RecoveryWindowInDays: z.optional(z.int().check(z.minimum(7), z.maximum(30))),
  ForceDeleteWithoutRecovery: z._default(z.boolean(), false),
});
const List = z.object({
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(100)), 100),
  NextToken: z.optional(z.string()),
  IncludePlannedDeletion: z._default(z.boolean(), false),
});

/** Secrets with their versions, without rotation, policies and replicas. Source: Secrets Manager API reference. */
export function createSecretsManager(clock: Clock, store?: Store): SecretsManager {
  const secrets = new Map<string, Secret>();
  const keyOf = ({ account, region }: Place, name: string) => `${account}/${region}/${name}`;
  const keep = (place: Place, secret: Secret): Secret => {
    secrets.set(keyOf(place, secret.name), secret);
    store?.put(SECRET + keyOf(place, secret.name), secret);
    return secret;
  };
  const forget = (place: Place, name: string): void => {
    secrets.delete(keyOf(place, name));
    store?.remove(SECRET + keyOf(place, name));
  };
  /** Undefined also once the window to restore a deleted one is over. */
  const named = (place: Place, name: string): Secret | undefined => {
    const found = secrets.get(keyOf(place, name));
    if (!found?.deleted || found.deleted.goneAtMs > clock()) return found;
    forget(place, name);
    return undefined;
  };
  const anySecret = (place: Place, id: string): Secret => {
    const resource = /^arn:aws[a-z-]*:secretsmanager:[^:]*:\d{12}:secret:(.+)$/.exec(id)?.[1];
    const found =
      resource === undefined
        ? named(place, id)
        : // An ARN may lack the six characters at its end.
          (named(place, resource.replace(/-\w{6}$/, "")) ?? named(place, resource));
    if (found) return found;
    throw missing("Secrets Manager can't find the specified secret.");
  };
  const secretOf = (place: Place, id: string): Secret => {
    const found = anySecret(place, id);
    if (!found.deleted) return found;
    throw new AwsError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  };
  const describe = (secret: Secret) => ({
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description !== undefined && { Description: secret.description }),
    Tags: secret.tags,
    CreatedDate: secret.createdAtMs / 1000,
    LastChangedDate: secret.changedAtMs / 1000,
    ...(secret.deleted && { DeletedDate: secret.deleted.goneAtMs / 1000 }),
  });
  const stagesOf = ({ versions }: Secret) =>
    Object.fromEntries(
      versions.flatMap(({ id, stages }) => (stages.length > 0 ? [[id, stages]] : [])),
    );

  const operations: Record<
    (typeof SECRETS_MANAGER_OPERATIONS)[number],
    ReturnType<typeof operation>
  > = {
    CreateSecret: operation(
      Create,
      (place, { Name, Description, Tags, ...value }) => {
        const before = named(place, Name);
        if (before?.deleted) {
          throw new AwsError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
          );
        }
        if (before) {
          throw new AwsError(
            "ResourceExistsException",
            `The operation failed because the secret ${Name} already exists.`,
          );
        }
        const version = newVersion(value, [CURRENT], clock());
        const secret = keep(place, {
          arn: `arn:aws:secretsmanager:${place.region}:${place.account}:secret:${Name}-${suffix()}`,
          name: Name,
          description: Description,
          tags: Tags,
          createdAtMs: clock(),
          changedAtMs: clock(),
          versions: version ? [version] : [],
        });
        return { ARN: secret.arn, Name, ...(version && { VersionId: version.id }) };
      },
      invalid,
    ),
    PutSecretValue: operation(
      Put,
      (place, { SecretId: id, VersionStages, ...value }) => {
        const secret = secretOf(place, id);
        const version = newVersion(value, VersionStages, clock());
        if (!version)
          throw invalidParameter("You must provide either SecretString or SecretBinary.");
        const same = secret.versions.find((one) => one.id === version.id);
        if (same && (same.text !== version.text || same.binary !== version.binary)) {
          throw new AwsError(
            "ResourceExistsException",
            `You can't use ClientRequestToken ${version.id} because that value is already in use for a version of secret ${secret.arn}.`,
          );
        }
        if (!same) {
          const versions = withVersion(secret.versions, version);
          keep(place, { ...secret, changedAtMs: clock(), versions });
        }
        const { arn: ARN, name: Name } = secret;
        const { id: VersionId, stages } = same ?? version;
        return { ARN, Name, VersionId, VersionStages: stages };
      },
      invalid,
    ),
    GetSecretValue: operation(
      Get,
      (place, { SecretId: id, VersionId, VersionStage }) => {
        const { arn, name, versions } = secretOf(place, id);
        const stage = VersionStage ?? (VersionId === undefined ? CURRENT : undefined);
        const found = versions.find(
          (one) =>
            (VersionId === undefined || one.id === VersionId) &&
            (stage === undefined || one.stages.includes(stage)),
        );
        if (!found) {
          const what =
            VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${VersionId}`;
          throw missing(`Secrets Manager can't find the specified secret value for ${what}`);
        }
        return {
          ARN: arn,
          Name: name,
          VersionId: found.id,
          SecretString: found.text,
          SecretBinary: found.binary,
          VersionStages: found.stages,
          CreatedDate: found.atMs / 1000,
        };
      },
      invalid,
    ),
    DescribeSecret: operation(
      z.object({ SecretId }),
      (place, { SecretId: id }) => {
        const secret = anySecret(place, id);
        return { ...describe(secret), VersionIdsToStages: stagesOf(secret) };
      },
      invalid,
    ),
    ListSecrets: operation(
      List,
      (place, { MaxResults, NextToken, IncludePlannedDeletion }) => {
        const mine = keyOf(place, "");
        const all = [...secrets]
          .filter(([key]) => key.startsWith(mine))
          .flatMap(([, { name }]) => named(place, name) ?? [])
          .filter(({ deleted }) => IncludePlannedDeletion || !deleted);
        const { items, next } = page(all, {
          most: MaxResults,
          token: NextToken,
          refuse: () =>
            new AwsError("InvalidNextTokenException", "The NextToken value is invalid."),
        });
        const SecretList = items.map((one) => ({
          ...describe(one),
          SecretVersionsToStages: stagesOf(one),
        }));
        return { SecretList, ...next };
      },
      invalid,
    ),
    DeleteSecret: operation(
      Delete,
      (place, { SecretId: id, RecoveryWindowInDays, ForceDeleteWithoutRecovery }) => {
        if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
          throw invalidParameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
          );
        }
        const secret = secretOf(place, id);
        const atMs = clock();
        const goneAtMs =
          atMs + (ForceDeleteWithoutRecovery ? 0 : (RecoveryWindowInDays ?? 30)) * DAY_MS;
        if (ForceDeleteWithoutRecovery) forget(place, secret.name);
        else keep(place, { ...secret, deleted: { atMs, goneAtMs } });
        return { ARN: secret.arn, Name: secret.name, DeletionDate: goneAtMs / 1000 };
      },
      invalid,
    ),
    RestoreSecret: operation(
      z.object({ SecretId }),
      (place, { SecretId: id }) => {
        const secret = keep(place, { ...anySecret(place, id), deleted: undefined });
        return { ARN: secret.arn, Name: secret.name };
      },
      invalid,
    ),
  };
  return {
    ...jsonService(operations),
    restore: async () => {
      for await (const [key, kept] of store?.entries(SECRET) ?? []) {
        secrets.set(key.slice(SECRET.length), kept as Secret);
      }
    },
  };
}

/** Undefined where there is no value: a secret may have none at first. */
function newVersion(
  value: {
    SecretString?: string | undefined;
    SecretBinary?: string | undefined;
    ClientRequestToken?: string | undefined;
  },
  stages: readonly string[],
  atMs: number,
): Version | undefined {
  const { SecretString: text, SecretBinary: binary, ClientRequestToken: token } = value;
  if (text !== undefined && binary !== undefined) {
    throw invalidParameter("You can't specify both SecretString and SecretBinary.");
  }
  if (text === undefined && binary === undefined) return undefined;
  return { id: token ?? randomUUID(), text, binary, atMs, stages };
}

/** A label is on one version at a time; the version that was current becomes the previous one. */
function withVersion(versions: readonly Version[], added: Version): readonly Version[] {
  const moved = new Set(added.stages);
  const becomesCurrent = moved.has(CURRENT);
  if (becomesCurrent) moved.add(PREVIOUS);
  return [
    ...versions.map((one) => ({
      ...one,
      stages: [
        ...one.stages.filter((stage) => !moved.has(stage)),
        ...(becomesCurrent && one.stages.includes(CURRENT) ? [PREVIOUS] : []),
      ],
    })),
    added,
  ];
}

/** The six characters at the end of a secret's ARN. */
function suffix(): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join("");
}

function missing(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message);
}

function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}

function invalid(fields: string): AwsError {
  return invalidParameter(`Not valid: ${fields}`);
}
