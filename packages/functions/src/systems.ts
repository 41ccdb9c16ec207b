import type { SystemKind } from "@carryover/core/config/downstream-schema";
import type { ResourceName } from "./resources.ts";

/**
 * What works on downstream systems of one kind, as data. Each system gets a queue, a dead-letter queue and
 * a function of its own: one that is slow or broken holds up no other, and each may do only what its own takes.
 */
export interface SystemWorker {
  readonly handler: `packages/functions/src/systems/${string}.handler`;
  readonly needs: readonly ResourceName[];
  /** The queue hides a message for six times as long. */
  readonly timeoutSeconds: number;
  /** Receives before a message goes to the dead-letter queue. Tries of the system itself are counted apart. */
  readonly maxAttempts: number;
}

const NEEDS = [
  "Migration",
  "Bus",
  "FallbackQueue",
  "DownstreamTable",
  "DownstreamSystem",
] as const satisfies readonly ResourceName[];

export const systemWorkers: Readonly<Record<SystemKind, SystemWorker>> = {
  webhook: {
    handler: "packages/functions/src/systems/webhook.handler",
    needs: NEEDS,
    timeoutSeconds: 40,
    maxAttempts: 5,
  },
  dynamodb: {
    handler: "packages/functions/src/systems/dynamodb.handler",
    needs: NEEDS,
    timeoutSeconds: 60,
    maxAttempts: 5,
  },
  postgres: {
    handler: "packages/functions/src/systems/postgres.handler",
    needs: NEEDS,
    timeoutSeconds: 60,
    maxAttempts: 5,
  },
  event: {
    handler: "packages/functions/src/systems/event.handler",
    needs: NEEDS,
    timeoutSeconds: 20,
    maxAttempts: 5,
  },
};
