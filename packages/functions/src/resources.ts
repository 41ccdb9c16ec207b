import { GroupMapping } from "@carryover/core/config/groups-schema";
import { PoolId, Region } from "@carryover/core/kernel/ids";
import * as z from "zod/mini";
import { regionalResources } from "./regional-resources.ts";

const Table = z.object({ name: z.string() });
const Queue = z.object({ url: z.string() });

/**
 * Everything that a function can be linked to, by the name it has in `stacks/`, with the shape that SST
 * gives the link. Secrets of source app clients are linked under the names that the configuration gives them.
 */
export const resources = {
  ...regionalResources,
  /** The new pools, one a region. Of services alone: a trigger is told its pool. */
  UserPools: z.object({ pools: z.array(z.object({ region: Region, userPoolId: PoolId })) }),
  /** The bus of each region, for who has to be heard there. */
  RegionalBuses: z.object({ buses: z.array(z.object({ region: Region, name: z.string() })) }),
  /** Which user every (pool, sub) is. */
  IdentityTable: Table,
  /** How far each downstream system is with each user. */
  DownstreamTable: Table,
  /** The queue of each downstream system, by its name. */
  DownstreamQueues: z.catchall(z.object({}), z.string()),
  /** Orders of operators, and the schedule's. */
  DownstreamControlQueue: Queue,
  /** The downstream system that the function works on. */
  DownstreamSystem: z.object({ name: z.string(), queueUrl: z.string() }),
  /** Whose groups were carried. */
  GroupsTable: Table,
  /** Which groups are carried. */
  GroupRules: GroupMapping,
  /** Who is to get which mail, and what became of it. */
  OnboardingTable: Table,
  /** What the onboarding mails say, and for whom. runtime/onboarding.ts knows its shape: this file is in every service. */
  Onboarding: z.record(z.string(), z.unknown()),
  /** Wakes the sender of onboarding mails. */
  OnboardingMailQueue: Queue,
  /** Reports of the region's mail service, without addresses. */
  MailFeedbackQueue: Queue,
  /** Wakes the jobs of a region that look after cohorts and old copies. */
  CohortQueue: Queue,
  OldCopyQueue: Queue,
  /** How far each run of reconcile is, and what it found. */
  ReconcileTable: Table,
  /** Orders of operators, the schedule's, and what a run sends itself to go on. */
  ReconcileQueue: Queue,
} as const;

export type ResourceName = keyof typeof resources;
export type Linked<Name extends ResourceName> = z.infer<(typeof resources)[Name]>;
