import * as z from "zod/mini";
import type { Store } from "../data/store.ts";
import { jsonService, operation, type Place, page } from "../json-service.ts";
import { AwsError, type AwsService, type Clock } from "../service.ts";
import { arnOf, nameable } from "./arns.ts";
import { type Filter, matches } from "./filters.ts";
import * as Inputs from "./inputs.ts";
import { RandomPassword, randomPassword } from "./random-password.ts";
import { noValue, type SecretValue, versionAsked, type WhichSecret } from "./values.ts";
import {
  type Accessed,
  CURRENT,
  newVersion,
  type Version,
  withStage,
  withVersion,
} from "./versions.ts";

const SECRET = "secretsmanager/";
const DAY_MS = 86_400_000;

interface Secret extends Accessed {
  readonly arn: string;
  readonly name: string;
  readonly description?: string | undefined;
  /** As it was named; undefined stands for AWS's own key. */
  readonly kmsKeyId?: string | undefined;
  /** Undefined until it has some; then a list, which may become empty. */
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
  /** A JSON document, kept and shown: whoever reaches the stage may read. */
  readonly policy?: string | undefined;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** When it was deleted, and when it will be gone. */
  readonly deleted?: { readonly atMs: number; readonly goneAtMs: number } | undefined;
  /** Oldest first. */
  readonly versions: readonly Version[];
}

export interface SecretsManager extends AwsService {
  /** What GetSecretValue answers. @throws AwsError */
  read(place: Place, which: WhichSecret): SecretValue;
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

export const SECRETS_MANAGER_OPERATIONS = [
  "BatchGetSecretValue",
  "CreateSecret",
  "DeleteResourcePolicy",
  "DeleteSecret",
  "DescribeSecret",
  "GetRandomPassword",
  "GetResourcePolicy",
  "GetSecretValue",
  "ListSecrets",
  "ListSecretVersionIds",
  "PutResourcePolicy",
  "PutSecretValue",
  "RestoreSecret",
  "TagResource",
  "UntagResource",
  "UpdateSecret",
  "UpdateSecretVersionStage",
] as const;

/** Secrets with their versions, without rotation and replicas. Source: Secrets Manager API reference. */
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
  const find = (place: Place, id: string): Secret | undefined => {
    const [, region, account, resource] =
      /^arn:aws[a-z-]*:secretsmanager:([^:]*):(\d{12}):secret:(.+)$/.exec(id) ?? [];
    if (resource === undefined) {
      nameable(id);
      return named(place, id);
    }
    // What has the same name elsewhere is another secret.
    if (region !== place.region || account !== place.account) return undefined;
    const whole = named(place, resource.replace(/-\w{6}$/, ""));
    // An ARN may lack the six characters at its end, but has no others.
    return whole?.arn === id ? whole : named(place, resource);
  };
  const anySecret = (place: Place, id: string): Secret => {
    const found = find(place, id);
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
  const listed = (place: Place, filters: readonly Filter[], alsoDeleted = false): Secret[] => {
    const mine = keyOf(place, "");
    return [...secrets]
      .filter(([key]) => key.startsWith(mine))
      .flatMap(([, { name }]) => named(place, name) ?? [])
      .filter(({ deleted }) => alsoDeleted || !deleted)
      .filter((one) => matches(one, filters));
  };
  const read = (place: Place, { SecretId: id, ...asked }: WhichSecret): SecretValue => {
    const secret = secretOf(place, id);
    const found = versionAsked(secret.versions, asked);
    // Only the day is told.
    const accessedAtMs = Math.floor(clock() / DAY_MS) * DAY_MS;
    if (found.accessedAtMs !== accessedAtMs || secret.accessedAtMs !== accessedAtMs) {
      const versions = secret.versions.map((one) =>
        one === found ? { ...one, accessedAtMs } : one,
      );
      keep(place, { ...secret, versions, accessedAtMs });
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: found.id,
      SecretString: found.text,
      SecretBinary: found.binary,
      VersionStages: found.stages,
      CreatedDate: found.atMs / 1000,
    };
  };
  /** Gives a secret another value, unless the same request did so before. */
  const put = (place: Place, secret: Secret, version: Version): Secret => {
    const versions = withVersion(secret.versions, version, secret.arn);
    return versions ? keep(place, { ...secret, changedAtMs: clock(), versions }) : secret;
  };
  const describe = (secret: Secret) => ({
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description !== undefined && { Description: secret.description }),
    ...(secret.kmsKeyId !== undefined && { KmsKeyId: secret.kmsKeyId }),
    ...(secret.tags && { Tags: secret.tags }),
    CreatedDate: secret.createdAtMs / 1000,
    ...accessed(secret),
    LastChangedDate: secret.changedAtMs / 1000,
    ...(secret.deleted && { DeletedDate: secret.deleted.goneAtMs / 1000 }),
  });
  /** Undefined of a secret that has never had a value. */
  const stagesOf = ({ versions }: Secret) =>
    versions.length === 0
      ? undefined
      : Object.fromEntries(
          versions.flatMap(({ id, stages }) => (stages.length > 0 ? [[id, stages]] : [])),
        );

  const operations: Record<
    (typeof SECRETS_MANAGER_OPERATIONS)[number],
    ReturnType<typeof operation>
  > = {
    CreateSecret: operation(Inputs.Create, (place, input) => {
      const { Name, Description, KmsKeyId, Tags, ...value } = input;
      nameable(Name);
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
        arn: arnOf(place, Name),
        name: Name,
        description: Description,
        kmsKeyId: KmsKeyId,
        tags: Tags,
        createdAtMs: clock(),
        changedAtMs: clock(),
        versions: version ? [version] : [],
      });
      return { ARN: secret.arn, Name, ...(version && { VersionId: version.id }) };
    }),
    PutSecretValue: operation(Inputs.Put, (place, { SecretId: id, VersionStages, ...value }) => {
      const version = newVersion(value, VersionStages, clock());
      if (!version) throw noValue();
      const { arn: ARN, name: Name, versions } = put(place, secretOf(place, id), version);
      const { stages } = versions.find((one) => one.id === version.id) ?? version;
      return { ARN, Name, VersionId: version.id, VersionStages: stages };
    }),
    UpdateSecret: operation(Inputs.Update, (place, input) => {
      const { SecretId: id, Description, KmsKeyId, ...value } = input;
      const secret = secretOf(place, id);
      const version = newVersion(value, [CURRENT], clock());
      const updated = version ? put(place, secret, version) : secret;
      const { arn, name } = keep(place, {
        ...updated,
        ...(Description !== undefined && { description: Description }),
        ...(KmsKeyId !== undefined && { kmsKeyId: KmsKeyId }),
        changedAtMs: clock(),
      });
      return { ARN: arn, Name: name, ...(version && { VersionId: version.id }) };
    }),
    UpdateSecretVersionStage: operation(
      Inputs.MoveStage,
      (place, { SecretId: id, VersionStage: stage, RemoveFromVersionId, MoveToVersionId }) => {
        const secret = secretOf(place, id);
        const move = { stage, from: RemoveFromVersionId, to: MoveToVersionId };
        const versions = withStage(secret.versions, move);
        keep(place, { ...secret, changedAtMs: clock(), versions });
        return { ARN: secret.arn, Name: secret.name };
      },
    ),
    ListSecretVersionIds: operation(
      Inputs.ListVersions,
      (place, { SecretId: id, MaxResults, NextToken, IncludeDeprecated }) => {
        const { arn, name, versions } = anySecret(place, id);
        const all = versions.filter(({ stages }) => IncludeDeprecated || stages.length > 0);
        const paging = { most: MaxResults, token: NextToken, refuse: invalidToken };
        const { items, next } = page(all, paging);
        const Versions = items.map((one) => ({
          VersionId: one.id,
          VersionStages: one.stages,
          CreatedDate: one.atMs / 1000,
          ...accessed(one),
          KmsKeyIds: ["DefaultEncryptionKey"],
        }));
        return { ARN: arn, Name: name, Versions, ...next };
      },
    ),
    TagResource: operation(
      z.object({ SecretId: Inputs.SecretId, Tags: Inputs.Tags }),
      (place, { SecretId: id, Tags: added }) => {
        const secret = secretOf(place, id);
        const kept = (secret.tags ?? []).filter(({ Key }) => !added.some((one) => one.Key === Key));
        keep(place, { ...secret, tags: [...kept, ...added] });
        return {};
      },
    ),
    UntagResource: operation(
      z.object({ SecretId: Inputs.SecretId, TagKeys: z.array(z.string()) }),
      (place, { SecretId: id, TagKeys }) => {
        const secret = secretOf(place, id);
        const left = (secret.tags ?? []).filter(({ Key }) => !TagKeys.includes(Key));
        keep(place, { ...secret, tags: left });
        return {};
      },
    ),
    GetSecretValue: operation(Inputs.Get, read),
    BatchGetSecretValue: operation(Inputs.BatchGet, (place, input) => {
      const { SecretIdList: ids = [], Filters = [], MaxResults, NextToken } = input;
      if (ids.length > 0 === Filters.length > 0) {
        throw invalidParameter(
          "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
        );
      }
      if (MaxResults !== undefined && Filters.length === 0) {
        throw invalidParameter(
          "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
        );
      }
      const found = listed(place, Filters).map(({ arn }) => arn);
      const most = MaxResults ?? Inputs.MOST_IN_BATCH;
      const { items, next } =
        ids.length > 0
          ? { items: ids, next: {} }
          : page(found, { most, token: NextToken, refuse: invalidToken });
      const Errors: object[] = [];
      const SecretValues = items.flatMap((id) => {
        try {
          return [read(place, { SecretId: id })];
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          Errors.push({ SecretId: id, ErrorCode: error.type, Message: error.message });
          return [];
        }
      });
      return { SecretValues, Errors, ...next };
    }),
    DescribeSecret: operation(
      z.object({ SecretId: Inputs.SecretId }),
      (place, { SecretId: id }) => {
        const secret = anySecret(place, id);
        return { ...describe(secret), VersionIdsToStages: stagesOf(secret) };
      },
    ),
    ListSecrets: operation(
      Inputs.List,
      (place, { MaxResults, NextToken, IncludePlannedDeletion, Filters, SortOrder }) => {
        const all = listed(place, Filters, IncludePlannedDeletion);
        if (SortOrder === "desc") all.reverse();
        const paging = { most: MaxResults, token: NextToken, refuse: invalidToken };
        const { items, next } = page(all, paging);
        const SecretList = items.map((one) => ({
          ...describe(one),
          SecretVersionsToStages: stagesOf(one),
        }));
        return { SecretList, ...next };
      },
    ),
    DeleteSecret: operation(
      Inputs.Delete,
      (place, { SecretId: id, RecoveryWindowInDays, ForceDeleteWithoutRecovery }) => {
        if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
          throw invalidParameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
          );
        }
        const atMs = clock();
        if (ForceDeleteWithoutRecovery) {
          // Also one that is deleted already, or is not there. Source: API reference, DeleteSecret.
          const { arn, name } = find(place, id) ?? { arn: arnOf(place, id), name: id };
          forget(place, name);
          return { ARN: arn, Name: name, DeletionDate: atMs / 1000 };
        }
        const secret = secretOf(place, id);
        const goneAtMs = atMs + (RecoveryWindowInDays ?? 30) * DAY_MS;
        keep(place, { ...secret, deleted: { atMs, goneAtMs } });
        return { ARN: secret.arn, Name: secret.name, DeletionDate: goneAtMs / 1000 };
      },
    ),
    GetRandomPassword: operation(RandomPassword, (_place, asked) => ({
      RandomPassword: randomPassword(asked),
    })),
    PutResourcePolicy: operation(Inputs.PutPolicy, (place, { SecretId: id, ResourcePolicy }) => {
      if (!isJsonObject(ResourcePolicy)) {
        throw new AwsError(
          "MalformedPolicyDocumentException",
          "This resource policy contains invalid JSON.",
        );
      }
      const { arn, name } = keep(place, { ...secretOf(place, id), policy: ResourcePolicy });
      return { ARN: arn, Name: name };
    }),
    GetResourcePolicy: operation(
      z.object({ SecretId: Inputs.SecretId }),
      (place, { SecretId: id }) => {
        const { arn, name, policy } = anySecret(place, id);
        return { ARN: arn, Name: name, ResourcePolicy: policy };
      },
    ),
    DeleteResourcePolicy: operation(
      z.object({ SecretId: Inputs.SecretId }),
      (place, { SecretId: id }) => {
        const { arn, name } = keep(place, { ...secretOf(place, id), policy: undefined });
        return { ARN: arn, Name: name };
      },
    ),
    RestoreSecret: operation(z.object({ SecretId: Inputs.SecretId }), (place, { SecretId: id }) => {
      const secret = keep(place, { ...anySecret(place, id), deleted: undefined });
      return { ARN: secret.arn, Name: secret.name };
    }),
  };
  return {
    ...jsonService(operations),
    read,
    restore: async () => {
      for await (const [key, kept] of store?.entries(SECRET) ?? []) {
        secrets.set(key.slice(SECRET.length), kept as Secret);
      }
    },
  };
}

function accessed({ accessedAtMs }: Accessed): { readonly LastAccessedDate?: number } {
  return accessedAtMs === undefined ? {} : { LastAccessedDate: accessedAtMs / 1000 };
}

function isJsonObject(text: string): boolean {
  try {
    return text.trimStart().startsWith("{") && Boolean(JSON.parse(text));
  } catch {
    return false;
  }
}

function invalidToken(): AwsError {
  return new AwsError("InvalidNextTokenException", "The NextToken value is invalid.");
}

function missing(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message);
}

function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
