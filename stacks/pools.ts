import { STANDARD_ATTRIBUTES, VERIFIED_FLAGS } from "@carryover/core/config/attributes";
import {
  CLIENT_AUTH_FLOWS,
  type DeclaredAttribute,
  declaredAttributes,
  MOVE_AUTH_FLOWS,
  verifiedContacts,
  writableAttributes,
} from "@carryover/core/config/pool-settings";
import type { Target } from "@carryover/core/config/schema";
import type { Place } from "./places.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { createSocialSignIn } from "./social.ts";
import { createTextSender } from "./texts.ts";
import type { DeployedTrigger } from "./triggers.ts";

export interface Pool {
  readonly id: $util.Output<string>;
  readonly arn: $util.Output<string>;
  /** Absent for an adopted pool: its app clients are the team's own. */
  readonly clientId?: $util.Output<string>;
  /** By which other regions take users over, where people have home regions. */
  readonly moveClientId?: $util.Output<string>;
}

/**
 * The new pool of a region. Not `sst.aws.CognitoUserPool`: that one fixes case, recovery and attributes,
 * which can never be changed after creation, and lets any pool of any account call the triggers.
 */
export function createPool(
  settings: Settings,
  secrets: Secrets,
  place: Place,
  triggers: readonly DeployedTrigger[],
): Pool {
  const { isProduction, migration } = settings;
  const { target, placement } = migration;
  const smsConfiguration = createTextSender(target, place);
  const pool = new aws.cognito.UserPool(
    `Pool${place.suffix}`,
    {
      name: `${$app.name}-${$app.stage}`,
      // Tokens that a trigger may change need the tier (Cognito guide, "Pre token generation").
      userPoolTier: "ESSENTIALS",
      deletionProtection: isProduction ? "ACTIVE" : "INACTIVE",
      ...signInOf(target),
      autoVerifiedAttributes: verifiedContacts(target),
      usernameConfiguration: { caseSensitive: target.caseSensitive },
      schemas: schemasOf(target),
      passwordPolicy: {
        minimumLength: target.passwordPolicy.minLength,
        requireLowercase: target.passwordPolicy.requireLowercase,
        requireUppercase: target.passwordPolicy.requireUppercase,
        requireNumbers: target.passwordPolicy.requireNumbers,
        requireSymbols: target.passwordPolicy.requireSymbols,
        temporaryPasswordValidityDays: 7,
      },
      mfaConfiguration: target.mfa,
      ...(target.mfa !== "OFF" && { softwareTokenMfaConfiguration: { enabled: true } }),
      accountRecoverySetting: { recoveryMechanisms: recoveryOf(target) },
      // A changed address counts once it is proven; until then the old one stays good.
      userAttributeUpdateSettings: {
        attributesRequireVerificationBeforeUpdates: verifiedContacts(target),
      },
      adminCreateUserConfig: { allowAdminCreateUserOnly: false },
      emailConfiguration: senderOf(target, place),
      ...(smsConfiguration && { smsConfiguration }),
      lambdaConfig: lambdaConfigOf(triggers),
    },
    {
      provider: place.provider,
      protect: isProduction,
      retainOnDelete: isProduction,
    },
  );
  const social = createSocialSignIn(target, pool, secrets, place);
  const { id: clientId } = createClient(target, pool, social, place);
  return {
    id: pool.id,
    arn: pool.arn,
    clientId,
    ...(placement && { moveClientId: createMoveClient(target, pool, place).id }),
  };
}

function signInOf({ signIn }: Target) {
  return "usernameAttributes" in signIn
    ? { usernameAttributes: [...signIn.usernameAttributes] }
    : { aliasAttributes: [...signIn.aliasAttributes] };
}

/** Somebody who signs in by phone alone has no other way back. */
function recoveryOf(target: Target) {
  const names = verifiedContacts(target).includes("phone_number")
    ? ["verified_email", "verified_phone_number"]
    : ["verified_email"];
  return names.map((name, index) => ({ name, priority: index + 1 }));
}

function senderOf(
  { mail }: Target,
  { accountId, partition, region }: Place,
): aws.types.input.cognito.UserPoolEmailConfiguration {
  if (!mail) return { emailSendingAccount: "COGNITO_DEFAULT" };
  return {
    emailSendingAccount: "DEVELOPER",
    sourceArn: $interpolate`arn:${partition}:ses:${region}:${accountId}:identity/${mail.identity}`,
    fromEmailAddress: mail.from,
    ...(mail.replyTo !== undefined && { replyToEmailAddress: mail.replyTo }),
    ...(mail.configurationSet !== undefined && { configurationSet: mail.configurationSet }),
  };
}

function lambdaConfigOf(
  triggers: readonly DeployedTrigger[],
): aws.types.input.cognito.UserPoolLambdaConfig {
  const config: aws.types.input.cognito.UserPoolLambdaConfig = {};
  for (const { trigger, targetArn } of triggers) {
    switch (trigger.lambdaConfig) {
      case "UserMigration":
        config.userMigration = targetArn;
        break;
      case "PreAuthentication":
        config.preAuthentication = targetArn;
        break;
      case "PreSignUp":
        config.preSignUp = targetArn;
        break;
      case "PostConfirmation":
        config.postConfirmation = targetArn;
        break;
      case "PostAuthentication":
        config.postAuthentication = targetArn;
        break;
      case "PreTokenGenerationConfig":
        config.preTokenGenerationConfig = {
          lambdaArn: targetArn,
          lambdaVersion: trigger.lambdaVersion ?? "V1_0",
        };
        break;
    }
  }
  return config;
}

type Schema = aws.types.input.cognito.UserPoolSchema;

function schemasOf(target: Target): Schema[] {
  return [
    ...target.requiredAttributes.map(standardSchema),
    ...declaredAttributes(target).map(customSchema),
  ];
}

/** Limits as Cognito itself has them for a new pool: others would make it a different attribute. */
function standardSchema(name: string): Schema {
  const common = { name, required: true, mutable: true };
  if (name === "updated_at")
    return {
      ...common,
      attributeDataType: "Number",
      numberAttributeConstraints: { minValue: "0" },
    };
  const [minLength, maxLength] = name === "birthdate" ? ["10", "10"] : ["0", "2048"];
  return {
    ...common,
    attributeDataType: "String",
    stringAttributeConstraints: { minLength, maxLength },
  };
}

/** Constraints are always stated: left out, every later deployment would find a difference. */
function customSchema(attribute: DeclaredAttribute): Schema {
  const { name, type, mutable, minLength = 0, maxLength = 2048, minValue, maxValue } = attribute;
  return {
    name,
    attributeDataType: type,
    mutable,
    required: false,
    developerOnlyAttribute: false,
    ...(type === "String" && {
      stringAttributeConstraints: { minLength: `${minLength}`, maxLength: `${maxLength}` },
    }),
    ...(type === "Number" && {
      numberAttributeConstraints: {
        ...(minValue !== undefined && { minValue: `${minValue}` }),
        ...(maxValue !== undefined && { maxValue: `${maxValue}` }),
      },
    }),
  };
}

function createClient(
  target: Target,
  pool: aws.cognito.UserPool,
  { providers, oauth }: ReturnType<typeof createSocialSignIn>,
  { suffix, provider }: Place,
): aws.cognito.UserPoolClient {
  const custom = declaredAttributes(target).map(({ name }) => `custom:${name}`);
  return new aws.cognito.UserPoolClient(
    `Client${suffix}`,
    {
      name: `${$app.name}-${$app.stage}`,
      userPoolId: pool.id,
      generateSecret: false,
      // The migration trigger gets a password from the first of these only (Cognito guide, "Migrate user").
      explicitAuthFlows: [...CLIENT_AUTH_FLOWS],
      preventUserExistenceErrors: "ENABLED",
      enableTokenRevocation: true,
      // Without Carryover's own three: a user who could write them could become another user.
      writeAttributes: writableAttributes(target),
      readAttributes: [...STANDARD_ATTRIBUTES, ...Object.values(VERIFIED_FLAGS), ...custom],
      supportedIdentityProviders: ["COGNITO", ...providers.map(({ providerName }) => providerName)],
      ...oauth,
    },
    { provider },
  );
}

function createMoveClient(
  target: Target,
  pool: aws.cognito.UserPool,
  { suffix, provider }: Place,
): aws.cognito.UserPoolClient {
  return new aws.cognito.UserPoolClient(
    `MoveClient${suffix}`,
    {
      name: `${$app.name}-${$app.stage}-moves`,
      userPoolId: pool.id,
      generateSecret: false,
      explicitAuthFlows: [...MOVE_AUTH_FLOWS],
      preventUserExistenceErrors: "ENABLED",
      enableTokenRevocation: true,
      // Anybody who knows the id can sign up by it, and without a list would write all attributes.
      writeAttributes: writableAttributes(target),
    },
    { provider },
  );
}
