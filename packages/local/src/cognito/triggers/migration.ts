import { AwsError } from "../../service.ts";
import { notAuthorized } from "../errors.ts";
import { poolFactors } from "../sign-in/mfa-challenge.ts";
import type { Client, Ctx, Pool, User } from "../state.ts";
import {
  checkNewAttributes,
  claimAliases,
  isEmail,
  isPhone,
  usernameAttribute,
} from "../users/attributes.ts";
import { sendInvitation } from "../users/messages.ts";
import { setPassword } from "../users/passwords.ts";
import { findUser, insertUser, normalise } from "../users/user-index.ts";
import { runPreSignUp } from "./pre-sign-up.ts";
import { isObject, runTrigger, triggerArn, unrecognizable } from "./triggers.ts";

interface Migration {
  readonly client: Client;
  /** As the user typed it. */
  readonly name: string;
  readonly source: "UserMigration_Authentication" | "UserMigration_ForgotPassword";
  readonly password?: string;
  readonly validationData?: Record<string, string> | undefined;
  readonly clientMetadata?: Record<string, string> | undefined;
}

interface Answer {
  readonly attributes: Map<string, string>;
  /** What the answer gives as `username`, where it does. */
  readonly username: string | undefined;
  readonly confirmed: boolean;
  readonly suppress: boolean;
  readonly mediums: readonly string[];
  readonly force: boolean;
  readonly smsMfa: boolean;
}

/**
 * Asks the user-migration trigger for a user whom the pool does not have, and creates what it answers.
 * Undefined where there is no trigger or it does not know the user either.
 * @throws AwsError NotAuthorizedException where the answer cannot be made into a user, and for the loser
 * of two sign-ins at once; the trigger's own errors
 */
export async function migrateUser(ctx: Ctx, migration: Migration): Promise<User | undefined> {
  const { client, name } = migration;
  const { pool } = client;
  if (triggerArn(pool, "UserMigration") === undefined) return undefined;
  const response = await runTrigger(ctx, pool, {
    name: "UserMigration",
    source: migration.source,
    userName: name,
    clientId: client.id,
    request: {
      ...(migration.password !== undefined && { password: migration.password }),
      validationData: migration.validationData ?? {},
      clientMetadata: migration.clientMetadata ?? {},
    },
    response: {
      userAttributes: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
    },
  });
  const answer = readAnswer(response);
  if (answer === undefined) return undefined;
  const { username, attributes } = identity(pool, name, answer);
  refuseUncreatable(() => checkNewAttributes(pool, attributes, { requireAll: false }));
  // It fires here too, under this source: facts/cognito.md 1.5.
  await runPreSignUp(ctx, client, {
    source: "PreSignUp_AdminCreateUser",
    userName: username ?? name,
    attributes,
    validationData: migration.validationData,
    clientMetadata: migration.clientMetadata,
  });
  // From here to the end nothing is awaited: of two sign-ins at once the second finds the first's user.
  const user = create(ctx, pool, { ...answer, attributes, username }, name);
  adopt(ctx, pool, user, answer, migration.password);
  await welcome(ctx, client, user, answer);
  return user;
}

function readAnswer(response: Record<string, unknown> | undefined): Answer | undefined {
  const given = response?.userAttributes;
  if (response === undefined || given === undefined || given === null) return undefined;
  if (!isObject(given)) throw unrecognizable();
  const attributes = new Map(
    Object.entries(given).map(([name, value]) => {
      if (typeof value !== "string") throw unrecognizable();
      return [name, value];
    }),
  );
  if (attributes.size === 0) return undefined;
  const username = attributes.get("username");
  attributes.delete("username");
  const mediums = response.desiredDeliveryMediums;
  return {
    attributes,
    username,
    confirmed: response.finalUserStatus === "CONFIRMED",
    suppress: response.messageAction === "SUPPRESS",
    mediums: Array.isArray(mediums) && mediums.length > 0 ? mediums.map(String) : ["SMS"],
    force: response.forceAliasCreation === true,
    smsMfa: response.enableSMSMFA === true,
  };
}

/** Under which username the user is made, by the rules of facts/cognito.md 1.3. */
function identity(
  pool: Pool,
  typed: string,
  { username, attributes }: Answer,
): { username?: string; attributes: Map<string, string> } {
  const same = (a: string, b: string) => normalise(pool, a) === normalise(pool, b);
  if (pool.usernameAttributes.length > 0) {
    const attribute = usernameAttribute(pool, typed);
    if (attribute === undefined) throw notAuthorized();
    if (username !== undefined && !same(username, typed)) throw notAuthorized();
    const value = attributes.get(attribute);
    if (value !== undefined && !same(value, typed)) throw notAuthorized();
    return { attributes: new Map([...attributes, [attribute, value ?? typed]]) };
  }
  if (username === undefined || same(username, typed)) {
    if (looksLikeAlias(pool, typed)) throw notAuthorized();
    return { username: typed, attributes };
  }
  const typedAlias = pool.aliasAttributes.some((alias) => {
    const value = attributes.get(alias);
    return value !== undefined && same(value, typed);
  });
  if (!typedAlias || looksLikeAlias(pool, username)) throw notAuthorized();
  return { username, attributes };
}

/** A username that an alias pool refuses, because it could be somebody's address. */
export function looksLikeAlias(pool: Pool, username: string): boolean {
  return (
    (pool.aliasAttributes.includes("email") && isEmail(username)) ||
    (pool.aliasAttributes.includes("phone_number") && isPhone(username))
  );
}

function create(
  ctx: Ctx,
  pool: Pool,
  made: Answer & { username: string | undefined },
  typed: string,
): User {
  const { username, attributes } = made;
  const nowMs = ctx.deps.clock();
  const taken =
    username === undefined ? findUser(pool, typed) : pool.users.has(normalise(pool, username));
  if (taken) throw notAuthorized();
  if (made.smsMfa && !(canUseSms(pool) && attributes.has("phone_number"))) throw notAuthorized();
  refuseUncreatable(() => claimAliases(pool, attributes, { force: made.force, nowMs }));
  return insertUser(pool, { username, status: "RESET_REQUIRED", attributes }, nowMs);
}

function canUseSms(pool: Pool): boolean {
  return (
    (pool.settings.MfaConfiguration ?? "OFF") !== "OFF" && poolFactors(pool).includes("SMS_MFA")
  );
}

/** The password that was typed becomes the user's, whatever the policy says: facts/cognito.md 1.3. */
function adopt(ctx: Ctx, pool: Pool, user: User, answer: Answer, password?: string): void {
  if (answer.smsMfa) {
    user.mfa.enabled.add("SMS_MFA");
    user.mfa.preferred = "SMS_MFA";
  }
  if (answer.confirmed && password !== undefined) {
    setPassword(pool, user, password, "CONFIRMED", ctx.deps.clock());
  }
}

/** Any reason not to create the user looks to the client like a wrong password: facts/cognito.md 1.4. */
function refuseUncreatable(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof AwsError) throw notAuthorized();
    throw error;
  }
}

async function welcome(ctx: Ctx, client: Client, user: User, answer: Answer): Promise<void> {
  if (answer.suppress) return;
  // There is no temporary password to tell.
  const message = { user, clientId: client.id, code: "" };
  await sendInvitation(ctx, client.pool, answer.mediums, message);
}
