import type { ResourceName } from "./resources.ts";

/** A Cognito trigger as data: the stacks and the local stage attach exactly this to each new pool. */
export interface Trigger {
  /** The key in the user pool's `LambdaConfig`. */
  readonly lambdaConfig:
    | "UserMigration"
    | "PreSignUp"
    | "PreAuthentication"
    | "PostConfirmation"
    | "PostAuthentication"
    | "PreTokenGenerationConfig";
  /** The event's version, for triggers that have several. */
  readonly lambdaVersion?: "V2_0";
  readonly handler: `packages/functions/src/triggers/${string}.handler`;
  /** Deployed where the configuration has this section, and only there. */
  readonly onlyWith?: "placement" | undefined;
  /** Deployed where the configuration lacks this section, and only there. */
  readonly onlyWithout?: "placement" | undefined;
  readonly needs: readonly ResourceName[];
  /** The services' tables of `needs` are only read, one item or one user's items at a time. */
  readonly readsOnly?: true;
  /** The secrets of the sources' app clients are linked as well. */
  readonly needsSourceSecrets: boolean;
  /** `cognito-idp` actions on the source pools. */
  readonly onSources: readonly string[];
  /** `cognito-idp` actions on the pool that it is attached to. */
  readonly onTarget: readonly string[];
  /** `cognito-idp` actions on the new pools of the other regions. */
  readonly onOtherTargets?: readonly string[];
  /** What Cognito gives a synchronous trigger: five seconds, not configurable (Cognito guide, "Lambda triggers"). */
  readonly timeoutSeconds: 5;
}

// By themselves: their handlers read their own entry, and a bundle would get the whole list with it.

export const userMigration = {
  lambdaConfig: "UserMigration",
  handler: "packages/functions/src/triggers/user-migration.handler",
  needs: ["Migration", "Bus", "FallbackQueue", "MfaSessionTable", "SessionKey"],
  needsSourceSecrets: true,
  onSources: ["AdminInitiateAuth", "AdminRespondToAuthChallenge", "AdminGetUser"],
  onTarget: ["AdminGetUser"],
  timeoutSeconds: 5,
  onlyWithout: "placement",
} as const satisfies Trigger;

/** The same where people have home regions: it also takes users over from the other regions' pools. */
export const userMigrationPlaced = {
  ...userMigration,
  onlyWithout: undefined,
  onlyWith: "placement",
  handler: "packages/functions/src/triggers/user-migration-placed.handler",
  needs: [...userMigration.needs, "PlacementTable", "PlacementKey"],
  onOtherTargets: ["AdminInitiateAuth", "AdminRespondToAuthChallenge", "AdminGetUser"],
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
  "user-migration-placed": userMigrationPlaced,
  /** Tells a user who signs in where they do not live where to go. */
  "pre-authentication": {
    lambdaConfig: "PreAuthentication",
    onlyWith: "placement",
    handler: "packages/functions/src/triggers/pre-authentication.handler",
    needs: ["Migration", "PlacementTable", "PlacementKey"],
    readsOnly: true,
    needsSourceSecrets: false,
    onSources: [],
    onTarget: [],
    timeoutSeconds: 5,
  },
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
