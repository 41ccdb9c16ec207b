import type { ResourceName } from "./resources.ts";

/** A Cognito trigger as data: the stacks and the local stage attach exactly this to each new pool. */
export interface Trigger {
  /** The key in the user pool's `LambdaConfig`. */
  readonly lambdaConfig:
    | "UserMigration"
    | "PreSignUp"
    | "PostConfirmation"
    | "PostAuthentication"
    | "PreTokenGenerationConfig";
  /** The event's version, for triggers that have several. */
  readonly lambdaVersion?: "V2_0";
  readonly handler: `packages/functions/src/triggers/${string}.handler`;
  readonly needs: readonly ResourceName[];
  /** The secrets of the sources' app clients are linked as well. */
  readonly needsSourceSecrets: boolean;
  /** `cognito-idp` actions on the source pools. */
  readonly onSources: readonly string[];
  /** `cognito-idp` actions on the pool that it is attached to. */
  readonly onTarget: readonly string[];
  /** What Cognito gives a synchronous trigger: five seconds, not configurable (Cognito guide, "Lambda triggers"). */
  readonly timeoutSeconds: 5;
}

// Two by themselves: their handlers read their own entry, and a bundle would get the whole list with it.

export const userMigration = {
  lambdaConfig: "UserMigration",
  handler: "packages/functions/src/triggers/user-migration.handler",
  needs: ["Migration", "Bus", "FallbackQueue", "MfaSessionTable", "SessionKey"],
  needsSourceSecrets: true,
  onSources: ["AdminInitiateAuth", "AdminRespondToAuthChallenge", "AdminGetUser"],
  onTarget: ["AdminGetUser"],
  timeoutSeconds: 5,
} as const satisfies Trigger;

export const preSignUp = {
  lambdaConfig: "PreSignUp",
  handler: "packages/functions/src/triggers/pre-sign-up.handler",
  needs: ["Migration"],
  needsSourceSecrets: false,
  onSources: ["AdminGetUser"],
  onTarget: [],
  timeoutSeconds: 5,
} as const satisfies Trigger;

export const triggers = {
  "user-migration": userMigration,
  "pre-sign-up": preSignUp,
  "post-confirmation": {
    lambdaConfig: "PostConfirmation",
    handler: "packages/functions/src/triggers/post-confirmation.handler",
    needs: ["Migration", "Bus", "FallbackQueue"],
    needsSourceSecrets: false,
    onSources: [],
    onTarget: ["AdminGetUser", "AdminUpdateUserAttributes"],
    timeoutSeconds: 5,
  },
  "post-authentication": {
    lambdaConfig: "PostAuthentication",
    handler: "packages/functions/src/triggers/post-authentication.handler",
    needs: ["Migration", "Bus", "FallbackQueue"],
    needsSourceSecrets: false,
    onSources: [],
    onTarget: [],
    timeoutSeconds: 5,
  },
  "pre-token-generation": {
    lambdaConfig: "PreTokenGenerationConfig",
    lambdaVersion: "V2_0",
    handler: "packages/functions/src/triggers/pre-token-generation.handler",
    needs: ["Migration"],
    needsSourceSecrets: false,
    onSources: [],
    onTarget: ["AdminUpdateUserAttributes"],
    timeoutSeconds: 5,
  },
} as const satisfies Record<string, Trigger>;

export type TriggerName = keyof typeof triggers;
