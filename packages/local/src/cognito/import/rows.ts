import { AwsError } from "../../service.ts";
import type { Pool } from "../state.ts";
import { checkNewAttributes, isEmail } from "../users/attributes.ts";

export const USERNAME = "cognito:username";
export const MFA = "cognito:mfa_enabled";
/** What a row may be long: facts/cognito.md 5. */
const MOST_CHARACTERS = 16_000;

/** A user as a row has it. */
export interface ImportedUser {
  readonly username: string;
  readonly attributes: Map<string, string>;
  readonly mfa: boolean;
}

/** A row that cannot be a user; the text goes into the job's log, without anything of the row in it. */
export class RowError extends Error {}

/** The columns that a file must have, in any order: every attribute that can be written, factor and name. */
export function csvHeader(pool: Pool): string[] {
  const attributes = [...pool.schema.keys()].filter(
    (name) => name !== "sub" && name !== "identities",
  );
  return [...attributes, MFA, USERNAME];
}

/** Values between commas. A comma in a value has a backslash before it; quotes mean themselves: facts 5. */
export function splitRow(line: string): string[] {
  return line.split(/(?<!\\),/).map((value) => value.replaceAll("\\,", ",").trim());
}

/** @throws RowError where it is not a user that this pool can take */
export function readRow(pool: Pool, columns: readonly string[], line: string): ImportedUser {
  if (line.length > MOST_CHARACTERS) throw new RowError("The User Record is too long.");
  const values = splitRow(line);
  if (values.length !== columns.length) {
    throw new RowError("The User Record does not have as many values as the header has columns.");
  }
  const row = new Map(columns.map((name, at) => [name, values[at] ?? ""]));
  const username = row.get(USERNAME) ?? "";
  if (!/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u.test(username)) {
    throw new RowError(`The User Record does not set ${USERNAME} to a valid name.`);
  }
  const mfa = mfaOf(pool, row.get(MFA) ?? "");
  row.delete(USERNAME);
  row.delete(MFA);
  const attributes = new Map<string, string>();
  for (const [name, value] of row) {
    if (value !== "") attributes.set(name, converted(name, value));
  }
  refuseUnverified(pool, attributes);
  return { username, attributes: checked(pool, username, attributes), mfa };
}

function mfaOf(pool: Pool, value: string): boolean {
  const text = value.toLowerCase();
  const mode = pool.settings.MfaConfiguration ?? "OFF";
  const right = (text === "true" && mode !== "OFF") || (text === "false" && mode !== "ON");
  if (!right)
    throw new RowError(`The User Record sets ${MFA} to a value that the pool does not allow.`);
  return text === "true";
}

/** A file's own forms: dates as mm/dd/yyyy, flags in any case. */
function converted(name: string, value: string): string {
  if (name.endsWith("_verified")) return value.toLowerCase();
  if (name !== "birthdate") return value;
  const [, month, day, year] = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(value) ?? [];
  if (year === undefined)
    throw new RowError("The User Record has a birthdate that is not mm/dd/yyyy.");
  return `${year}-${month}-${day}`;
}

function refuseUnverified(pool: Pool, attributes: ReadonlyMap<string, string>): void {
  const verified = (pool.settings.AutoVerifiedAttributes ?? []).some(
    (name) => attributes.get(`${name}_verified`) === "true" && attributes.has(name),
  );
  if (!verified) {
    throw new RowError(
      "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
    );
  }
}

/** In a pool whose names are addresses the name may be anything, if the address is given: facts 5. */
function checked(
  pool: Pool,
  username: string,
  attributes: Map<string, string>,
): Map<string, string> {
  const [address] = pool.usernameAttributes;
  const named = pool.usernameAttributes.some((name) => attributes.has(name));
  if (address !== undefined && !named) {
    attributes.set(isEmail(username) ? "email" : address, username);
  }
  try {
    checkNewAttributes(pool, attributes, { requireAll: true });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new RowError(`The User Record does not conform to the schema: ${error.message.trim()}`);
  }
  return attributes;
}
