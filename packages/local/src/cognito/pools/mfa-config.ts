import * as z from "zod/mini";
import { invalidParameter } from "../errors.ts";
import { operation } from "../input.ts";
import { type Pool, poolOf } from "../state.ts";

const Target = z.object({ UserPoolId: z.string() });

export const setUserPoolMfaConfig = operation(
  z.extend(Target, {
    MfaConfiguration: z.optional(z.enum(["OFF", "ON", "OPTIONAL"])),
    SmsMfaConfiguration: z.optional(
      z.looseObject({ SmsAuthenticationMessage: z.optional(z.string()) }),
    ),
    SoftwareTokenMfaConfiguration: z.optional(z.object({ Enabled: z.optional(z.boolean()) })),
    EmailMfaConfiguration: z.optional(z.looseObject({})),
    WebAuthnConfiguration: z.optional(
      z.object({
        RelyingPartyId: z.optional(z.string()),
        UserVerification: z.optional(z.enum(["required", "preferred"])),
        FactorConfiguration: z.optional(
          z.enum(["SINGLE_FACTOR", "MULTI_FACTOR_WITH_USER_VERIFICATION"]),
        ),
      }),
    ),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const mode = input.MfaConfiguration ?? "OFF";
    const software = input.SoftwareTokenMfaConfiguration?.Enabled === true;
    const { SmsMfaConfiguration: sms, EmailMfaConfiguration: email } = input;
    if (mode === "OFF" && (software || sms !== undefined || email !== undefined)) {
      throw invalidParameter(
        "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
      );
    }
    if (mode !== "OFF" && !software && sms === undefined && email === undefined) {
      throw invalidParameter(
        "Invalid MFA configuration given, can't turn on MFA without an MFA configuration.",
      );
    }
    const sender = pool.settings.EmailConfiguration?.EmailSendingAccount ?? "COGNITO_DEFAULT";
    if (email !== undefined && sender === "COGNITO_DEFAULT") {
      // cdk-preflight, pf-cognito-mfa-email-otp-requires-developer
      throw invalidParameter(
        "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT. Update the value of EmailSendingAccount.",
      );
    }
    const { factors } = pool;
    factors.software = software;
    if (sms === undefined) delete factors.sms;
    else factors.sms = sms;
    if (email === undefined) delete factors.email;
    else factors.email = email;
    if (input.WebAuthnConfiguration === undefined) delete factors.webAuthn;
    else factors.webAuthn = input.WebAuthnConfiguration;
    pool.settings = {
      ...pool.settings,
      MfaConfiguration: mode,
      SmsAuthenticationMessage: sms?.SmsAuthenticationMessage,
    };
    pool.modifiedAtMs = ctx.deps.clock();
    return describe(pool);
  },
);

export const getUserPoolMfaConfig = operation(Target, (ctx, input) =>
  describe(poolOf(ctx, input.UserPoolId)),
);

function describe(pool: Pool): object {
  const { sms, software, email, webAuthn } = pool.factors;
  const { MfaConfiguration = "OFF", SmsAuthenticationMessage: text } = pool.settings;
  return {
    MfaConfiguration,
    // CreateUserPool and UpdateUserPool set the same text.
    ...(sms !== undefined && {
      SmsMfaConfiguration: { ...sms, ...(text && { SmsAuthenticationMessage: text }) },
    }),
    ...(software && { SoftwareTokenMfaConfiguration: { Enabled: true } }),
    ...(email !== undefined && { EmailMfaConfiguration: email }),
    ...(webAuthn !== undefined && {
      WebAuthnConfiguration: { UserVerification: "preferred", ...webAuthn },
    }),
  };
}
