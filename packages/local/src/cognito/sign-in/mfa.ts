import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { codeMismatch, invalidParameter, notAuthorized, softwareTokenMissing } from "../errors.ts";
import { operation } from "../input.ts";
import { type Ctx, type Factor, poolOf, type User } from "../state.ts";
import { readAccessToken } from "../tokens/access-tokens.ts";
import { requireUser } from "../users/users.ts";
import { isUsable } from "./mfa-challenge.ts";
import { closeSession, openSession, readSession, type Session } from "./sessions.ts";
import { matchingStep, newTotpSecret } from "./totp.ts";

export const associateSoftwareToken = operation(
  z.object({ AccessToken: z.optional(z.string()), Session: z.optional(z.string()) }),
  async (ctx, input) => {
    const secret = newTotpSecret();
    if (input.AccessToken !== undefined) {
      const { user, pool } = await readAccessToken(ctx, input.AccessToken);
      if (!pool.factors.software) throw softwareTokenOff();
      user.mfa.offeredTotpSecret = secret;
      return { SecretCode: secret };
    }
    const session = setupSession(ctx, input.Session);
    if (!session.client.pool.factors.software) throw softwareTokenOff();
    closeSession(session);
    return { SecretCode: secret, Session: reopen(ctx, session, { secret, verified: false }) };
  },
);

function softwareTokenOff(): AwsError {
  return softwareTokenMissing("Software Token MFA has not been enabled by the userPool");
}

function setupSession(ctx: Ctx, token: string | undefined): Session {
  if (token === undefined) {
    throw invalidParameter("Either AccessToken or Session is required");
  }
  const session = readSession(ctx, token);
  if (session.challenge !== "MFA_SETUP") throw notAuthorized("Invalid session for the user.");
  return session;
}

/** The next session of the same sign-in, for as long as a new one lives. */
function reopen(ctx: Ctx, session: Session, totp: NonNullable<Session["totp"]>): string {
  return openSession(ctx, { ...session, totp });
}

export const verifySoftwareToken = operation(
  z.object({
    AccessToken: z.optional(z.string()),
    Session: z.optional(z.string()),
    UserCode: z.string(),
    FriendlyDeviceName: z.optional(z.string()),
  }),
  async (ctx, input) => {
    if (input.AccessToken !== undefined) {
      const { user } = await readAccessToken(ctx, input.AccessToken);
      const secret = user.mfa.offeredTotpSecret;
      if (secret === undefined) throw codeMismatch();
      proveToken(ctx, user, secret, input.UserCode);
      user.mfa.totpSecret = secret;
      delete user.mfa.offeredTotpSecret;
      return { Status: "SUCCESS" };
    }
    const session = setupSession(ctx, input.Session);
    const { user, totp } = session;
    if (user === undefined || totp === undefined) {
      throw notAuthorized("Invalid session for the user.");
    }
    proveToken(ctx, user, totp.secret, input.UserCode);
    // At once, whether or not the sign-in goes on: getmoto/moto, test_user_authentication_flow_mfa_on, run on AWS.
    user.mfa.totpSecret = totp.secret;
    user.mfa.enabled.add("SOFTWARE_TOKEN_MFA");
    user.mfa.preferred ??= "SOFTWARE_TOKEN_MFA";
    closeSession(session);
    return {
      Status: "SUCCESS",
      Session: reopen(ctx, session, { secret: totp.secret, verified: true }),
    };
  },
);

function proveToken(ctx: Ctx, user: User, secret: string, code: string): void {
  const step = matchingStep(secret, code, ctx.deps.clock());
  if (step === undefined) {
    throw new AwsError(
      "EnableSoftwareTokenMFAException",
      "Code mismatch and fail enable Software Token MFA",
    );
  }
  // The code counts as used: the tests of aws-amplify/amplify-swift, run on AWS, wait for the next.
  user.mfa.lastTotpStep = step;
}

const Preference = z.optional(
  z.object({ Enabled: z.optional(z.boolean()), PreferredMfa: z.optional(z.boolean()) }),
);
const Preferences = z.object({
  SMSMfaSettings: Preference,
  SoftwareTokenMfaSettings: Preference,
  EmailMfaSettings: Preference,
});

export const setUserMfaPreference = operation(
  z.extend(Preferences, { AccessToken: z.string() }),
  async (ctx, input) => {
    const { user } = await readAccessToken(ctx, input.AccessToken);
    return setPreferences(user, input);
  },
);

export const adminSetUserMfaPreference = operation(
  z.extend(Preferences, { UserPoolId: z.string(), Username: z.string() }),
  (ctx, input) => setPreferences(requireUser(poolOf(ctx, input.UserPoolId), input.Username), input),
);

function setPreferences(user: User, input: z.infer<typeof Preferences>): object {
  const settings = [
    ["SMS_MFA", input.SMSMfaSettings],
    ["SOFTWARE_TOKEN_MFA", input.SoftwareTokenMfaSettings],
    ["EMAIL_OTP", input.EmailMfaSettings],
  ] as const;
  const preferred = settings.filter(([, setting]) => setting?.PreferredMfa === true);
  if (preferred.length > 1) throw invalidParameter("Only one MFA can be set as preferred");
  for (const [factor, setting] of settings) {
    if (setting?.Enabled === true || setting?.PreferredMfa === true) refuseUnusable(user, factor);
  }
  for (const [factor, setting] of settings) {
    if (setting === undefined) continue;
    const enabled =
      setting.Enabled ?? (setting.PreferredMfa === true || user.mfa.enabled.has(factor));
    if (enabled) user.mfa.enabled.add(factor);
    else user.mfa.enabled.delete(factor);
    if (!enabled || setting.PreferredMfa === false) forgetPreferred(user, factor);
    if (enabled && setting.PreferredMfa === true) user.mfa.preferred = factor;
  }
  return {};
}

function forgetPreferred(user: User, factor: Factor): void {
  if (user.mfa.preferred === factor) delete user.mfa.preferred;
}

function refuseUnusable(user: User, factor: Factor): void {
  if (isUsable(user, factor)) return;
  // So for a software token, too: aws/aws-sdk-js-v3#4645.
  throw invalidParameter(`User does not have delivery config set to turn on ${factor}`);
}

/** Takes the software token away, so that the user can set up another. */
export const adminDeleteSoftwareToken = operation(
  z.object({ UserPoolId: z.string(), Username: z.string() }),
  (ctx, input) => {
    const { mfa } = requireUser(poolOf(ctx, input.UserPoolId), input.Username);
    if (mfa.totpSecret === undefined) {
      throw softwareTokenMissing("Software Token MFA does not exist for the user.");
    }
    delete mfa.totpSecret;
    delete mfa.offeredTotpSecret;
    mfa.enabled.delete("SOFTWARE_TOKEN_MFA");
    if (mfa.preferred === "SOFTWARE_TOKEN_MFA") delete mfa.preferred;
    return {};
  },
);

// The older form of preferences, for SMS only: `MFAOptions`.
const Options = z.object({
  MFAOptions: z.array(
    z.object({
      DeliveryMedium: z.optional(z.enum(["SMS", "EMAIL"])),
      AttributeName: z.optional(z.string()),
    }),
  ),
});

export const setUserSettings = operation(
  z.extend(Options, { AccessToken: z.string() }),
  async (ctx, input) => setOptions((await readAccessToken(ctx, input.AccessToken)).user, input),
);

export const adminSetUserSettings = operation(
  z.extend(Options, { UserPoolId: z.string(), Username: z.string() }),
  (ctx, input) => setOptions(requireUser(poolOf(ctx, input.UserPoolId), input.Username), input),
);

function setOptions(user: User, { MFAOptions }: z.infer<typeof Options>): object {
  const unfit = MFAOptions.some(
    ({ DeliveryMedium, AttributeName }) =>
      DeliveryMedium !== "SMS" || AttributeName !== "phone_number",
  );
  if (unfit) throw invalidParameter("Only SMS to phone_number can be an MFA option");
  if (MFAOptions.length > 0) refuseUnusable(user, "SMS_MFA");
  user.mfa.byOptions = MFAOptions.length > 0;
  if (user.mfa.byOptions) user.mfa.enabled.add("SMS_MFA");
  else {
    user.mfa.enabled.delete("SMS_MFA");
    forgetPreferred(user, "SMS_MFA");
  }
  return {};
}
