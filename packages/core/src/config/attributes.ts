/** Carryover's own attributes in a new pool. In no app client's write attributes: a user must never change them. */
export const OWN_ATTRIBUTES = {
  /** The person's user ID. Mutable, because AdminLinkProviderForUser fails on immutable custom attributes. */
  userId: "custom:user_id",
  /** The `sub` that the person had in the source. */
  legacySub: "custom:legacy_sub",
  /** The source's name in `carryover.config.ts`. */
  legacySource: "custom:legacy_source",
} as const;

/** The OpenID attributes that every user pool has and that a mapping may set (API model of cognito-idp). */
export const STANDARD_ATTRIBUTES: readonly string[] = [
  "address",
  "birthdate",
  "email",
  "family_name",
  "gender",
  "given_name",
  "locale",
  "middle_name",
  "name",
  "nickname",
  "phone_number",
  "picture",
  "preferred_username",
  "profile",
  "updated_at",
  "website",
  "zoneinfo",
];

/** Says that a contact is proven. Carried as it stands in the source, and never set by a mapping. */
export const VERIFIED_FLAGS = {
  email: "email_verified",
  phone_number: "phone_number_verified",
} as const;

/** An address that proves who somebody is once it is verified. */
export type Contact = keyof typeof VERIFIED_FLAGS;
export const CONTACTS = Object.keys(VERIFIED_FLAGS) as readonly Contact[];

export function isOwnAttribute(name: string): boolean {
  return Object.values<string>(OWN_ATTRIBUTES).includes(name);
}
