import type { MigrationMetric } from "@carryover/core/migration/metric";

/** Where the functions count: runtime/telemetry.ts of the functions, and what its library adds. */
const NAMESPACE = "Carryover";
const SERVICE = { service: "carryover" };

/** What functions count beside what the migration does: runtime/ of the functions, and events/publish.ts. */
type OtherMetric = "EventLost" | "EventNotHandled" | "EventToFallback" | "TriggerFailed";

/** A metric of the functions, with every dimension that it is counted under: CloudWatch adds up none. */
export function counted(
  metricName: MigrationMetric | OtherMetric,
  dimensions: Readonly<Record<string, string>> = {},
) {
  return { namespace: NAMESPACE, metricName, dimensions: { ...SERVICE, ...dimensions } };
}
