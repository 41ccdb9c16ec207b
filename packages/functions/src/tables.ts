import type { ResourceName } from "./resources.ts";

/** A service's own table, in the home region. Its keys are `pk` and `sk`, as ElectroDB fills them. */
export interface ServiceTable {
  /** Secondary indexes of all attributes, each with the keys `<name>pk` and `<name>sk`. */
  readonly indexes: readonly `gsi${number}`[];
  /** The attribute, in epoch seconds, after which DynamoDB deletes an item. */
  readonly ttl?: string;
}

/** One for each service that remembers something: read by the stacks and by the local stage. */
export const tables = {
  /** Which user every (pool, sub) is. */
  IdentityTable: { indexes: [] },
  /** How far each downstream system is with each user, and every pair that was ever announced. */
  DownstreamTable: { indexes: ["gsi1"], ttl: "expiresAtEpochSeconds" },
  /** Whose groups were carried. */
  GroupsTable: { indexes: [] },
  /** Who lives where. No index: a user's entries are one partition. */
  PlacementTable: { indexes: [] },
  /** Who is to get which mail. `gsi1`: what is to be done, by region. */
  OnboardingTable: { indexes: ["gsi1"], ttl: "expiresAtEpochSeconds" },
  /** How far each run of reconcile is, and what it found. */
  ReconcileTable: { indexes: [], ttl: "expiresAtEpochSeconds" },
} as const satisfies { readonly [Name in ResourceName]?: ServiceTable };
