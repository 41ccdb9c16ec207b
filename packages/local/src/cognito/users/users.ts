import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, notAuthorized, userNotFound } from "../errors.ts";
import { AttributeList, attributeList, attributeMap, Metadata, operation } from "../input.ts";
import { type Pool, poolOf, seconds, type User } from "../state.ts";
import { signOutEverywhere } from "../tokens/tokens.ts";
import { NO_CLIENT } from "../triggers/triggers.ts";
import { checkDeletions, withUnverified } from "./attributes.ts";
import { RESET_CODE } from "./codes.ts";
import { recoveryDestination, refuseAdminOnly, sendCode } from "./messages.ts";
import { checkNewPassword, NOT_CONFORMING, setPassword } from "./passwords.ts";
import { findUser, removeUser, writeAttributes } from "./user-index.ts";
import { updateAttributes } from "./verification.ts";

/** @throws AwsError UserNotFoundException */
export function requireUser(pool: Pool, name: string): User {
  const user = findUser(pool, name);
  if (user === undefined) throw userNotFound();
  return user;
}

/** `UserType` of the API. */
export function describeUser(user: User): Record<string, unknown> {
  return {
    Username: user.username,
    Attributes: attributeList(user.attributes),
    UserCreateDate: seconds(user.createdAtMs),
    UserLastModifiedDate: seconds(user.modifiedAtMs),
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

/** `UserMFASettingList`, `PreferredMfaSetting` and `MFAOptions`. */
export function describeMfa(user: User): object {
  const { enabled, preferred, byOptions } = user.mfa;
  return {
    ...(byOptions && {
      MFAOptions: [{ DeliveryMedium: "SMS", AttributeName: "phone_number" }],
    }),
    ...(enabled.size > 0 && { UserMFASettingList: [...enabled] }),
    ...(preferred !== undefined && { PreferredMfaSetting: preferred }),
  };
}

const Target = z.object({ UserPoolId: z.string(), Username: z.string() });

export const adminGetUser = operation(Target, (ctx, input) => {
  const user = requireUser(poolOf(ctx, input.UserPoolId), input.Username);
  const { Attributes, ...rest } = describeUser(user);
  return { ...rest, UserAttributes: Attributes, ...describeMfa(user) };
});

export const adminDeleteUser = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const user = requireUser(pool, input.Username);
  signOutEverywhere(ctx, user);
  removeUser(pool, user);
  return {};
});

export const adminEnableUser = operation(Target, (ctx, input) => {
  const user = requireUser(poolOf(ctx, input.UserPoolId), input.Username);
  user.enabled = true;
  user.modifiedAtMs = ctx.deps.clock();
  return {};
});

export const adminDisableUser = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const user = requireUser(pool, input.Username);
  user.enabled = false;
  user.modifiedAtMs = ctx.deps.clock();
  signOutEverywhere(ctx, user);
  return {};
});

export const adminUserGlobalSignOut = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  signOutEverywhere(ctx, requireUser(pool, input.Username));
  return {};
});

export const adminUpdateUserAttributes = operation(
  z.extend(Target, { UserAttributes: AttributeList, ClientMetadata: Metadata }),
  async (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const user = requireUser(pool, input.Username);
    const changes = attributeMap(input.UserAttributes);
    const by = { clientId: NO_CLIENT, clientMetadata: input.ClientMetadata };
    await updateAttributes(ctx, pool, user, changes, by);
    return {};
  },
);

export const adminDeleteUserAttributes = operation(
  z.extend(Target, { UserAttributeNames: z.array(z.string()) }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const user = requireUser(pool, input.Username);
    const names = input.UserAttributeNames;
    const unknown = names.filter((name) => !pool.schema.has(name));
    if (unknown.length > 0) {
      const each = unknown.map((name) => `user.${name}: Attribute does not exist in the schema.\n`);
      throw invalidParameter(`Invalid user attributes: ${each.join("")}`);
    }
    deleteAttributes(pool, user, names, ctx.deps.clock());
    return {};
  },
);

export function deleteAttributes(
  pool: Pool,
  user: User,
  names: readonly string[],
  nowMs: number,
): void {
  checkDeletions(pool, names);
  const changes = new Map(names.map((name) => [name, ""]));
  writeAttributes(pool, user, withUnverified(user, changes), nowMs);
}

export const adminSetUserPassword = operation(
  z.extend(Target, {
    Password: z.string(),
    Permanent: z.optional(z.boolean()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const user = requireUser(pool, input.Username);
    checkNewPassword(pool, user, input.Password, NOT_CONFORMING);
    const status = input.Permanent === true ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD";
    setPassword(pool, user, input.Password, status, ctx.deps.clock());
    return {};
  },
);

export const adminResetUserPassword = operation(
  z.extend(Target, { ClientMetadata: Metadata }),
  async (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const user = requireUser(pool, input.Username);
    if (!user.enabled) throw notAuthorized("User is disabled.");
    refuseUnresettable(user);
    if (user.status === "UNCONFIRMED") {
      throw new AwsError("UserNotConfirmedException", "User is not confirmed.");
    }
    refuseAdminOnly(
      pool,
      "This userpool does not have password recovery mechanism, the administrator must set a new password.",
    );
    const target = recoveryDestination(pool, user);
    if (target === undefined) throw noVerifiedContact();
    user.status = "RESET_REQUIRED";
    user.modifiedAtMs = ctx.deps.clock();
    await sendCode(ctx, pool, RESET_CODE, {
      kind: "ForgotPassword",
      user,
      clientId: NO_CLIENT,
      destination: target,
      clientMetadata: input.ClientMetadata,
    });
    return {};
  },
);

/** @throws AwsError NotAuthorizedException for users whose password is not theirs yet, or not Cognito's */
export function refuseUnresettable(user: User): void {
  if (user.status === "FORCE_CHANGE_PASSWORD" || user.status === "EXTERNAL_PROVIDER") {
    throw notAuthorized("User password cannot be reset in the current state.");
  }
}

export function noVerifiedContact(): AwsError {
  return invalidParameter(
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
  );
}
