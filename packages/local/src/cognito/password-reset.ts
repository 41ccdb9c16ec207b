import * as z from "zod/mini";
import { hidesUsers } from "./client-settings.ts";
import { checkCode, countTry, issueCode, RESET_CODE_MS } from "./codes.ts";
import { codeMismatch, expiredCode, notAuthorized, userNotFound } from "./errors.ts";
import {
  ClientIdField,
  CodeField,
  Metadata,
  operation,
  PasswordField,
  UsernameField,
} from "./input.ts";
import { deliveryDetails, recoveryDestination, sendMessage } from "./messages.ts";
import { migrateUser } from "./migration.ts";
import { checkPolicy, setPassword } from "./passwords.ts";
import { pretendedDelivery } from "./pretended.ts";
import { checkSecretHash } from "./secret-hash.ts";
import { runPostConfirmation } from "./sign-up.ts";
import { type Client, type Ctx, clientOf } from "./state.ts";
import { findUser, normalise } from "./user-index.ts";
import { noVerifiedContact } from "./users.ts";

const UNKNOWN = "Username/client id combination not found.";

export const forgotPassword = operation(
  z.object({
    ClientId: ClientIdField,
    SecretHash: z.optional(z.string()),
    Username: UsernameField,
    ClientMetadata: Metadata,
  }),
  async (ctx, input) => {
    const client = clientOf(ctx, input.ClientId);
    const { pool } = client;
    checkSecretHash(client, [input.Username], input.SecretHash);
    const user =
      findUser(pool, input.Username) ??
      (await migrateUser(ctx, {
        client,
        name: input.Username,
        source: "UserMigration_ForgotPassword",
        clientMetadata: input.ClientMetadata,
      }));
    const hidden = hidesUsers(client.settings);
    if (user === undefined) {
      if (hidden) return pretendReset(ctx, client, input.Username);
      throw userNotFound(UNKNOWN);
    }
    const nowMs = ctx.deps.clock();
    countTry(user, "forgot-password", nowMs);
    if (!user.enabled) {
      if (hidden) return pretendReset(ctx, client, input.Username);
      throw notAuthorized("User is disabled.");
    }
    if (user.status === "FORCE_CHANGE_PASSWORD") {
      throw notAuthorized("User password cannot be reset in the current state.");
    }
    const target = recoveryDestination(pool, user);
    if (target === undefined) {
      if (hidden) return pretendReset(ctx, client, input.Username);
      throw noVerifiedContact();
    }
    const { code } = issueCode(user, "forgot-password", nowMs + RESET_CODE_MS);
    await sendMessage(ctx, pool, {
      kind: "ForgotPassword",
      user,
      clientId: client.id,
      code,
      destination: target,
      clientMetadata: input.ClientMetadata,
    });
    return { CodeDeliveryDetails: deliveryDetails(target) };
  },
);

function pretendReset(ctx: Ctx, client: Client, name: string): object {
  const { pretendedResets } = client.pool;
  const nowMs = ctx.deps.clock();
  for (const [key, untilMs] of pretendedResets) {
    if (nowMs >= untilMs) pretendedResets.delete(key);
  }
  pretendedResets.set(normalise(client.pool, name), nowMs + RESET_CODE_MS);
  return pretendedDelivery(client.pool, name);
}

export const confirmForgotPassword = operation(
  z.object({
    ClientId: ClientIdField,
    SecretHash: z.optional(z.string()),
    Username: UsernameField,
    ConfirmationCode: CodeField,
    Password: PasswordField,
    ClientMetadata: Metadata,
  }),
  async (ctx, input) => {
    const client = clientOf(ctx, input.ClientId);
    const { pool } = client;
    checkSecretHash(client, [input.Username], input.SecretHash);
    const user = findUser(pool, input.Username);
    const nowMs = ctx.deps.clock();
    if (user === undefined) {
      if (!hidesUsers(client.settings)) throw userNotFound(UNKNOWN);
      const untilMs = pool.pretendedResets.get(normalise(pool, input.Username)) ?? 0;
      throw nowMs < untilMs ? codeMismatch() : expiredCode();
    }
    countTry(user, "forgot-password", nowMs);
    if (!user.enabled) throw notAuthorized("User is disabled.");
    checkCode(user, "forgot-password", input.ConfirmationCode, nowMs);
    checkPolicy(pool, input.Password);
    user.codes.delete("forgot-password");
    setPassword(pool, user, input.Password, "CONFIRMED", nowMs);
    await runPostConfirmation(ctx, pool, user, {
      source: "PostConfirmation_ConfirmForgotPassword",
      clientId: client.id,
      clientMetadata: input.ClientMetadata,
    });
    return {};
  },
);
