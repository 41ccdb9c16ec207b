import { AwsError } from "../../service.ts";
import type { PoolSettings } from "./pool-settings.ts";

/** What is known of the pool beside its settings. */
interface Place {
  readonly region: string;
  /** Whether SetUserPoolMfaConfig, or an earlier setting, gave it a way to send texts. */
  readonly sendsTexts: boolean;
}

interface Rule {
  readonly text: string;
  readonly code?: string;
  readonly isBroken: (settings: PoolSettings, place: Place) => boolean;
}

const NEEDS_TIER =
  "The following features need to be disabled for the LITE pricing tier configured:";

/**
 * What a pool's settings say against one another. Texts and conditions: cdk-preflight, pf-cognito-*, measured on the
 * live service; in which order it looks for several faults is not known.
 */
const RULES: readonly Rule[] = [
  {
    // A policy that names no length is taken for one of length 0: aws/aws-cdk#6971; the words as floci-io/floci has them.
    text: "1 validation error detected: Value '0' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6",
    isBroken: ({ Policies }) =>
      Policies?.PasswordPolicy !== undefined && Policies.PasswordPolicy.MinimumLength === undefined,
  },
  {
    text: "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
    isBroken: (settings) => {
      const names = recovery(settings).map(({ Name }) => Name);
      return names.includes("admin_only") && names.length > 1;
    },
  },
  {
    text: "Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.",
    isBroken: (settings) => {
      const all = recovery(settings);
      const [names, priorities] = [
        new Set(all.map(({ Name }) => Name)),
        new Set(all.map(({ Priority }) => Priority)),
      ];
      return Math.min(names.size, priorities.size) < all.length;
    },
  },
  {
    text: "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    isBroken: ({ Policies, AdminCreateUserConfig }) =>
      Policies?.PasswordPolicy?.TemporaryPasswordValidityDays !== undefined &&
      AdminCreateUserConfig?.UnusedAccountValidityDays !== undefined,
  },
  {
    text: "Password should be configured as one of the allowed first auth factors.",
    isBroken: (settings) => {
      const factors = firstFactors(settings);
      return factors.length > 0 && !factors.includes("PASSWORD");
    },
  },
  {
    text: "SMS configuration is required when phone_number is selected for auto verification",
    isBroken: ({ AutoVerifiedAttributes, SmsConfiguration }, { sendsTexts }) =>
      (AutoVerifiedAttributes ?? []).includes("phone_number") &&
      SmsConfiguration === undefined &&
      !sendsTexts,
  },
  {
    text: "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    isBroken: ({ UserAttributeUpdateSettings: updates, AutoVerifiedAttributes: verified }) =>
      (updates?.AttributesRequireVerificationBeforeUpdate ?? []).some(
        (name) => !verified?.includes(name),
      ),
  },
  {
    text: "Source ARN is required to use DEVELOPER email sending owner",
    isBroken: ({ EmailConfiguration: mail }) =>
      mail?.EmailSendingAccount === "DEVELOPER" && !mail.SourceArn,
  },
  {
    text: "Provided From email address is invalid",
    isBroken: ({ EmailConfiguration: mail }) =>
      mail?.From !== undefined && !/(^[^@\s]+@[^@\s]+|<[^@\s]+@[^@\s]+>)$/.test(mail.From),
  },
  {
    text: "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
    isBroken: ({ LambdaConfig: lambdas }) =>
      (lambdas?.CustomEmailSender ?? lambdas?.CustomSMSSender) !== undefined && !lambdas?.KMSKeyID,
  },
  {
    text: "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    isBroken: ({ LambdaConfig: lambdas }) => {
      const { PreTokenGeneration: legacy, PreTokenGenerationConfig: current } = lambdas ?? {};
      return legacy !== undefined && current !== undefined && legacy !== current.LambdaArn;
    },
  },
  {
    text: "Cross-region lambda functions are not supported",
    isBroken: ({ LambdaConfig }, { region }) =>
      Object.values(LambdaConfig ?? {}).some((value) => {
        const arn = lambdaArn(value);
        return arn?.startsWith("arn:") && arn.split(":")[3] !== region;
      }),
  },
  {
    code: "FeatureUnavailableInTierException",
    text: `${NEEDS_TIER} Passwordless Sign-In`,
    isBroken: (settings) =>
      settings.UserPoolTier === "LITE" &&
      firstFactors(settings).some((name) => name !== "PASSWORD"),
  },
  {
    code: "FeatureUnavailableInTierException",
    text: `${NEEDS_TIER} Token Customization with Pre-Token Generation Lambda V2_0`,
    isBroken: ({ UserPoolTier, LambdaConfig }) =>
      UserPoolTier === "LITE" && LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion === "V2_0",
  },
];

/** @throws AwsError InvalidParameterException or FeatureUnavailableInTierException */
export function checkPool(settings: PoolSettings, place: Place): void {
  const broken = RULES.find(({ isBroken }) => isBroken(settings, place));
  if (broken !== undefined) {
    throw new AwsError(broken.code ?? "InvalidParameterException", broken.text);
  }
}

function recovery({ AccountRecoverySetting }: PoolSettings) {
  return AccountRecoverySetting?.RecoveryMechanisms ?? [];
}

function firstFactors({ Policies }: PoolSettings): readonly string[] {
  return Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
}

/** A trigger is given by its ARN, or with a version beside it. */
function lambdaArn(value: unknown): string | undefined {
  if (typeof value === "string") return value.includes(":lambda:") ? value : undefined;
  return lambdaArn((value as { LambdaArn?: unknown } | undefined)?.LambdaArn ?? "");
}
