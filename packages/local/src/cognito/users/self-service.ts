import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, notAuthorized, passwordResetRequired } from "../errors.ts";
import { AttributeList, attributeList, attributeMap, Metadata, operation } from "../input.ts";
import { isSecret } from "../sign-in/secret-hash.ts";
import { clientOf } from "../state.ts";
import { readAccessToken } from "../tokens/access-tokens.ts";
import { familyOf, signOutEverywhere } from "../tokens/tokens.ts";
import { checkWritable, claimAliases, readableAttributes, undetermined } from "./attributes.ts";
import { checkCode, countTry, SIGN_UP_CODE_MS } from "./codes.ts";
import { addressed, destination, sendCode } from "./messages.ts";
import {
  checkNewPassword,
  countFailure,
  passwordMatches,
  refuseLockedOut,
  setPassword,
} from "./passwords.ts";
import { removeUser, writeAttributes } from "./user-index.ts";
import { deleteAttributes, describeMfa } from "./users.ts";
import { updateAttributes } from "./verification.ts";

const Signed = z.object({ AccessToken: z.string() });
type Address = "email" | "phone_number";

/** @throws AwsError InvalidParameterException */
function addressName(attribute: string): Address {
  if (attribute === "email" || attribute === "phone_number") return attribute;
  throw invalidParameter("Invalid attribute name. Only phone_number and email can be verified.");
}

export const getUser = operation(Signed, async (ctx, input) => {
  const { user, client } = await readAccessToken(ctx, input.AccessToken);
  return {
    Username: user.username,
    UserAttributes: attributeList(readableAttributes(client, user)),
    ...describeMfa(user),
  };
});

export const updateUserAttributes = operation(
  z.extend(Signed, { UserAttributes: AttributeList, ClientMetadata: Metadata }),
  async (ctx, input) => {
    const { user, client, pool } = await readAccessToken(ctx, input.AccessToken);
    const changes = attributeMap(input.UserAttributes);
    checkWritable(client, changes.keys());
    const by = { clientId: client.id, clientMetadata: input.ClientMetadata };
    const details = await updateAttributes(ctx, pool, user, changes, by);
    return details.length === 0 ? {} : { CodeDeliveryDetailsList: details };
  },
);

export const deleteUserAttributes = operation(
  z.extend(Signed, { UserAttributeNames: z.array(z.string()) }),
  async (ctx, input) => {
    const { user, client, pool } = await readAccessToken(ctx, input.AccessToken);
    checkWritable(client, input.UserAttributeNames);
    const unknown = input.UserAttributeNames.find((name) => !pool.schema.has(name));
    if (unknown !== undefined) {
      throw invalidParameter(`Invalid user attributes: ${undetermined(unknown)}`);
    }
    deleteAttributes(pool, user, input.UserAttributeNames, ctx.deps.clock());
    return {};
  },
);

export const getUserAttributeVerificationCode = operation(
  z.extend(Signed, { AttributeName: z.string(), ClientMetadata: Metadata }),
  async (ctx, input) => {
    const { user, client, pool } = await readAccessToken(ctx, input.AccessToken);
    const address = addressName(input.AttributeName);
    const nowMs = ctx.deps.clock();
    const kind = `attribute:${address}`;
    const pending = user.codes.get(kind);
    // A new address that waits for its code is what is to be verified.
    const value = pending !== undefined && nowMs < pending.expiresAtMs ? pending.value : undefined;
    const target = value === undefined ? destination(user, address) : addressed(address, value);
    if (target === undefined) {
      // Of a phone number: floci-io/floci, pull request 2018 (validated on AWS). Of an e-mail address it is not known.
      throw invalidParameter(
        address === "phone_number"
          ? "User does not have a valid registered phone number"
          : `User does not have ${address}.`,
      );
    }
    const code = { kind, lifetimeMs: SIGN_UP_CODE_MS, value };
    const details = await sendCode(ctx, pool, code, {
      kind: "VerifyUserAttribute",
      user,
      clientId: client.id,
      destination: target,
      clientMetadata: input.ClientMetadata,
    });
    return { CodeDeliveryDetails: details };
  },
);

export const verifyUserAttribute = operation(
  z.extend(Signed, { AttributeName: z.string(), Code: z.string() }),
  async (ctx, input) => {
    const { user, pool } = await readAccessToken(ctx, input.AccessToken);
    const address = addressName(input.AttributeName);
    const nowMs = ctx.deps.clock();
    const kind = `attribute:${address}`;
    countTry(user, "verify-attribute", nowMs);
    const { value } = checkCode(user, kind, input.Code, nowMs);
    const changes = new Map([[`${address}_verified`, "true"]]);
    if (value !== undefined) changes.set(address, value);
    const whole = new Map([...user.attributes, ...changes]);
    claimAliases(pool, whole, { force: false, nowMs, self: user });
    user.codes.delete(kind);
    writeAttributes(pool, user, changes, nowMs);
    return {};
  },
);

export const changePassword = operation(
  z.extend(Signed, {
    PreviousPassword: z.optional(z.string()),
    ProposedPassword: z.string(),
  }),
  async (ctx, input) => {
    const { user, pool } = await readAccessToken(ctx, input.AccessToken);
    if (user.status === "RESET_REQUIRED") throw passwordResetRequired();
    const nowMs = ctx.deps.clock();
    countTry(user, "change-password", nowMs);
    refuseLockedOut(user, nowMs);
    // Who never had a password has none to give; the access token is the proof.
    const first = user.password === undefined && input.PreviousPassword === undefined;
    if (!first && !passwordMatches(pool, user, input.PreviousPassword ?? "")) {
      countFailure(user, nowMs);
      throw notAuthorized();
    }
    checkNewPassword(pool, user, input.ProposedPassword);
    setPassword(pool, user, input.ProposedPassword, user.status, nowMs);
    return {};
  },
);

export const globalSignOut = operation(Signed, async (ctx, input) => {
  const { user } = await readAccessToken(ctx, input.AccessToken);
  signOutEverywhere(ctx, user);
  return {};
});

export const deleteUser = operation(Signed, async (ctx, input) => {
  const { user, pool } = await readAccessToken(ctx, input.AccessToken);
  signOutEverywhere(ctx, user);
  removeUser(pool, user);
  return {};
});

export const revokeToken = operation(
  z.object({
    Token: z.string(),
    ClientId: z.string(),
    ClientSecret: z.optional(z.string()),
  }),
  (ctx, input) => {
    const client = clientOf(ctx, input.ClientId);
    if (client.secrets.length > 0 && !isSecret(client, input.ClientSecret)) {
      throw new AwsError("UnauthorizedException", "Invalid client or secret");
    }
    if (client.settings.EnableTokenRevocation === false) {
      throw new AwsError(
        "UnsupportedOperationException",
        "Token revocation is not enabled for this client",
      );
    }
    if (input.Token.split(".").length === 3 && input.Token.startsWith("eyJ")) {
      throw new AwsError("UnsupportedTokenTypeException", "Unsupported token type");
    }
    const family = familyOf(client, input.Token);
    // A token that is not known, or another client's, is answered like a revoked one (RFC 7009).
    if (family !== undefined) family.revoked = true;
    return {};
  },
);
