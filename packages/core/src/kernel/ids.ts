import { createHash } from "node:crypto";
import { v7 as uuidV7 } from "uuid";
import * as z from "zod/mini";

const NAMESPACE = Buffer.from("5b0c5a0e9d0b5c558f0e0f6c2f6a7c11", "hex");

const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** AWS region name, for example `eu-central-1`. */
export const Region = z
  .string()
  .check(
    z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, {
      error: "must be an AWS region such as eu-central-1",
      abort: true,
    }),
  )
  .brand("Region");
export type Region = z.infer<typeof Region>;

/** A user pool's id in AWS's own form, `<region>_<suffix>`, at most 55 characters (API model of cognito-idp). */
export const PoolId = z
  .string()
  .check(
    z.regex(
      /^(?=.{1,55}$)[\w-]+_[0-9a-zA-Z]+$/,
      "must be a user pool id such as eu-central-1_AbCdEfGhI",
    ),
  )
  .brand("PoolId");
export type PoolId = z.infer<typeof PoolId>;

/** A Cognito `sub`: shaped like a UUID, but not always a version-4 one. Unique within its pool only. */
export const Sub = z.string().check(z.regex(UUID_SHAPE, "must be a Cognito sub")).brand("Sub");
export type Sub = z.infer<typeof Sub>;

/** The name a source pool has in `carryover.config.ts`. */
export const SourceId = z
  .string()
  .check(
    z.regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      "must start with a letter and have at most 32 of a-z, 0-9 and -",
    ),
  )
  .brand("SourceId");
export type SourceId = z.infer<typeof SourceId>;

/** The ID that a person keeps for good: shaped like a UUID, carried in tokens as `user_id`. */
export const UserId = z.string().check(z.regex(UUID_SHAPE, "must be a user ID")).brand("UserId");
export type UserId = z.infer<typeof UserId>;

/**
 * A name-based UUID (RFC 9562, version 5): the same parts always give the same id, so a thing that is said
 * twice has one id. Parts are joined as JSON, so no two different lists can collide. By hand, because every
 * trigger has it: the library's is 2 KB (docs/decisions/0004).
 */
export function derivedId(...parts: readonly string[]): string {
  const hash = createHash("sha1").update(NAMESPACE).update(JSON.stringify(parts)).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** A fresh id that sorts by time (UUIDv7). */
export function freshId(): string {
  return uuidV7();
}
