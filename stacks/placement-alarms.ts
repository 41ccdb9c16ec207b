import { counted } from "./metrics.ts";
import { type AlarmSpec, occurs } from "./source-alarms.ts";

/** What keeps somebody's data where it should be no more. */
export function placementAlarms(): [string, AlarmSpec][] {
  return [
    [
      "OldCopyKept",
      occurs(
        "An old copy is past its grace period, and the new account is not there: see docs/deploy.md",
        counted("OldCopyKept"),
      ),
    ],
    [
      "OldCopyNotDeleted",
      occurs(
        "An old copy could not be deleted: the log says why, it is tried again in an hour",
        counted("OldCopyNotDeleted"),
      ),
    ],
  ];
}
