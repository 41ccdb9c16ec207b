import * as z from "zod/mini";
import { ParameterFilters } from "./filters.ts";

const Name = z.string().check(z.minLength(1), z.maxLength(2048));
const Names = z.array(Name).check(z.minLength(1), z.maxLength(10));
const Decryption = z._default(z.boolean(), false);
const Tags = z.array(z.object({ Key: z.string().check(z.minLength(1)), Value: z.string() }));
export const Put = z.object({
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
export const ByPath = z.object({
  Path: Name,
  Recursive: z._default(z.boolean(), false),
  WithDecryption: Decryption,
  ParameterFilters,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(10)), 10),
  NextToken: z.optional(z.string()),
});
export const Describe = z.object({
  ParameterFilters,
  /** What came before them. */
  Filters: ParameterFilters,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(50)), 10),
  NextToken: z.optional(z.string()),
});
export const History = z.object({
  Name,
  WithDecryption: Decryption,
  MaxResults: z._default(z.int().check(z.minimum(1), z.maximum(50)), 50),
  NextToken: z.optional(z.string()),
});
/** Only parameters are there to be tagged. */
const Tagged = { ResourceType: z.literal("Parameter"), ResourceId: z.string() };
export const AddTags = z.object({ ...Tagged, Tags });
export const RemoveTags = z.object({ ...Tagged, TagKeys: z.array(z.string()) });
export const ListTags = z.object(Tagged);
export const Get = z.object({ Name, WithDecryption: Decryption });
export const GetAll = z.object({ Names, WithDecryption: Decryption });
export const DeleteOne = z.object({ Name });
export const DeleteAll = z.object({ Names });
const Labels = z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.minLength(1));
export const Label = z.object({ Name, ParameterVersion: z.optional(z.int()), Labels });
export const Unlabel = z.object({ Name, ParameterVersion: z.int(), Labels });
