import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Migration, resolveMigration } from "@carryover/core/config/define";
import type { ResolvedMigration } from "@carryover/core/config/schema";
import { EVENT_SOURCE } from "@carryover/events/define";
import { jobs } from "@carryover/functions/jobs";
import { type SubscriberName, subscribers } from "@carryover/functions/subscribers";
import { triggers } from "@carryover/functions/triggers";
import { clientsFor } from "./clients.ts";
import { StageInputError } from "./errors.ts";
import type { Seed } from "./seed.ts";
import { ACCOUNT_ID } from "./service.ts";
import { type Services, startServices } from "./services.ts";
import { wireBus, wireForwarding, wireRule } from "./wiring/bus.ts";
import { type Links, ROOT, regionLinks, wireFunction } from "./wiring/functions.ts";
import { BUS_NAME, camelCase, STAGE } from "./wiring/names.ts";
import { type WiredPool, wireTargetPool } from "./wiring/pools.ts";
import { type WiredQueue, wireQueue } from "./wiring/queues.ts";
import { type WiredSource, wireSources } from "./wiring/sources.ts";
import { wireIdentityTable, wireMfaSessionTable } from "./wiring/tables.ts";

export interface StageOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  /** Where to listen; loopback only unless told otherwise. */
  readonly host?: string;
  /** A file like `carryover.config.ts`, which it stands in for. */
  readonly configFile?: string;
  readonly seed?: Seed;
  /** How soon a failed message is tried again. Default: as deployed, six times the function's timeout. */
  readonly visibilitySeconds?: number;
  /** Gets each line that a function logs. */
  readonly onLog?: (line: string, functionName: string) => void;
}

/** What `--ready` holds: the stage from outside. */
export interface ReadyFile {
  readonly endpoint: string;
  readonly mailbox: string;
  readonly region: string;
  readonly accountId: string;
  readonly busName: string;
  readonly sources: readonly {
    readonly id: string;
    readonly region: string;
    readonly userPoolId: string;
    readonly clientId: string;
  }[];
  readonly targets: readonly (WiredPool & { readonly issuer: string })[];
  readonly tables: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly ready: ReadyFile;
  readonly migration: ResolvedMigration;
  readonly services: Services;
  /** By source id: for tests and the demo, which play the old pools' owner too. */
  readonly sources: ReadonlyMap<string, WiredSource>;
  stop(): Promise<void>;
}

/**
 * Starts AWS's stand-ins on one port and puts Carryover on them, as the stacks would on AWS.
 * @throws ConfigError or StageInputError naming what is not valid; nothing stays running
 */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const configFile = resolve(options.configFile ?? `${ROOT}carryover.config.ts`);
  const migration = resolveMigration(await loadMigration(configFile), STAGE);
  const services = await startServices({
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
    homeRegion: migration.homeRegion,
    ...(options.onLog && { onLog: options.onLog }),
  });
  try {
    const wired = await wire(services, migration, { ...options, configFile });
    return { ...wired, migration, services, stop: services.stop };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

async function loadMigration(configFile: string): Promise<Migration> {
  if (!existsSync(configFile)) throw new StageInputError(`there is no file ${configFile}`);
  let module: { default?: Migration };
  try {
    module = await import(pathToFileURL(configFile).href);
  } catch (error) {
    // What defineMigration found is for people already. All else is a mistake in the file itself.
    if (error instanceof Error && error.name === "ConfigError") throw error;
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new StageInputError(
      `${configFile} cannot be loaded: ${reason}\nIt has to lie inside the project, where @carryover/core is found.`,
      {},
      { cause: error },
    );
  }
  if (module.default?.input !== undefined) return module.default;
  throw new StageInputError(`${configFile}: its default export must be made by defineMigration`);
}

type WireOptions = StageOptions & { readonly configFile: string };

async function wire(services: Services, migration: ResolvedMigration, options: WireOptions) {
  const { homeRegion, regions } = migration;
  const sources = await wireSources(services, migration, options.seed);
  const sourceSecrets = new Map(
    [...sources.values()].flatMap(({ secret }) => (secret ? [[secret.name, secret.value]] : [])),
  );
  const sessionKey = { value: randomBytes(32).toString("base64") };
  const queues: Record<string, string> = {};
  const addQueue = (name: string, wired: { queue: WiredQueue; deadLetter: WiredQueue }) => {
    queues[name] = wired.queue.url;
    queues[`${name}DeadLetter`] = wired.deadLetter.url;
  };

  const homeClients = clientsFor(services.endpoint, homeRegion);
  const identityTable = await wireIdentityTable(homeClients);
  const targets: ReadyFile["targets"][number][] = [];
  const visibility = (timeoutSeconds: number) => options.visibilitySeconds ?? 6 * timeoutSeconds;

  // The hub comes first: the other regions' buses forward to it.
  for (const region of [homeRegion, ...regions.filter((other) => other !== homeRegion)]) {
    const clients = clientsFor(services.endpoint, region);
    const atHome = region === homeRegion;
    await wireBus(clients);
    if (!atHome) await wireForwarding(clients, homeRegion);

    const drain = jobs["drain-fallback"];
    const fallback = await wireQueue(clients, "fallback", {
      visibilitySeconds: visibility(drain.timeoutSeconds),
      maxReceiveCount: drain.maxAttempts,
    });
    addQueue(atHome ? "fallback" : `fallback.${region}`, fallback);
    const links: Links = {
      ...regionLinks(migration, region),
      FallbackQueue: { url: fallback.queue.url },
      MfaSessionTable: await wireMfaSessionTable(clients),
      SessionKey: sessionKey,
      ...(atHome && { IdentityTable: identityTable }),
    };
    const place = {
      host: services.lambda,
      region,
      links,
      sourceSecrets,
      configFile: options.configFile,
    };

    services.lambda.mapQueue({
      queueArn: fallback.queue.arn,
      functionArn: wireFunction(place, "drain-fallback", drain),
      batchSize: drain.batchSize,
      reportBatchItemFailures: true,
    });
    if (atHome) {
      for (const name of Object.keys(subscribers) as SubscriberName[]) {
        const subscriber = subscribers[name];
        const wired = await wireQueue(clients, name, {
          visibilitySeconds: visibility(subscriber.timeoutSeconds),
          maxReceiveCount: subscriber.maxAttempts,
        });
        addQueue(camelCase(name), wired);
        const pattern = {
          source: [EVENT_SOURCE],
          "detail-type": subscriber.on.map((on) => on.name),
        };
        await wireRule(clients, name, pattern, {
          Arn: wired.queue.arn,
          DeadLetterConfig: { Arn: wired.deadLetter.arn },
        });
        services.lambda.mapQueue({
          queueArn: wired.queue.arn,
          functionArn: wireFunction(place, name, subscriber),
          batchSize: 10,
          reportBatchItemFailures: true,
        });
      }
    }

    const pool = await wireTargetPool(clients, region, migration, (trigger) =>
      wireFunction(place, trigger, triggers[trigger]),
    );
    targets.push({ ...pool, issuer: `${services.endpoint}/${pool.userPoolId}` });
  }
  await services.lambda.prepare();

  const ready: ReadyFile = {
    endpoint: services.endpoint,
    mailbox: `${services.endpoint}/_local/mailbox`,
    region: homeRegion,
    accountId: ACCOUNT_ID,
    busName: BUS_NAME,
    sources: [...sources.values()].map(({ id, region, userPoolId, clientId }) => ({
      id,
      region,
      userPoolId,
      clientId,
    })),
    targets,
    tables: { identity: identityTable.name },
    queues,
  };
  return { ready, sources };
}
