import * as z from "zod/mini";
import { expiredCode, invalidParameter, notAuthorized, usernameExists } from "../errors.ts";
import { AttributeList, attributeMap, Metadata, operation } from "../input.ts";
import { hidesUsers } from "../pools/client-settings.ts";
import { allowedFactors, CODE_FACTORS } from "../sign-in/first-factors.ts";
import { allowsFlow } from "../sign-in/flows.ts";
import { pretendedDelivery } from "../sign-in/pretended.ts";
import { isOpen, openSession } from "../sign-in/sessions.ts";
import { type Client, type Ctx, type Pool, poolOf, type User } from "../state.ts";
import { runPreSignUp } from "../triggers/pre-sign-up.ts";
import { eventAttributes, NO_CLIENT, runTrigger } from "../triggers/triggers.ts";
import { aliasConflicts, checkNewAttributes, checkWritable, claimAliases } from "./attributes.ts";
import { ClientAndUser, clientAndUser, unknownToClient } from "./client-user.ts";
import { checkCode, countTry, SIGN_UP_CODE_MS } from "./codes.ts";
import { nameNewUser } from "./create-user.ts";
import { type Destination, destination, sendCode } from "./messages.ts";
import { checkPolicy, setPassword } from "./passwords.ts";
import { findUser, insertUser, normalise, writeAttributes } from "./user-index.ts";
import { requireUser } from "./users.ts";

export const signUp = operation(
  z.extend(ClientAndUser, {
    Password: z.optional(z.string()),
    UserAttributes: z.optional(AttributeList),
    ValidationData: z.optional(AttributeList),
  }),
  async (ctx, input) => {
    const { client, pool } = clientAndUser(ctx, input);
    if (pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly === true) {
      throw notAuthorized("SignUp is not permitted for this user pool");
    }
    const given = attributeMap(input.UserAttributes);
    const { username, attributes } = nameNewUser(pool, input.Username, given);
    refuseTaken(pool, input.Username, username);
    checkWritable(client, given.keys());
    const { Password } = input;
    if (Password === undefined || Password === "") refuseMissing(client, attributes);
    else checkPolicy(pool, Password);
    checkNewAttributes(pool, attributes, { requireAll: true });
    const answer = await runPreSignUp(ctx, client, {
      source: "PreSignUp_SignUp",
      userName: username ?? input.Username,
      attributes,
      validationData: Object.fromEntries(attributeMap(input.ValidationData)),
      clientMetadata: input.ClientMetadata,
    });
    const nowMs = ctx.deps.clock();
    refuseTaken(pool, input.Username, username);
    if (answer.verifyEmail) attributes.set("email_verified", "true");
    if (answer.verifyPhone) attributes.set("phone_number_verified", "true");
    for (const address of ["email", "phone_number"]) {
      const flag = `${address}_verified`;
      if (attributes.get(address) && !attributes.has(flag)) attributes.set(flag, "false");
    }
    // What the trigger verifies takes the alias from whoever had it: facts/cognito.md 2.2.
    claimAliases(pool, claimedNow(attributes), { force: true, nowMs });
    const status = answer.confirm ? "CONFIRMED" : "UNCONFIRMED";
    const user = insertUser(pool, { username, status, attributes }, nowMs);
    if (Password) setPassword(pool, user, Password, status, nowMs);
    if (answer.confirm) {
      await runPostConfirmation(ctx, pool, user, {
        source: "PostConfirmation_ConfirmSignUp",
        clientId: client.id,
        clientMetadata: input.ClientMetadata,
      });
      return { UserConfirmed: true, UserSub: user.sub };
    }
    const details = await sendSignUpCode(ctx, client, user, "SignUp", input.ClientMetadata);
    return {
      UserConfirmed: false,
      UserSub: user.sub,
      ...details,
      ...(allowsFlow(client, "USER_AUTH") && {
        Session: openSession(ctx, { challenge: "SIGN_UP", client, user }),
      }),
    };
  },
);

/**
 * A sign-up needs no password where a code will do for the sign-in: the client has choice-based sign-in, and
 * the user gives an address that the pool verifies and sends codes to. DG26/signing-up-users-in-your-app
 */
function refuseMissing(client: Client, attributes: ReadonlyMap<string, string>): void {
  const { pool } = client;
  const verified = pool.settings.AutoVerifiedAttributes ?? [];
  const reachable = CODE_FACTORS.some(
    ([factor, attribute]) =>
      allowedFactors(pool).includes(factor) &&
      verified.includes(attribute) &&
      Boolean(attributes.get(attribute)),
  );
  if (reachable && allowsFlow(client, "USER_AUTH")) return;
  throw invalidParameter(
    "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
  );
}

/** An unconfirmed user claims its preferred_username only once confirmed. */
function claimedNow(attributes: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...attributes].filter(([name]) => name !== "preferred_username"));
}

function refuseTaken(pool: Pool, typed: string, username: string | undefined): void {
  if (username !== undefined) {
    if (pool.users.has(normalise(pool, username))) throw usernameExists();
  } else if (findUser(pool, typed) !== undefined) {
    const what = typed.startsWith("+") ? "phone_number" : "email";
    throw usernameExists(`An account with the given ${what} already exists.`);
  }
}

/** Where a sign-up code goes: the phone before the e-mail address, of those the pool verifies. */
function signUpDestination(pool: Pool, user: User): Destination | undefined {
  const verified = pool.settings.AutoVerifiedAttributes ?? [];
  const phone = verified.includes("phone_number") ? destination(user, "phone_number") : undefined;
  return phone ?? (verified.includes("email") ? destination(user, "email") : undefined);
}

async function sendSignUpCode(
  ctx: Ctx,
  client: Client,
  user: User,
  kind: "SignUp" | "ResendCode",
  clientMetadata: Record<string, string> | undefined,
): Promise<object> {
  const target = signUpDestination(client.pool, user);
  if (target === undefined) return {};
  const code = { kind: "sign-up", lifetimeMs: SIGN_UP_CODE_MS, value: target.attribute };
  const details = await sendCode(ctx, client.pool, code, {
    kind,
    user,
    clientId: client.id,
    destination: target,
    clientMetadata,
  });
  return { CodeDeliveryDetails: details };
}

export const confirmSignUp = operation(
  z.extend(ClientAndUser, {
    ConfirmationCode: z.string(),
    ForceAliasCreation: z.optional(z.boolean()),
    Session: z.optional(z.string()),
  }),
  async (ctx, input) => {
    const { client, pool, user } = clientAndUser(ctx, input);
    if (user === undefined) {
      throw hidesUsers(client.settings) ? expiredCode() : unknownToClient();
    }
    if (!user.enabled) throw notAuthorized("User is disabled.");
    const nowMs = ctx.deps.clock();
    countTry(user, "confirm-sign-up", nowMs);
    refuseConfirmed(user);
    const { value: attribute } = checkCode(user, "sign-up", input.ConfirmationCode, nowMs);
    const verified: [string, string][] =
      attribute === undefined ? [] : [[`${attribute}_verified`, "true"]];
    confirm(pool, user, verified, { force: input.ForceAliasCreation === true, nowMs });
    await runPostConfirmation(ctx, pool, user, {
      source: "PostConfirmation_ConfirmSignUp",
      clientId: client.id,
      clientMetadata: input.ClientMetadata,
    });
    return signInAfter(ctx, client, user, input.Session);
  },
);

/**
 * A session for USER_AUTH: the code that confirmed also signs in. It needs none of SignUp's, which aws-amplify never
 * hands on, and signs in all the same: amplify-js#14138. @param token SignUp's, which has to be good where it is given
 */
function signInAfter(ctx: Ctx, client: Client, user: User, token: string | undefined): object {
  if (!allowsFlow(client, "USER_AUTH")) return {};
  const isGood = token === undefined || isOpen(ctx, token, { client, user, challenge: "SIGN_UP" });
  if (!isGood) return {};
  return { Session: openSession(ctx, { challenge: "SIGN_UP_CONFIRMED", client, user }) };
}

function refuseConfirmed(user: User): void {
  if (user.status !== "UNCONFIRMED") {
    throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
  }
}

function confirm(
  pool: Pool,
  user: User,
  verified: [string, string][],
  options: { force: boolean; nowMs: number },
): void {
  const whole = new Map([...user.attributes, ...verified]);
  const conflicts = aliasConflicts(pool, whole, user);
  if (conflicts.length > 0) claimAliases(pool, whole, { ...options, self: user });
  user.codes.delete("sign-up");
  user.status = "CONFIRMED";
  writeAttributes(pool, user, verified, options.nowMs);
}

export const adminConfirmSignUp = operation(
  z.object({ UserPoolId: z.string(), Username: z.string(), ClientMetadata: Metadata }),
  async (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const user = requireUser(pool, input.Username);
    refuseConfirmed(user);
    // An administrator's confirmation verifies no address.
    confirm(pool, user, [], { force: false, nowMs: ctx.deps.clock() });
    await runPostConfirmation(ctx, pool, user, {
      source: "PostConfirmation_ConfirmSignUp",
      clientId: NO_CLIENT,
      clientMetadata: input.ClientMetadata,
    });
    return {};
  },
);

export const resendConfirmationCode = operation(ClientAndUser, async (ctx, input) => {
  const { client, pool, user } = clientAndUser(ctx, input);
  if (user === undefined) {
    if (hidesUsers(client.settings)) return pretendedDelivery(pool, input.Username);
    throw unknownToClient();
  }
  if (user.status !== "UNCONFIRMED") throw invalidParameter("User is already confirmed.");
  countTry(user, "resend-code", ctx.deps.clock());
  const details = await sendSignUpCode(ctx, client, user, "ResendCode", input.ClientMetadata);
  if (!("CodeDeliveryDetails" in details)) {
    throw invalidParameter("Cannot resend codes. Auto verification not turned on.");
  }
  return details;
});

/** A post-confirmation trigger that throws fails the call, though the user is confirmed by then. */
export async function runPostConfirmation(
  ctx: Ctx,
  pool: Pool,
  user: User,
  how: {
    source: "PostConfirmation_ConfirmSignUp" | "PostConfirmation_ConfirmForgotPassword";
    clientId: string;
    clientMetadata: Record<string, string> | undefined;
  },
): Promise<void> {
  await runTrigger(ctx, pool, {
    name: "PostConfirmation",
    source: how.source,
    userName: user.username,
    clientId: how.clientId,
    request: { userAttributes: eventAttributes(user), clientMetadata: how.clientMetadata ?? {} },
    response: {},
  });
}
