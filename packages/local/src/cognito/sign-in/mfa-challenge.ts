import { invalidParameter } from "../errors.ts";
import type { Ctx, Factor, Pool, User } from "../state.ts";
import { digits } from "../users/codes.ts";
import { addressed, destination, mask, sendMessage } from "../users/messages.ts";
import { openSession } from "./sessions.ts";
import type { SignIn } from "./sign-in.ts";

type FactorSetup =
  | { readonly kind: "none" }
  | { readonly kind: "one"; readonly factor: Factor }
  | { readonly kind: "choose"; readonly factors: readonly Factor[] }
  | { readonly kind: "set-up"; readonly factors: readonly Factor[] };

/** The factors that the pool has switched on. */
export function poolFactors(pool: Pool): Factor[] {
  return [
    ...(pool.factors.sms === undefined ? [] : ["SMS_MFA" as const]),
    ...(pool.factors.software ? ["SOFTWARE_TOKEN_MFA" as const] : []),
    ...(pool.factors.email === undefined ? [] : ["EMAIL_OTP" as const]),
  ];
}

/** Which second factor a sign-in of this user needs. */
export function factorSetup(pool: Pool, user: User): FactorSetup {
  const mode = pool.settings.MfaConfiguration ?? "OFF";
  if (mode === "OFF") return { kind: "none" };
  const offered = poolFactors(pool);
  const chosen = offered.filter((factor) => user.mfa.enabled.has(factor) && isUsable(user, factor));
  // Where everyone must have a factor, a code counts as switched on for who has an address for it.
  const usable =
    chosen.length > 0 || mode === "OPTIONAL"
      ? chosen
      : offered.filter((factor) => factor !== "SOFTWARE_TOKEN_MFA" && isUsable(user, factor));
  const preferred = usable.find((factor) => factor === user.mfa.preferred);
  const only = usable.length === 1 ? usable[0] : preferred;
  if (only !== undefined) return { kind: "one", factor: only };
  if (usable.length > 1) return { kind: "choose", factors: usable };
  return mode === "ON" ? { kind: "set-up", factors: offered } : { kind: "none" };
}

export function isUsable(user: User, factor: Factor): boolean {
  if (factor === "SOFTWARE_TOKEN_MFA") return user.mfa.totpSecret !== undefined;
  return user.attributes.has(factor === "SMS_MFA" ? "phone_number" : "email");
}

export async function challengeFactor(
  ctx: Ctx,
  signIn: SignIn,
  setup: Exclude<FactorSetup, { kind: "none" }>,
): Promise<object> {
  if (setup.kind === "one") return challengeOne(ctx, signIn, setup.factor);
  const challenge = setup.kind === "choose" ? "SELECT_MFA_TYPE" : "MFA_SETUP";
  const parameter = setup.kind === "choose" ? "MFAS_CAN_CHOOSE" : "MFAS_CAN_SETUP";
  return {
    ChallengeName: challenge,
    Session: openSession(ctx, { challenge, ...whose(signIn) }),
    ChallengeParameters: {
      [parameter]: JSON.stringify(setup.factors),
      USER_ID_FOR_SRP: signIn.user.username,
    },
  };
}

function whose({ client, user, newPassword, custom, deviceKey }: SignIn) {
  return {
    client,
    user,
    newPassword: newPassword === true,
    ...(custom !== undefined && { custom }),
    ...(deviceKey !== undefined && { deviceKey }),
  };
}

/** Asks for one factor; a code for SMS or e-mail is sent on the way. @param newAddress in place of the user's e-mail */
export async function challengeOne(
  ctx: Ctx,
  signIn: SignIn,
  factor: Factor,
  newAddress?: string,
): Promise<object> {
  const { client, user, clientMetadata } = signIn;
  if (factor === "SOFTWARE_TOKEN_MFA") {
    return {
      ChallengeName: factor,
      Session: openSession(ctx, { challenge: factor, ...whose(signIn) }),
      ChallengeParameters: { USER_ID_FOR_SRP: user.username },
    };
  }
  const target =
    newAddress === undefined
      ? destination(user, factor === "SMS_MFA" ? "phone_number" : "email")
      : addressed("email", newAddress);
  if (target === undefined) throw invalidParameter("User has no address for the MFA code.");
  const code = digits();
  await sendMessage(ctx, client.pool, {
    kind: "Authentication",
    user,
    clientId: client.id,
    code,
    destination: target,
    clientMetadata,
  });
  return {
    ChallengeName: factor,
    Session: openSession(ctx, {
      challenge: factor,
      factor,
      code,
      sentTo: target,
      ...(newAddress !== undefined && { setsUp: true }),
      ...whose(signIn),
    }),
    ChallengeParameters: {
      CODE_DELIVERY_DELIVERY_MEDIUM: target.medium,
      CODE_DELIVERY_DESTINATION: mask(target.to),
      USER_ID_FOR_SRP: user.username,
    },
  };
}
