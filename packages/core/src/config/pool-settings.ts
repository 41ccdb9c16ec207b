import { OWN_ATTRIBUTES, STANDARD_ATTRIBUTES } from "./attributes.ts";
import type { CustomAttribute, Target } from "./schema.ts";

/** A custom attribute as a new pool declares it, without the `custom:` prefix. */
export interface DeclaredAttribute extends CustomAttribute {
  readonly name: string;
}

/** Every custom attribute of a new pool: the configuration's, and Carryover's own three. */
export function declaredAttributes(target: Target): DeclaredAttribute[] {
  const own = Object.values(OWN_ATTRIBUTES).map((name) => ({
    name: name.slice("custom:".length),
    type: "String" as const,
    mutable: true,
    maxLength: 2048,
  }));
  const configured = Object.entries(target.customAttributes).map(([name, attribute]) => ({
    name,
    ...attribute,
  }));
  return [...configured, ...own];
}

/**
 * What an app client may let its users write: everything but Carryover's own attributes, and a
 * `preferred_username` that one can sign in with. Nobody proves one, so it could be set to the name of
 * somebody who has not crossed yet.
 */
export function writableAttributes(target: Target): string[] {
  const { signIn } = target;
  const aliases: readonly string[] = "aliasAttributes" in signIn ? signIn.aliasAttributes : [];
  const custom = Object.entries(target.customAttributes)
    .filter(([, { mutable }]) => mutable)
    .map(([name]) => `custom:${name}`);
  const unproved = (name: string) => name === "preferred_username" && aliases.includes(name);
  return [...STANDARD_ATTRIBUTES.filter((name) => !unproved(name)), ...custom];
}

/** What the new pools' app client can do: the password flows are what the migration trigger needs. */
export const CLIENT_AUTH_FLOWS = [
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_USER_AUTH",
  "ALLOW_CUSTOM_AUTH",
  "ALLOW_REFRESH_TOKEN_AUTH",
] as const;

/** What the app client can do by which another region takes a user over: with rights in the account, and nothing else. */
export const MOVE_AUTH_FLOWS = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"] as const;

/** Addresses that Cognito verifies by a code: those that one signs in with. */
export function verifiedContacts({ signIn }: Target): ("email" | "phone_number")[] {
  const names: readonly string[] =
    "usernameAttributes" in signIn ? signIn.usernameAttributes : signIn.aliasAttributes;
  const contacts = (["email", "phone_number"] as const).filter((name) => names.includes(name));
  return contacts.length > 0 ? contacts : ["email"];
}
