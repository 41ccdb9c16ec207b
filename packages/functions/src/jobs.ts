import type { Section } from "./deployed.ts";
import type { ResourceName } from "./resources.ts";

/** A function on a queue that no event rule feeds, as data: the stacks and the local stage attach exactly this. */
export interface Job {
  /** The queue that it empties, as it is linked to those who send to it. All but the fallback queue are made for the job. */
  readonly queue: ResourceName;
  /** In each region beside the triggers, or once beside the services. */
  readonly where: "every-region" | "home";
  /** Deployed where the configuration has this section, and only there. */
  readonly onlyWith?: Section;
  /** Sends `{}` to the queue at this rate (EventBridge guide, "Rate expressions"). */
  readonly schedule?: `rate(${string})`;
  readonly handler: `packages/functions/src/jobs/${string}.handler`;
  readonly needs: readonly ResourceName[];
  readonly needsSourceSecrets: boolean;
  /** `cognito-idp` actions on the source pools. */
  readonly onSources: readonly string[];
  /** `cognito-idp` actions on the new pools; of one in every region, on its own region's. */
  readonly onTargets: readonly string[];
  /** By SES, as the configuration's sender, in every region. */
  readonly sendsMail?: boolean;
  /** `cognito-idp` actions on the other regions' new pools, for one in every region. */
  readonly onOtherTargets?: readonly string[];
  /** The queue hides a message for six times as long. */
  readonly timeoutSeconds: number;
  /** Messages that one run gets. */
  readonly batchSize: number;
  /** Receives before a message goes to the queue's dead-letter queue. */
  readonly maxAttempts: number;
  /** Runs at the same time at most, 2 to 1000. */
  readonly maxConcurrency?: number;
  /** Tables among `needs` that it walks from end to end, which takes a right that nobody else has. */
  readonly scans?: readonly ResourceName[];
}

export const jobs = {
  /** Feeds events that the bus would not take back to it, in every region. */
  "drain-fallback": {
    queue: "FallbackQueue",
    where: "every-region",
    handler: "packages/functions/src/jobs/drain-fallback.handler",
    needs: ["Migration", "Bus"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: [],
    timeoutSeconds: 30,
    batchSize: 10,
    /** The most that SQS allows (`maxReceiveCount`): about two days of a bus that is down. */
    maxAttempts: 1000,
  },
  /** Starts what is due in the downstream systems, and carries out what an operator orders. */
  "downstream-control": {
    queue: "DownstreamControlQueue",
    where: "home",
    schedule: "rate(1 minute)",
    handler: "packages/functions/src/jobs/downstream-control.handler",
    needs: [
      "Migration",
      "Bus",
      "FallbackQueue",
      "DownstreamTable",
      "DownstreamQueues",
      "DownstreamControlQueue",
    ],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: [],
    timeoutSeconds: 60,
    batchSize: 1,
    maxAttempts: 5,
  },
  /** Sends the onboarding mails that are due, paced to the mail service's quota. */
  "send-onboarding-mail": {
    queue: "OnboardingMailQueue",
    where: "home",
    onlyWith: "onboarding",
    /** It is woken when something is due; this finds what had to wait. */
    schedule: "rate(1 minute)",
    handler: "packages/functions/src/jobs/send-onboarding-mail.handler",
    needs: [
      "Migration",
      "Bus",
      "FallbackQueue",
      "OnboardingTable",
      "Onboarding",
      "OnboardingMailQueue",
    ],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: ["AdminGetUser", "ListUsers"],
    sendsMail: true,
    timeoutSeconds: 60,
    batchSize: 10,
    maxAttempts: 5,
    // They share one pace and begin at the same end: more of them render the same mails for nothing.
    maxConcurrency: 2,
  },
  /** Says on the bus what the mail service of a region reported: in that region, so that no address leaves it. */
  "mail-feedback": {
    queue: "MailFeedbackQueue",
    where: "every-region",
    onlyWith: "onboarding",
    handler: "packages/functions/src/jobs/mail-feedback.handler",
    needs: ["Migration", "Bus", "FallbackQueue"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: [],
    timeoutSeconds: 10,
    batchSize: 10,
    maxAttempts: 5,
  },
  /** Looks once a day whether the services still say what the pools say, and mends it when an operator asks for it. */
  reconcile: {
    queue: "ReconcileQueue",
    where: "home",
    schedule: "rate(1 day)",
    handler: "packages/functions/src/jobs/reconcile.handler",
    needs: [
      "Migration",
      "UserPools",
      "Bus",
      "FallbackQueue",
      "GroupRules",
      "IdentityTable",
      "GroupsTable",
      "DownstreamTable",
      "OnboardingTable",
      "Onboarding",
      "ReconcileTable",
      "ReconcileQueue",
      "RegionalBuses",
      "PlacementTable",
      "PlacementKey",
    ],
    needsSourceSecrets: false,
    onSources: ["AdminGetUser"],
    onTargets: ["ListUsers", "AdminGetUser", "DescribeUserPool"],
    scans: ["IdentityTable", "PlacementTable"],
    timeoutSeconds: 180,
    batchSize: 1,
    maxAttempts: 5,
    maxConcurrency: 2,
  },
  /** Goes on with cohorts of users that are to be placed or moved, where their attributes are. */
  "advance-cohorts": {
    queue: "CohortQueue",
    where: "every-region",
    onlyWith: "placement",
    schedule: "rate(1 minute)",
    handler: "packages/functions/src/jobs/advance-cohorts.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "PlacementTable", "PlacementKey"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: ["ListUsers"],
    onOtherTargets: ["AdminUserGlobalSignOut"],
    timeoutSeconds: 60,
    batchSize: 1,
    maxConcurrency: 2,
    maxAttempts: 5,
  },
  /** Deletes what users who moved left behind, once the grace period is over. */
  "delete-old-copies": {
    queue: "OldCopyQueue",
    where: "every-region",
    onlyWith: "placement",
    /** What a run has no time for is done by the next. */
    schedule: "rate(1 minute)",
    handler: "packages/functions/src/jobs/delete-old-copies.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "PlacementTable", "PlacementKey"],
    needsSourceSecrets: false,
    onSources: [],
    onTargets: ["AdminDeleteUser", "ListUsers"],
    onOtherTargets: ["ListUsers"],
    timeoutSeconds: 60,
    batchSize: 1,
    maxConcurrency: 2,
    maxAttempts: 5,
  },
} as const satisfies Record<string, Job>;
