import { AwsError } from "../../service.ts";
import { aliasExists, invalidParameter, notAuthorized } from "../errors.ts";
import type { AttributeRule } from "../pools/schema.ts";
import type { Client, Pool, User } from "../state.ts";
import { aliasHolder, normalise, writeAttributes } from "./user-index.ts";

const EMAIL = /^[^\s@"]+@[^\s@."]+(\.[^\s@."]+)+$/;
const PHONE = /^\+[0-9]{1,15}$/;
const UNWRITABLE = new Set(["sub", "identities", "email_verified", "phone_number_verified"]);
/** Nobody sets these, not even an administrator. */
const RESERVED = new Set(["sub", "identities"]);
const MAX_VALUE_BYTES = 2048;

export function isEmail(value: string): boolean {
  return EMAIL.test(value);
}

export function isPhone(value: string): boolean {
  return PHONE.test(value);
}

/** @throws AwsError InvalidParameterException for what the schema does not allow in a new user */
export function checkNewAttributes(
  pool: Pool,
  attributes: ReadonlyMap<string, string>,
  options: { requireAll: boolean },
): void {
  for (const [name, value] of attributes) {
    const rule = pool.schema.get(name);
    if (rule === undefined) throw nonconforming(undetermined(name));
    refuseReserved(name);
    checkValue(rule, value, nonconforming);
    if (name === "birthdate" && value !== "" && !/^\d{4}-\d{2}-\d{2}$/.test(value)) {
      throw nonconforming("birthdate: Invalid date format, must be YYYY-MM-DD\n");
    }
  }
  checkVerifiedFlags(attributes, attributes);
  if (!options.requireAll) return;
  const missing = [...pool.schema.values()].filter(
    ({ name, required }) => required && name !== "sub" && !attributes.get(name),
  );
  if (missing.length > 0) {
    throw nonconforming(missing.map(({ name }) => requiredText(name)).join(", "));
  }
}

/** @throws AwsError InvalidParameterException for what may not be changed, or not to that */
export function checkChanges(pool: Pool, user: User, changes: ReadonlyMap<string, string>): void {
  for (const [name, value] of changes) {
    const rule = pool.schema.get(name);
    if (rule === undefined) {
      throw invalidParameter(`user.${name}: Attribute does not exist in the schema.\n`);
    }
    refuseReserved(name);
    if (!rule.mutable) throw invalidParameter(`user.${name}: Attribute cannot be updated.\n`);
    if (value === "" && rule.required) throw nonconforming(requiredText(name));
    checkValue(rule, value, (detail) => invalidParameter(`user.${detail}`));
    if (name === "preferred_username") checkPreferredName(pool, user, value);
  }
  checkVerifiedFlags(changes, new Map([...user.attributes, ...changes]));
}

/**
 * A name to sign in by must not be taken for another kind of name.
 * @throws AwsError InvalidParameterException; AliasExistsException where it is somebody's username
 */
function checkPreferredName(pool: Pool, user: User, value: string): void {
  const { aliasAttributes } = pool;
  if (!aliasAttributes.includes("preferred_username")) return;
  if (aliasAttributes.includes("email") && isEmail(value)) {
    throw invalidParameter(
      "Username cannot be of email format, since user pool is configured for email alias.",
    );
  }
  const namesake = pool.users.get(normalise(pool, value));
  if (namesake !== undefined && namesake !== user) {
    throw new AwsError("AliasExistsException", "User account already exists for the alias.");
  }
}

/** @throws AwsError InvalidParameterException for attributes that a user must keep */
export function checkDeletions(pool: Pool, names: readonly string[]): void {
  for (const name of names) {
    refuseReserved(name);
    const rule = pool.schema.get(name);
    if (rule?.mutable === false) {
      throw invalidParameter(
        `Invalid user attributes: ${path(name)}: This attribute does not satisfy the mutability validation defined in the schema.`,
      );
    }
    if (rule?.required) throw invalidParameter(`Invalid user attributes: ${requiredText(name)}`);
  }
}

export function undetermined(name: string): string {
  return `Type for attribute {${name}} could not be determined`;
}

/** How some texts name an attribute. Source: radkawar/stackd, testdata/aws/cognito; others matched by deployed apps. */
const PATHS: Record<string, string> = {
  address: "addresses",
  email: "emails",
  phone_number: "phoneNumbers",
  name: "name.formatted",
  given_name: "name.givenName",
  family_name: "name.familyName",
  middle_name: "name.middleName",
  nickname: "nickName",
};

function path(name: string): string {
  return PATHS[name] ?? name.replace(/^custom:/, "Custom.User.");
}

function requiredText(name: string): string {
  return `${path(name)}: The attribute ${path(name)} is required`;
}

function refuseReserved(name: string): void {
  if (RESERVED.has(name)) throw nonMutable(name);
}

function nonMutable(name: string) {
  return invalidParameter(`Cannot modify the non-mutable attribute ${name}`);
}

type Refusal = (detail: string) => Error;

function checkValue(rule: AttributeRule, value: string, refusal: Refusal): void {
  if (value === "") return;
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw refusal(`${rule.name}: Value must not be longer than ${MAX_VALUE_BYTES} bytes\n`);
  }
  if (rule.type === "String") checkText(rule, value, refusal);
  if (rule.type === "Number") checkNumber(rule, value, refusal);
  if (rule.type === "Boolean" && !/^(true|false)$/i.test(value)) {
    throw refusal(`${rule.name}: Value must be either true or false\n`);
  }
  if (rule.name === "email" && !isEmail(value)) {
    throw invalidParameter("Invalid email address format.");
  }
  if (rule.name === "phone_number" && !isPhone(value)) {
    throw invalidParameter("Invalid phone number format.");
  }
}

function checkText({ name, min, max }: AttributeRule, value: string, refusal: Refusal): void {
  if (min !== undefined && value.length < min) {
    throw refusal(`${name}: String must be at least ${min} characters long\n`);
  }
  if (max !== undefined && value.length > max) {
    throw refusal(`${name}: String must be no longer than ${max} characters\n`);
  }
}

function checkNumber({ name, min, max }: AttributeRule, value: string, refusal: Refusal): void {
  if (!/^-?\d+(\.\d+)?$/.test(value)) throw refusal(`${name}: Value must be a number\n`);
  if (min !== undefined && Number(value) < min) {
    throw refusal(`${name}: Value must not be less than ${min}\n`);
  }
  if (max !== undefined && Number(value) > max) {
    throw refusal(`${name}: Value must not be greater than ${max}\n`);
  }
}

/** Which of the pool's username attributes a name is a value of. */
export function usernameAttribute(pool: Pool, name: string): string | undefined {
  return pool.usernameAttributes.find((attribute) =>
    attribute === "email" ? isEmail(name) : isPhone(name),
  );
}

/** A verified flag needs the value that it is about: facts/cognito.md 4.2. */
function checkVerifiedFlags(
  changes: ReadonlyMap<string, string>,
  whole: ReadonlyMap<string, string>,
): void {
  for (const attribute of ["email", "phone_number"]) {
    if (changes.get(`${attribute}_verified`) === "true" && !whole.get(attribute)) {
      throw invalidParameter(
        `${attribute === "email" ? "Email" : "Phone number"} is required to be set when ${attribute}_verified is true`,
      );
    }
  }
}

function nonconforming(detail: string) {
  return invalidParameter(`Attributes did not conform to the schema: ${detail}`);
}

/**
 * @throws AwsError NotAuthorizedException for an attribute that the app client may not write;
 * InvalidParameterException for one that none can
 */
export function checkWritable(client: Client, names: Iterable<string>): void {
  for (const name of names) {
    if (!canWrite(client, name)) {
      throw notAuthorized("A client attempted to write unauthorized attribute");
    }
    if (UNWRITABLE.has(name)) throw nonMutable(name);
  }
}

function canWrite(client: Client, name: string): boolean {
  if (name.startsWith("dev:")) return false;
  const listed = client.settings.WriteAttributes;
  return listed === undefined || listed.includes(name);
}

/** What an app client sees of the user. */
export function readableAttributes(client: Client, user: User): [string, string][] {
  const listed = client.settings.ReadAttributes;
  return [...user.attributes].filter(
    ([name]) =>
      !name.startsWith("dev:") && (name === "sub" || listed === undefined || listed.includes(name)),
  );
}

/** Adds the flags that a changed address loses: a new value is unverified unless it is said to be. */
export function withUnverified(
  user: User,
  changes: ReadonlyMap<string, string>,
): Map<string, string> {
  const result = new Map(changes);
  for (const attribute of ["email", "phone_number"]) {
    const value = changes.get(attribute);
    const flag = `${attribute}_verified`;
    if (value === undefined || changes.has(flag)) continue;
    if (value === "") result.set(flag, "");
    else if (value !== user.attributes.get(attribute)) result.set(flag, "false");
  }
  return result;
}

/** The aliases that a user with these attributes would claim, and who holds them now. */
export function aliasConflicts(
  pool: Pool,
  attributes: ReadonlyMap<string, string>,
  self?: User,
): { attribute: string; holder: User }[] {
  return [...pool.aliasAttributes, ...pool.usernameAttributes].flatMap((attribute) => {
    const value = attributes.get(attribute);
    if (!value) return [];
    const claims =
      pool.usernameAttributes.includes(attribute) ||
      attribute === "preferred_username" ||
      attributes.get(`${attribute}_verified`) === "true";
    const holder = claims ? aliasHolder(pool, attribute, value) : undefined;
    return holder === undefined || holder === self ? [] : [{ attribute, holder }];
  });
}

/**
 * Makes room for aliases. With force they are taken away from whoever holds them, which leaves the
 * address there unverified. @throws AwsError AliasExistsException
 */
export function claimAliases(
  pool: Pool,
  attributes: ReadonlyMap<string, string>,
  options: { force: boolean; nowMs: number; self?: User },
): void {
  for (const { attribute, holder } of aliasConflicts(pool, attributes, options.self)) {
    const forcible = options.force && pool.aliasAttributes.includes(attribute);
    if (!forcible) throw aliasExists(attribute);
    const lost = attribute === "preferred_username" ? attribute : `${attribute}_verified`;
    writeAttributes(
      pool,
      holder,
      [[lost, attribute === "preferred_username" ? "" : "false"]],
      options.nowMs,
    );
  }
}
