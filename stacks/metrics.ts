import type { MigrationMetric } from "@carryover/core/migration/metric";

/** Where the functions count, as runtime/telemetry.ts of the functions has it. */
const NAMESPACE = "Carryover";
const SERVICE = "carryover";

/** What functions count beside what the migration does: runtime/ of the functions, events/publish.ts and placement/delete-copies.ts. */
type OtherMetric =
  | "EventLost"
  | "EventNotHandled"
  | "EventToFallback"
  | "OldCopyKept"
  | "OldCopyNotDeleted"
  | "TriggerFailed";

/** A metric of this stage's functions, with every dimension that it is counted under: CloudWatch adds up none. */
export function counted(
  metricName: MigrationMetric | OtherMetric,
  dimensions: Readonly<Record<string, string>> = {},
) {
  return {
    namespace: NAMESPACE,
    metricName,
    dimensions: { ...dimensions, service: SERVICE, stage: $app.stage },
  };
}
