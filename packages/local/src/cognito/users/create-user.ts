import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, usernameExists } from "../errors.ts";
import { AttributeList, attributeMap, Metadata, operation } from "../input.ts";
import { codeFactors } from "../sign-in/first-factors.ts";
import { type Ctx, type Pool, poolOf, type User } from "../state.ts";
import { looksLikeAlias } from "../triggers/migration.ts";
import { runPreSignUp } from "../triggers/pre-sign-up.ts";
import { NO_CLIENT } from "../triggers/triggers.ts";
import { checkNewAttributes, claimAliases, isEmail, usernameAttribute } from "./attributes.ts";
import { sendInvitation } from "./messages.ts";
import {
  checkPolicy,
  generatePassword,
  NOT_CONFORMING_AT_CREATION,
  setPassword,
  temporaryUntil,
} from "./passwords.ts";
import { findUser, insertUser, normalise } from "./user-index.ts";
import { describeUser, requireUser } from "./users.ts";

const Input = z.object({
  UserPoolId: z.string(),
  Username: z.string(),
  UserAttributes: z.optional(AttributeList),
  ValidationData: z.optional(AttributeList),
  TemporaryPassword: z.optional(z.string()),
  ForceAliasCreation: z.optional(z.boolean()),
  MessageAction: z.optional(z.enum(["RESEND", "SUPPRESS"])),
  DesiredDeliveryMediums: z.optional(z.array(z.enum(["SMS", "EMAIL"]))),
  ClientMetadata: Metadata,
});
type Input = z.infer<typeof Input>;

export const adminCreateUser = operation(Input, async (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  if (input.MessageAction === "RESEND") return resend(ctx, pool, input);
  const { username, attributes } = nameNewUser(
    pool,
    input.Username,
    attributeMap(input.UserAttributes),
  );
  const taken = () =>
    username === undefined
      ? findUser(pool, input.Username) !== undefined
      : pool.users.has(normalise(pool, username));
  // UNCERTAIN in facts/cognito.md 3.4: the class is sure, the text is not.
  if (taken()) throw usernameExists("User account already exists");
  checkNewAttributes(pool, attributes, { requireAll: false });
  if (input.TemporaryPassword)
    checkPolicy(pool, input.TemporaryPassword, NOT_CONFORMING_AT_CREATION);
  await runPreSignUp(ctx, pool, {
    source: "PreSignUp_AdminCreateUser",
    userName: username ?? input.Username,
    attributes,
    validationData: Object.fromEntries(attributeMap(input.ValidationData)),
    clientMetadata: input.ClientMetadata,
  });
  const nowMs = ctx.deps.clock();
  if (taken()) throw usernameExists("User account already exists");
  claimAliases(pool, attributes, { force: input.ForceAliasCreation === true, nowMs });
  // Where the user can sign in by a code, a password that nobody asked for is not made: facts/cognito.md 4.1.
  const codes = !input.TemporaryPassword && codeFactors(pool, { attributes }).length > 0;
  const status = codes ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD";
  const user = insertUser(pool, { username, status, attributes }, nowMs);
  if (codes) await invite(ctx, pool, user, input, "");
  else await givePassword(ctx, pool, user, input);
  return { User: describeUser(user) };
});

/**
 * The username under which a user is made, and the attributes with the sign-in name among them: in a
 * username-attribute pool the username is the `sub`. @throws AwsError InvalidParameterException
 */
export function nameNewUser(
  pool: Pool,
  name: string,
  attributes: Map<string, string>,
): { username?: string; attributes: Map<string, string> } {
  if (pool.usernameAttributes.length === 0) {
    if (looksLikeAlias(pool, name)) {
      const format = isEmail(name) ? "email" : "phone number";
      throw invalidParameter(
        `Username cannot be of ${format} format, since user pool is configured for ${format} alias.`,
      );
    }
    return { username: name, attributes };
  }
  const attribute = usernameAttribute(pool, name);
  if (attribute === undefined) {
    const both = "Username should be either an email or a phone number.";
    const one = `Username should be ${pool.usernameAttributes[0] === "email" ? "an email" : "a phone number"}.`;
    throw invalidParameter(pool.usernameAttributes.length > 1 ? both : one);
  }
  const given = attributes.get(attribute);
  if (given !== undefined && normalise(pool, given) !== normalise(pool, name)) {
    throw invalidParameter(`User ${attribute} and username do not match.`);
  }
  return { attributes: new Map([...attributes, [attribute, given ?? name]]) };
}

async function resend(ctx: Ctx, pool: Pool, input: Input): Promise<object> {
  const user = requireUser(pool, input.Username);
  if (user.status !== "FORCE_CHANGE_PASSWORD") {
    throw new AwsError(
      "UnsupportedUserStateException",
      `Resend not possible. ${user.status} is not FORCE_CHANGE_PASSWORD`,
    );
  }
  if (input.TemporaryPassword)
    checkPolicy(pool, input.TemporaryPassword, NOT_CONFORMING_AT_CREATION);
  await givePassword(ctx, pool, user, input);
  return { User: describeUser(user) };
}

/** Sets the temporary password and tells it, unless the call asks for silence. */
async function givePassword(ctx: Ctx, pool: Pool, user: User, input: Input): Promise<void> {
  const nowMs = ctx.deps.clock();
  const silent = input.MessageAction === "SUPPRESS";
  if (silent && !input.TemporaryPassword) {
    // Nobody will ever know the generated password, so it need not be computed: bulk creation stays fast.
    user.temporaryUntilMs = temporaryUntil(pool, nowMs);
    return;
  }
  const password = input.TemporaryPassword || generatePassword(pool);
  setPassword(pool, user, password, "FORCE_CHANGE_PASSWORD", nowMs);
  await invite(ctx, pool, user, input, password);
}

async function invite(
  ctx: Ctx,
  pool: Pool,
  user: User,
  input: Input,
  password: string,
): Promise<void> {
  if (input.MessageAction === "SUPPRESS") return;
  await sendInvitation(ctx, pool, input.DesiredDeliveryMediums ?? ["SMS"], {
    user,
    clientId: NO_CLIENT,
    code: password,
    clientMetadata: input.ClientMetadata,
  });
}
