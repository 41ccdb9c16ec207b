import * as z from "zod/mini";
import { FILTER_KEYS } from "./filters.ts";
import { CURRENT } from "./versions.ts";

/** Source: Secrets Manager API reference: a value has up to 65,536 bytes. */
const Value = {
  SecretString: z.optional(z.string().check(z.maxLength(65_536))),
  SecretBinary: z.optional(z.string().check(z.maxLength(87_384))),
  ClientRequestToken: z.optional(z.string().check(z.minLength(32), z.maxLength(64))),
};
export const Tags = z.array(z.object({ Key: z.string(), Value: z._default(z.string(), "") }));
export const SecretId = z.string().check(z.minLength(1), z.maxLength(2048));
const KmsKeyId = z.optional(z.string().check(z.maxLength(2048)));
export const Create = z.object({
  Name: z.string().check(z.minLength(1)),
  Description: z.optional(z.string()),
  KmsKeyId,
  Tags: z.optional(Tags),
  ...Value,
});
export const Update = z.object({
  SecretId,
  Description: z.optional(z.string()),
  KmsKeyId,
  ...Value,
});
export const MoveStage = z.object({
  SecretId,
  VersionStage: z.string().check(z.minLength(1), z.maxLength(256)),
  RemoveFromVersionId: z.optional(z.string()),
  MoveToVersionId: z.optional(z.string()),
});
export const Put = z.object({
  SecretId,
  ...Value,
  VersionStages: z._default(z.array(z.string()).check(z.minLength(1), z.maxLength(20)), [CURRENT]),
});
export const Get = z.object({
  SecretId,
  VersionId: z.optional(z.string()),
  VersionStage: z.optional(z.string()),
});
export const Delete = z.object({
  SecretId,
  RecoveryWindowInDays: z.optional(z.int().check(z.minimum(7), z.maximum(30))),
  ForceDeleteWithoutRecovery: z._default(z.boolean(), false),
});
const Filters = z.array(z.object({ Key: z.enum(FILTER_KEYS), Values: z.array(z.string()) }));
export const List = z.object({
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(100)), 100),
  NextToken: z.optional(z.string()),
  IncludePlannedDeletion: z._default(z.boolean(), false),
  Filters: z._default(Filters, []),
  SortOrder: z._default(z.enum(["asc", "desc"]), "asc"),
});
/** Source: API reference, BatchGetSecretValue. */
export const MOST_IN_BATCH = 20;
export const BatchGet = z.object({
  SecretIdList: z.optional(z.array(SecretId).check(z.minLength(1), z.maxLength(MOST_IN_BATCH))),
  Filters: z.optional(Filters),
  MaxResults: z.optional(z.int().check(z.minimum(1), z.maximum(MOST_IN_BATCH))),
  NextToken: z.optional(z.string()),
});
export const ListVersions = z.object({
  SecretId,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(100)), 100),
  NextToken: z.optional(z.string()),
  IncludeDeprecated: z._default(z.boolean(), false),
});

export const PutPolicy = z.object({
  SecretId,
  ResourcePolicy: z.string().check(z.minLength(1), z.maxLength(20_480)),
});
