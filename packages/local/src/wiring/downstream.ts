import { randomBytes } from "node:crypto";
import { type DownstreamSystem, secretsOfSystem } from "@carryover/core/config/downstream-schema";
import { type SystemWorker, systemWorkers } from "@carryover/functions/systems";
import type { Clients } from "../clients.ts";
import { type FunctionPlace, wireFunction } from "./functions.ts";
import { type WiredQueue, wireQueue } from "./queues.ts";
import type { App } from "./region.ts";

/** A downstream system with the queue that its work waits in. */
export interface WiredSystem {
  readonly name: string;
  readonly queue: WiredQueue;
  readonly deadLetter: WiredQueue;
}

export async function wireSystemQueues(app: App, clients: Clients): Promise<WiredSystem[]> {
  const wired: WiredSystem[] = [];
  for (const [name, system] of Object.entries(app.migration.downstream)) {
    const { timeoutSeconds, maxAttempts } = workerOf(system);
    const pair = await wireQueue(clients, `downstream-${name}`, {
      visibilitySeconds: app.visibilitySeconds(timeoutSeconds),
      maxReceiveCount: maxAttempts,
    });
    wired.push({ name, ...pair });
  }
  return wired;
}

/** A function for each system, linked to the secrets of this one alone. */
export function wireSystems(app: App, home: FunctionPlace, systems: readonly WiredSystem[]): void {
  for (const { name, queue } of systems) {
    const system = app.migration.downstream[name];
    if (!system) continue;
    const place: FunctionPlace = {
      ...home,
      links: { ...home.links, DownstreamSystem: { name, queueUrl: queue.url } },
      sourceSecrets: new Map(
        secretsOfSystem(system).map((secret) => [secret, app.secrets.get(secret) ?? madeUp()]),
      ),
    };
    app.services.lambda.mappings.wire({
      queueArn: queue.arn,
      functionArn: wireFunction(place, `downstream-${name}`, {
        ...workerOf(system),
        needsSourceSecrets: true,
      }),
      batchSize: 1,
      reportBatchItemFailures: true,
      maximumConcurrency: system.concurrency,
    });
  }
}

function workerOf({ kind }: DownstreamSystem): SystemWorker {
  return systemWorkers[kind];
}

/** As a signing secret looks. A seed gives those that somebody else has to know. */
function madeUp(): string {
  return `whsec_${randomBytes(24).toString("base64")}`;
}
