import * as z from "zod/mini";

const OptionalText = z.optional(z.string());
const OptionalFlag = z.optional(z.boolean());

const SchemaAttribute = z.object({
  Name: z.string(),
  AttributeDataType: z.optional(z.enum(["String", "Number", "DateTime", "Boolean"])),
  DeveloperOnlyAttribute: OptionalFlag,
  Mutable: OptionalFlag,
  Required: OptionalFlag,
  NumberAttributeConstraints: z.optional(
    z.object({ MinValue: OptionalText, MaxValue: OptionalText }),
  ),
  StringAttributeConstraints: z.optional(
    z.object({ MinLength: OptionalText, MaxLength: OptionalText }),
  ),
});
export type PoolSchemaAttribute = z.infer<typeof SchemaAttribute>;
export const PoolSchemaAttributes = z.array(SchemaAttribute);

const Versioned = z.optional(z.object({ LambdaVersion: z.enum(["V1_0"]), LambdaArn: z.string() }));

const LambdaConfig = z.looseObject({
  CustomEmailSender: Versioned,
  CustomSMSSender: Versioned,
  /** The ARN of the key under which senders get their codes. */
  KMSKeyID: OptionalText,
  PreSignUp: OptionalText,
  CustomMessage: OptionalText,
  PostConfirmation: OptionalText,
  PreAuthentication: OptionalText,
  PostAuthentication: OptionalText,
  DefineAuthChallenge: OptionalText,
  CreateAuthChallenge: OptionalText,
  VerifyAuthChallengeResponse: OptionalText,
  PreTokenGeneration: OptionalText,
  UserMigration: OptionalText,
  InboundFederation: Versioned,
  PreTokenGenerationConfig: z.optional(
    z.object({ LambdaVersion: z.enum(["V1_0", "V2_0", "V3_0"]), LambdaArn: z.string() }),
  ),
});

const AutoVerified = z.optional(z.array(z.enum(["email", "phone_number"])));

const PasswordPolicy = z.object({
  MinimumLength: z.optional(z.int()),
  RequireUppercase: OptionalFlag,
  RequireLowercase: OptionalFlag,
  RequireNumbers: OptionalFlag,
  RequireSymbols: OptionalFlag,
  PasswordHistorySize: z.optional(z.int()),
  TemporaryPasswordValidityDays: z.optional(z.int()),
});
export type PasswordPolicy = z.infer<typeof PasswordPolicy>;

const FirstFactors = z.array(z.enum(["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]));

/** What UpdateUserPool replaces as a whole. Settings that the stand-in only echoes are kept unread. */
export const PoolSettings = z.looseObject({
  PoolName: OptionalText,
  Policies: z.optional(
    z.looseObject({
      PasswordPolicy: z.optional(PasswordPolicy),
      SignInPolicy: z.optional(z.object({ AllowedFirstAuthFactors: z.optional(FirstFactors) })),
    }),
  ),
  LambdaConfig: z.optional(LambdaConfig),
  AutoVerifiedAttributes: AutoVerified,
  MfaConfiguration: z.optional(z.enum(["OFF", "ON", "OPTIONAL"])),
  DeviceConfiguration: z.optional(
    z.object({
      ChallengeRequiredOnNewDevice: OptionalFlag,
      DeviceOnlyRememberedOnUserPrompt: OptionalFlag,
    }),
  ),
  SmsConfiguration: z.optional(z.looseObject({ SnsCallerArn: OptionalText })),
  EmailConfiguration: z.optional(
    z.looseObject({
      EmailSendingAccount: OptionalText,
      SourceArn: OptionalText,
      From: OptionalText,
    }),
  ),
  UserAttributeUpdateSettings: z.optional(
    z.object({ AttributesRequireVerificationBeforeUpdate: AutoVerified }),
  ),
  VerificationMessageTemplate: z.optional(
    z.looseObject({
      EmailMessage: OptionalText,
      EmailSubject: OptionalText,
      SmsMessage: OptionalText,
    }),
  ),
  EmailVerificationMessage: OptionalText,
  EmailVerificationSubject: OptionalText,
  SmsVerificationMessage: OptionalText,
  SmsAuthenticationMessage: OptionalText,
  AdminCreateUserConfig: z.optional(
    z.looseObject({
      AllowAdminCreateUserOnly: OptionalFlag,
      UnusedAccountValidityDays: z.optional(z.int()),
      InviteMessageTemplate: z.optional(
        z.object({
          EmailMessage: OptionalText,
          EmailSubject: OptionalText,
          SMSMessage: OptionalText,
        }),
      ),
    }),
  ),
  AccountRecoverySetting: z.optional(
    z.object({
      RecoveryMechanisms: z.optional(
        z.array(
          z.object({
            Name: z.enum(["verified_email", "verified_phone_number", "admin_only"]),
            Priority: z.int(),
          }),
        ),
      ),
    }),
  ),
  UserPoolAddOns: z.optional(z.looseObject({ AdvancedSecurityMode: z.string() })),
  UserPoolTier: z.optional(z.enum(["LITE", "ESSENTIALS", "PLUS"])),
  UserPoolTags: z.optional(z.record(z.string(), z.string())),
});
export type PoolSettings = z.infer<typeof PoolSettings>;

/** The e-mail address first, where the pool does not say. Source: radkawar/stackd, testdata/aws/cognito. */
export function recoverySetting({ AccountRecoverySetting: given }: PoolSettings) {
  if (given !== undefined) return given;
  const RecoveryMechanisms = [
    { Name: "verified_email" as const, Priority: 1 },
    { Name: "verified_phone_number" as const, Priority: 2 },
  ];
  return { RecoveryMechanisms };
}
