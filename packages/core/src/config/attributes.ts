import type { ResolvedMigration } from "./schema.ts";

/** Carryover's own custom attributes in a new pool, without the `custom:` prefix. In no app client's write attributes. */
export const OWN_ATTRIBUTES = {
  /** The person's user ID. Mutable, because AdminLinkProviderForUser fails on immutable custom attributes. */
  userId: "custom:user_id",
  /** The `sub` that the person had in the source. */
  legacySub: "custom:legacy_sub",
  /** The source's name in `carryover.config.ts`. */
  legacySource: "custom:legacy_source",
} as const;
const OWN = Object.values<string>(OWN_ATTRIBUTES);

/** Standard OpenID attributes of every user pool, with the lengths Cognito allows (DescribeUserPool of a new pool). */
const STANDARD_ATTRIBUTES: Readonly<Record<string, Partial<TargetAttribute>>> = {
  address: {},
  birthdate: { minLength: 10, maxLength: 10 },
  email: {},
  email_verified: { type: "Boolean" },
  family_name: {},
  gender: {},
  given_name: {},
  locale: {},
  middle_name: {},
  name: {},
  nickname: {},
  phone_number: {},
  phone_number_verified: { type: "Boolean" },
  picture: {},
  preferred_username: {},
  profile: {},
  updated_at: { type: "Number", minValue: 0 },
  website: {},
  zoneinfo: {},
};

/** What the new pool can hold under one name. Lengths in characters. */
export interface TargetAttribute {
  readonly type: "String" | "Number" | "DateTime" | "Boolean";
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
}
