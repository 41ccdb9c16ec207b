import type {
  LambdaConfigType,
  UpdateUserPoolCommandInput,
  UserPoolType,
} from "@aws-sdk/client-cognito-identity-provider";

/** What UpdateUserPool sets and DescribeUserPool tells under the same name. */
type Setting = keyof UpdateUserPoolCommandInput & keyof UserPoolType;

/**
 * UpdateUserPool resets every setting that it is not given (Cognito guide, "Updating user pools"), so all
 * of them are handed back. A setting that a newer SDK knows and this list lacks fails the type check.
 */
const SETTINGS: Readonly<Record<Setting, true>> = {
  AccountRecoverySetting: true,
  AcrConfiguration: true,
  AdminCreateUserConfig: true,
  AutoVerifiedAttributes: true,
  DcrConfiguration: true,
  DeletionProtection: true,
  DeviceConfiguration: true,
  EmailConfiguration: true,
  EmailVerificationMessage: true,
  EmailVerificationSubject: true,
  IssuerConfiguration: true,
  KeyConfiguration: true,
  LambdaConfig: true,
  MfaConfiguration: true,
  Policies: true,
  SmsAuthenticationMessage: true,
  SmsConfiguration: true,
  SmsVerificationMessage: true,
  UserAttributeUpdateSettings: true,
  UserPoolAddOns: true,
  UserPoolTags: true,
  UserPoolTier: true,
  VerificationMessageTemplate: true,
};

/** The update that changes a pool's triggers and nothing else. */
export function updateOf(
  pool: UserPoolType,
  lambdaConfig: LambdaConfigType,
): UpdateUserPoolCommandInput {
  const kept = Object.fromEntries(
    Object.keys(SETTINGS).flatMap((setting) => {
      const value = pool[setting as Setting];
      return value === undefined ? [] : [[setting, value]];
    }),
  );
  return {
    ...kept,
    UserPoolId: pool.Id,
    ...(pool.Name !== undefined && { PoolName: pool.Name }),
    ...withoutOldValidity(pool),
    LambdaConfig: lambdaConfig,
  };
}

/** Cognito tells the validity of temporary passwords twice and refuses to be told both. */
function withoutOldValidity({ AdminCreateUserConfig, Policies }: UserPoolType) {
  if (Policies?.PasswordPolicy?.TemporaryPasswordValidityDays === undefined) return {};
  const { UnusedAccountValidityDays: _, ...rest } = AdminCreateUserConfig ?? {};
  return AdminCreateUserConfig && { AdminCreateUserConfig: rest };
}

/** A pool has a trigger of its own where Carryover needs one. */
export class TriggerTakenError extends Error {
  override readonly name = "TriggerTakenError";
}

/** The users of an app client could make themselves somebody else. */
export class OwnAttributesWritableError extends Error {
  override readonly name = "OwnAttributesWritableError";

  constructor(clients: readonly string[], attributes: readonly string[]) {
    super(
      `app clients of the pool may write Carryover's attributes: give ${clients.join(", ")} write attributes without ${attributes.join(", ")}`,
    );
  }
}

/**
 * The pool's triggers with Carryover's in their places.
 * @throws TriggerTakenError rather than replace one that is not Carryover's
 */
export function attached(
  present: LambdaConfigType,
  ours: LambdaConfigType,
  before: LambdaConfigType = {},
): LambdaConfigType {
  const taken = keysOf(ours).filter((key) => {
    const known = [functionOf(ours[key]), functionOf(before[key])];
    return functionsAt(key, present).some((there) => !known.includes(there));
  });
  if (taken.length > 0) {
    throw new TriggerTakenError(
      `the pool has its own ${taken.join(", ")}: call Carryover's from it, or take it off the pool`,
    );
  }
  const { PreTokenGeneration: _, ...rest } = present;
  return { ...(ours.PreTokenGenerationConfig ? rest : present), ...ours };
}

/** What is attached where a trigger would be. The token trigger has two places, which must be the same. */
function functionsAt(key: keyof LambdaConfigType, config: LambdaConfigType): string[] {
  const places =
    key === "PreTokenGenerationConfig" ? ([key, "PreTokenGeneration"] as const) : [key];
  return places.flatMap((place) => functionOf(config[place]) ?? []);
}

/** The pool's triggers without Carryover's. What somebody put in their places stays. */
export function detached(present: LambdaConfigType, ours: LambdaConfigType): LambdaConfigType {
  return Object.fromEntries(
    keysOf(present).flatMap((key) => {
      const mirror = key === "PreTokenGeneration" ? "PreTokenGenerationConfig" : key;
      return functionOf(present[key]) === functionOf(ours[mirror]) ? [] : [[key, present[key]]];
    }),
  );
}

function keysOf(config: LambdaConfigType): (keyof LambdaConfigType)[] {
  return Object.keys(config) as (keyof LambdaConfigType)[];
}

/** The function's ARN without the version: the version changes with each deployment. */
function functionOf(entry: LambdaConfigType[keyof LambdaConfigType]): string | undefined {
  const arn = typeof entry === "string" ? entry : entry?.LambdaArn;
  return arn?.split(":").slice(0, 7).join(":");
}
