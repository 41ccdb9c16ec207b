import type { CreateUserPoolCommandInput } from "@aws-sdk/client-cognito-identity-provider";
import {
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  CLIENT_AUTH_FLOWS,
  type DeclaredAttribute,
  declaredAttributes,
  MOVE_AUTH_FLOWS,
  verifiedContacts,
  writableAttributes,
} from "@carryover/core/config/pool-settings";
import type { ResolvedMigration, Target } from "@carryover/core/config/schema";
import { deployed } from "@carryover/functions/deployed";
import { type Trigger, triggers } from "@carryover/functions/triggers";
import type { Clients } from "../clients.ts";
import type { Factor } from "../seed.ts";
import { ACCOUNT_ID } from "../service.ts";
import { resourceName } from "./names.ts";
import { wireSocialSignIn } from "./social.ts";

type PoolInput = CreateUserPoolCommandInput;

export interface WiredPool {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
}

/** With the app client by which other regions take users over, where people have home regions. */
export interface WiredTarget {
  readonly pool: WiredPool;
  readonly moveClientId: string | undefined;
}

type ArnOf = (name: string, trigger: Trigger) => string;

/** By what a pool may send texts. */
const TEXTS = {
  SnsCallerArn: `arn:aws:iam::${ACCOUNT_ID}:role/${resourceName("sms")}`,
  ExternalId: resourceName("sms"),
};

/** Cognito mails second factors only in the name of a sender of one's own. */
export function ownSender(region: string): NonNullable<PoolInput["EmailConfiguration"]> {
  return {
    EmailSendingAccount: "DEVELOPER",
    SourceArn: `arn:aws:ses:${region}:${ACCOUNT_ID}:identity/example.com`,
  };
}

/** The new pool of one region, with every trigger attached. */
export async function wireTargetPool(
  { cognito }: Clients,
  region: string,
  { target, placement }: ResolvedMigration,
  lambdaConfig: PoolInput["LambdaConfig"],
): Promise<WiredTarget> {
  const { signIn, passwordPolicy } = target;
  const pool = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: resourceName("users"),
      ...("usernameAttributes" in signIn
        ? { UsernameAttributes: signIn.usernameAttributes }
        : { AliasAttributes: signIn.aliasAttributes }),
      UsernameConfiguration: { CaseSensitive: target.caseSensitive },
      AutoVerifiedAttributes: verifiedContacts(target),
      ...(verifiedContacts(target).includes("phone_number") && { SmsConfiguration: TEXTS }),
      Policies: {
        PasswordPolicy: {
          MinimumLength: passwordPolicy.minLength,
          RequireLowercase: passwordPolicy.requireLowercase,
          RequireUppercase: passwordPolicy.requireUppercase,
          RequireNumbers: passwordPolicy.requireNumbers,
          RequireSymbols: passwordPolicy.requireSymbols,
        },
      },
      Schema: [
        ...target.requiredAttributes.map((Name) => ({ Name, Required: true, Mutable: true })),
        ...declaredAttributes(target).map(schemaAttribute),
      ],
      LambdaConfig: lambdaConfig,
    }),
  );
  const userPoolId = required(pool.UserPool?.Id, "user pool id");
  await wireMfa(cognito, userPoolId, { mfa: target.mfa, factors: ["app"] });
  const social = await wireSocialSignIn(cognito, userPoolId, target, region);
  const client = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: userPoolId,
      ClientName: resourceName("app"),
      ExplicitAuthFlows: [...CLIENT_AUTH_FLOWS],
      WriteAttributes: writableAttributes(target),
      PreventUserExistenceErrors: "ENABLED",
      EnableTokenRevocation: true,
      ...social,
    }),
  );
  return {
    pool: { region, userPoolId, clientId: required(client.UserPoolClient?.ClientId, "client id") },
    moveClientId: placement && (await createMoveClient(cognito, userPoolId, target)),
  };
}

async function createMoveClient(
  cognito: Clients["cognito"],
  userPoolId: string,
  target: Target,
): Promise<string> {
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: userPoolId,
      ClientName: resourceName("moves"),
      ExplicitAuthFlows: [...MOVE_AUTH_FLOWS],
      // Anybody who knows the id can sign up by it, and without a list would write all attributes.
      WriteAttributes: writableAttributes(target),
      PreventUserExistenceErrors: "ENABLED",
      EnableTokenRevocation: true,
    }),
  );
  return required(UserPoolClient?.ClientId, "client id");
}

/** Not at creation: Cognito refuses second factors there without a way to send texts. */
export async function wireMfa(
  cognito: Clients["cognito"],
  userPoolId: string,
  {
    mfa,
    factors,
  }: { readonly mfa: "OFF" | "OPTIONAL" | "ON"; readonly factors: readonly Factor[] },
): Promise<void> {
  if (mfa === "OFF") return;
  await cognito.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: userPoolId,
      MfaConfiguration: mfa,
      ...(factors.includes("app") && { SoftwareTokenMfaConfiguration: { Enabled: true } }),
      ...(factors.includes("mail") && { EmailMfaConfiguration: {} }),
      ...(factors.includes("text") && {
        SmsMfaConfiguration: { SmsConfiguration: TEXTS },
      }),
    }),
  );
}

/** A pool like those that people migrate from. A seed says otherwise where it wants to. */
export function sourcePoolDefaults(
  id: string,
  { target, attributes }: ResolvedMigration,
): PoolInput {
  const renamed = Object.keys(attributes.rename)
    .filter((name) => name.startsWith("custom:"))
    .map((name) => name.slice("custom:".length));
  const names = new Set([...Object.keys(target.customAttributes), ...renamed]);
  return {
    PoolName: id,
    UsernameAttributes: ["email"],
    AutoVerifiedAttributes: ["email"],
    // Cognito refuses an empty list.
    ...(names.size > 0 && {
      Schema: [...names].map((name) =>
        schemaAttribute({ name, type: "String", mutable: true, maxLength: 2048 }),
      ),
    }),
  };
}

/** Password, SRP and refresh flows as apps use them, and the admin flow that the check needs. */
export const SOURCE_CLIENT_AUTH_FLOWS = [
  "ALLOW_ADMIN_USER_PASSWORD_AUTH",
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_REFRESH_TOKEN_AUTH",
] as const;

function schemaAttribute(attribute: DeclaredAttribute) {
  const { name, type, mutable, minLength, maxLength, minValue, maxValue } = attribute;
  return {
    Name: name,
    AttributeDataType: type,
    Mutable: mutable,
    ...(type === "String" && {
      StringAttributeConstraints: {
        ...(minLength !== undefined && { MinLength: String(minLength) }),
        MaxLength: String(maxLength ?? 2048),
      },
    }),
    ...(type === "Number" && {
      NumberAttributeConstraints: {
        ...(minValue !== undefined && { MinValue: String(minValue) }),
        ...(maxValue !== undefined && { MaxValue: String(maxValue) }),
      },
    }),
  };
}

/** Every trigger of the list that the configuration wants, attached. */
export function lambdaConfigOf(migration: ResolvedMigration, arnOf: ArnOf) {
  const entries = deployed<string, Trigger>(triggers, migration).map(([name, trigger]) => {
    const arn = arnOf(name, trigger);
    return trigger.lambdaVersion
      ? [trigger.lambdaConfig, { LambdaArn: arn, LambdaVersion: trigger.lambdaVersion }]
      : [trigger.lambdaConfig, arn];
  });
  return Object.fromEntries(entries) as NonNullable<PoolInput["LambdaConfig"]>;
}

function required(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`Cognito did not say the ${what}`);
  return value;
}
