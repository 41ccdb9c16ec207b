import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { ResolvedMigration } from "@carryover/core/config/schema";
import { jobs } from "@carryover/functions/jobs";
import { type Clients, clientsFor } from "../clients.ts";
import type { Kept } from "../data/kept.ts";
import type { Services } from "../services.ts";
import { wireArchive, wireBus, wireForwarding } from "./bus.ts";
import { type FunctionPlace, type Links, regionLinks, wireFunction } from "./functions.ts";
import { lambdaConfigOf, type WiredPool, wireTargetPool } from "./pools.ts";
import { type WiredQueue, wireQueue } from "./queues.ts";
import { wireMfaSessionTable } from "./tables.ts";

/** What all regions have in common. */
export interface App {
  readonly services: Services;
  readonly migration: ResolvedMigration;
  readonly configFile: string;
  /** The app clients' secrets of the sources, by the name of the SST secret. */
  readonly sourceSecrets: ReadonlyMap<string, string>;
  /** Values of other secrets that the configuration names, by the name of the SST secret. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly kept: Kept;
  /** The link of that name, in base64. */
  readonly sessionKey: string;
  /** Links to what is in the home region and used from every region. */
  readonly shared: Links;
  /** How long a queue hides a message that a function with this timeout works on. */
  readonly visibilitySeconds: (timeoutSeconds: number) => number;
}

export interface WiredRegion {
  readonly region: string;
  readonly clients: Clients;
  /** For functions of this region. */
  readonly place: FunctionPlace;
  readonly fallback: { readonly queue: WiredQueue; readonly deadLetter: WiredQueue };
  readonly pool: WiredPool;
}

/** What each region has: its bus, its fallback queue with the drain, and the new pool with its triggers. */
export async function wireRegion(app: App, region: string): Promise<WiredRegion> {
  const { services, migration } = app;
  const clients = clientsFor(services.endpoint, region);
  await wireBus(clients);
  if (region === migration.homeRegion) {
    await wireArchive(clients, region, migration.events.archiveDays);
  } else {
    await wireForwarding(clients, migration.homeRegion);
  }

  const drain = jobs["drain-fallback"];
  const fallback = await wireQueue(clients, "fallback", {
    visibilitySeconds: app.visibilitySeconds(drain.timeoutSeconds),
    maxReceiveCount: drain.maxAttempts,
  });
  const place: FunctionPlace = {
    host: services.lambda,
    region,
    sourceSecrets: app.sourceSecrets,
    configFile: app.configFile,
    links: {
      ...regionLinks(migration, region),
      FallbackQueue: { url: fallback.queue.url },
      MfaSessionTable: await wireMfaSessionTable(clients),
      SessionKey: { value: app.sessionKey },
      ...app.shared,
    },
  };
  services.lambda.mappings.wire({
    queueArn: fallback.queue.arn,
    functionArn: wireFunction(place, "drain-fallback", drain),
    batchSize: drain.batchSize,
    reportBatchItemFailures: true,
  });
  const lambdaConfig = lambdaConfigOf(migration, (name, trigger) =>
    wireFunction(place, name, trigger),
  );
  const { pool, moveClientId } = await app.kept.once(`target/${region}`, () =>
    wireTargetPool(clients, region, migration, lambdaConfig),
  );
  if (moveClientId !== undefined) await tellPool(app, pool, moveClientId);
  return { region, clients, place, fallback, pool };
}

/** The triggers of every region look the pools up: they are there before the pools are. */
async function tellPool(
  { services, migration, shared }: App,
  { region, userPoolId, clientId }: WiredPool,
  moveClientId: string,
): Promise<void> {
  const { dynamodb } = clientsFor(services.endpoint, migration.homeRegion);
  const item = { pk: "pools", sk: region, userPoolId, clientId, moveClientId };
  await dynamodb.send(
    new PutItemCommand({
      TableName: shared.PlacementTable?.name,
      Item: Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }])),
    }),
  );
}
