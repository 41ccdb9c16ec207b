import type { EventSystem } from "../config/downstream-schema.ts";
import type { System } from "./system.ts";

/** A system that follows the events itself: what is left is to wait for its word. */
export function eventSystem({ acknowledgeWithinHours }: EventSystem): System {
  return {
    apply: async (_change, { dryRun }) =>
      dryRun
        ? { outcome: "done", changed: 1 }
        : { outcome: "waiting", withinSeconds: acknowledgeWithinHours * 3600 },
    verify: async () => ({ outcome: "unknown" }),
  };
}
