/** Everything that the migration counts: alarms and the runbook name these. */
export type MigrationMetric =
  /** How one attempt ended: `decision`, `reason`. */
  | "MigrationDecision"
  /** The source's client, rights or pool are not as they have to be: `source`. */
  | "SourceMisconfigured"
  /** `source`, `reason`. */
  | "SourceUnavailable"
  /** One attribute that the new pool cannot hold: `attribute`, `reason`. */
  | "AttributesDropped"
  /** Cognito fills in a default of its own: `attribute`. */
  | "RequiredAttributeMissing"
  /** Tokens of a password check that stay valid in the source until they expire: `source`. */
  | "SourceTokensNotRevoked"
  /** A second factor by message has to start again: no dimensions. */
  | "MfaSessionStoreFailed"
  /** `reconcile` makes it good: no dimensions. */
  | "UserMigratedNotPublished";

/** Counts one occurrence. Dimensions are names and reasons, never anything of a person. */
export type Count = (
  metric: MigrationMetric,
  dimensions?: Readonly<Record<string, string>>,
) => void;
