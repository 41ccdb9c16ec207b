import type { EventDefinition } from "@carryover/events/define";
import { DownstreamAcknowledged } from "@carryover/events/downstream-acknowledged";
import { OnboardingMailSent } from "@carryover/events/onboarding-mail-sent";
import { UserCannotBeReached } from "@carryover/events/user-cannot-be-reached";
import { UserIdMapped } from "@carryover/events/user-id-mapped";
import { UserInvited } from "@carryover/events/user-invited";
import { UserMigrated } from "@carryover/events/user-migrated";
import { UserSignedIn } from "@carryover/events/user-signed-in";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import type { Section } from "./deployed.ts";
import type { ResourceName } from "./resources.ts";

/** A service on the bus as data: one entry, one file of the same name in `subscribers/`, one test. */
export interface Subscriber {
  /** Once behind the hub, or in each region on the region's own events. Home where it is left out. */
  readonly where?: "every-region";
  /** Deployed where the configuration has this section, and only there. */
  readonly onlyWith?: Section;
  /** The events it gets: its rule's pattern is made from them. */
  readonly on: readonly EventDefinition[];
  readonly handler: `packages/functions/src/subscribers/${string}.handler`;
  readonly needs: readonly ResourceName[];
  readonly needsSourceSecrets: boolean;
  /** `cognito-idp` actions on the source pools. */
  readonly onSources: readonly string[];
  /** `cognito-idp` actions on the new pools; of one in every region, on its own region's. */
  readonly onTargets: readonly string[];
  /** `cognito-idp` actions on the new pools of the other regions. */
  readonly onOtherTargets?: readonly string[];
  /** Its queue hides a message for six times as long (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
  readonly timeoutSeconds: number;
  /** Receives before a message goes to the service's own dead-letter queue. */
  readonly maxAttempts: number;
  /** Runs at the same time at most, 2 to 1000 (AWS Lambda guide, "Configuring maximum concurrency"): what a pace is divided by. */
  readonly maxConcurrency?: number;
}

/** THE list of services: read by the stacks and by the local stage. */
export const subscribers = {
  /** Which user every (pool, sub) is. */
  identity: {
    on: [UserMigrated, UserSignedIn, UserSignedUp],
    handler: "packages/functions/src/subscribers/identity.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "IdentityTable"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: [],
    timeoutSeconds: 10,
    maxAttempts: 5,
  },
  /** Finds the other accounts that a person who crossed had in other sources. */
  "merge-sources": {
    on: [UserMigrated, UserSignedIn],
    handler: "packages/functions/src/subscribers/merge-sources.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "IdentityTable"],
    needsSourceSecrets: false,
    onSources: ["AdminGetUser", "ListUsers"],
    onTargets: [],
    timeoutSeconds: 30,
    maxAttempts: 5,
  },
  /** Tells every downstream system who a person is now. */
  downstream: {
    on: [UserIdMapped, DownstreamAcknowledged],
    handler: "packages/functions/src/subscribers/downstream.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "DownstreamTable", "DownstreamQueues"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: [],
    timeoutSeconds: 30,
    maxAttempts: 5,
  },
  /** Gives people the groups that they had. */
  groups: {
    // After a real sign-in, with both sides known: the new account is there, and no password waits for this.
    on: [UserIdMapped],
    handler: "packages/functions/src/subscribers/groups.handler",
    needs: ["Migration", "UserPools", "GroupRules", "GroupsTable"],
    needsSourceSecrets: false,
    onSources: ["AdminGetUser", "ListUsers", "AdminListGroupsForUser"],
    onTargets: [
      "AdminGetUser",
      "ListUsers",
      "AdminListGroupsForUser",
      "GetGroup",
      "CreateGroup",
      "AdminAddUserToGroup",
    ],
    timeoutSeconds: 60,
    maxAttempts: 5,
    maxConcurrency: 2,
  },
  /** Gives each user a home by the policy, in the region where their attributes are. */
  "place-user": {
    where: "every-region",
    onlyWith: "placement",
    on: [UserSignedIn, UserSignedUp],
    handler: "packages/functions/src/subscribers/place-user.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "PlacementTable", "PlacementKey"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: ["AdminGetUser", "ListUsers"],
    onOtherTargets: ["AdminUserGlobalSignOut"],
    timeoutSeconds: 30,
    maxAttempts: 5,
  },
  /** Which mail is due to whom. */
  onboarding: {
    onlyWith: "onboarding",
    on: [UserMigrated, UserSignedIn, UserInvited, UserCannotBeReached, OnboardingMailSent],
    handler: "packages/functions/src/subscribers/onboarding.handler",
    needs: ["Migration", "OnboardingTable", "Onboarding", "OnboardingMailQueue"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: [],
    timeoutSeconds: 10,
    maxAttempts: 5,
  },
} as const satisfies Record<string, Subscriber>;

export type SubscriberName = keyof typeof subscribers;
