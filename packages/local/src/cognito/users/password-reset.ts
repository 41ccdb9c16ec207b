import * as z from "zod/mini";
import { codeMismatch, expiredCode, notAuthorized } from "../errors.ts";
import { operation } from "../input.ts";
import { hidesUsers } from "../pools/client-settings.ts";
import { pretendedDelivery } from "../sign-in/pretended.ts";
import type { Client, Ctx } from "../state.ts";
import { migrateUser } from "../triggers/migration.ts";
import { ClientAndUser, clientAndUser, unknownToClient } from "./client-user.ts";
import { checkCode, countTry, RESET_CODE, RESET_CODE_MS } from "./codes.ts";
import { recoveryDestination, refuseAdminOnly, sendCode } from "./messages.ts";
import { checkNewPassword, setPassword } from "./passwords.ts";
import { runPostConfirmation } from "./sign-up.ts";
import { normalise } from "./user-index.ts";
import { noVerifiedContact, refuseUnresettable } from "./users.ts";

export const forgotPassword = operation(ClientAndUser, async (ctx, input) => {
  const { client, pool, user: known } = clientAndUser(ctx, input);
  refuseAdminOnly(pool);
  const user =
    known ??
    (await migrateUser(ctx, {
      client,
      name: input.Username,
      source: "UserMigration_ForgotPassword",
      clientMetadata: input.ClientMetadata,
    }));
  const hidden = hidesUsers(client.settings);
  if (user === undefined) {
    if (hidden) return pretendReset(ctx, client, input.Username);
    throw unknownToClient();
  }
  const nowMs = ctx.deps.clock();
  countTry(user, "forgot-password", nowMs);
  if (!user.enabled) {
    if (hidden) return pretendReset(ctx, client, input.Username);
    throw notAuthorized("User is disabled.");
  }
  refuseUnresettable(user);
  const target = recoveryDestination(pool, user);
  if (target === undefined) {
    if (hidden) return pretendReset(ctx, client, input.Username);
    throw noVerifiedContact();
  }
  const details = await sendCode(ctx, pool, RESET_CODE, {
    kind: "ForgotPassword",
    user,
    clientId: client.id,
    destination: target,
    clientMetadata: input.ClientMetadata,
  });
  return { CodeDeliveryDetails: details };
});

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
  z.extend(ClientAndUser, { ConfirmationCode: z.string(), Password: z.string() }),
  async (ctx, input) => {
    const { client, pool, user } = clientAndUser(ctx, input);
    const nowMs = ctx.deps.clock();
    if (user === undefined) {
      if (!hidesUsers(client.settings)) throw unknownToClient();
      const untilMs = pool.pretendedResets.get(normalise(pool, input.Username)) ?? 0;
      throw nowMs < untilMs ? codeMismatch() : expiredCode();
    }
    countTry(user, "forgot-password", nowMs);
    if (!user.enabled) throw notAuthorized("User is disabled.");
    checkCode(user, "forgot-password", input.ConfirmationCode, nowMs);
    checkNewPassword(pool, user, input.Password);
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
