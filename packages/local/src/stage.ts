import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Migration } from "@carryover/core/config/define";
import { resolveMigration } from "@carryover/core/config/resolve";
import type { ResolvedMigration } from "@carryover/core/config/schema";
import { jobs } from "@carryover/functions/jobs";
import { subscribers } from "@carryover/functions/subscribers";
import { tables as serviceTables } from "@carryover/functions/tables";
import { triggers } from "@carryover/functions/triggers";
import { clientsFor } from "./clients.ts";
import { type Kept, keptIn, openData, startedWell } from "./data/kept.ts";
import { dataFolder } from "./data/store.ts";
import { StageInputError } from "./errors.ts";
import type { Reloaded } from "./lambda/host.ts";
import { watchHandlers } from "./lambda/watch.ts";
import type { Seed } from "./seed.ts";
import { ACCOUNT_ID } from "./service.ts";
import { type Services, type ServicesOptions, startServices } from "./services.ts";
import { wireApis } from "./wiring/apis.ts";
import { ROOT } from "./wiring/functions.ts";
import { BUS_NAME, camelCase, kebabCase, STAGE } from "./wiring/names.ts";
import type { WiredPool } from "./wiring/pools.ts";
import { wireRecorder } from "./wiring/recorder.ts";
import { type App, wireRegion } from "./wiring/region.ts";
import { wireRegionalServices } from "./wiring/regional-services.ts";
import { wireServices } from "./wiring/services.ts";
import { type WiredSource, wireSources } from "./wiring/sources.ts";
import { wireServiceTables } from "./wiring/tables.ts";

export interface StageOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  /** The address to listen on. Default: the loopback, which only this computer reaches. */
  readonly host?: string | undefined;
  /** A file like `carryover.config.ts`, which it stands in for. */
  readonly configFile?: string;
  readonly seed?: Seed;
  /** Where everything is kept that is to outlive the process. Without it nothing does. */
  readonly dataDirectory?: string;
  /** How soon a failed message is tried again. Default: as deployed, six times the function's timeout. */
  readonly visibilitySeconds?: number;
  readonly onLog?: ServicesOptions["onLog"];
  readonly onMetrics?: ServicesOptions["onMetrics"];
  /** Handlers get their new code when their files change, and this is told of it. */
  readonly onReload?: (reloaded: Reloaded) => void;
}

/** What `--ready` holds: the stage from outside. */
export interface ReadyFile {
  readonly endpoint: string;
  /** The HTTP API, where there is one. */
  readonly api?: string;
  readonly mailbox: string;
  readonly region: string;
  readonly accountId: string;
  readonly busName: string;
  readonly sources: readonly {
    readonly id: string;
    readonly region: string;
    readonly userPoolId: string;
    readonly clientId: string;
    /** The pool's account; as an access key it stands for the pool's owner. */
    readonly account: string;
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
  const migration = resolveMigration(await loadMigration(configFile), STAGE, options.configFile);
  const { dataDirectory } = options;
  const lists = { triggers, subscribers, jobs, tables: serviceTables };
  const setUp = { migration, lists, wait: options.visibilitySeconds };
  const store = dataDirectory === undefined ? undefined : await openData(dataDirectory, setUp);
  const services = await startServices({
    port: options.port ?? 0,
    host: options.host,
    homeRegion: migration.homeRegion,
    ...(store &&
      dataDirectory !== undefined && {
        data: { store, tables: (region) => dataFolder(dataDirectory, "tables", region) },
      }),
    ...(options.onLog && { onLog: options.onLog }),
    onMetrics: options.onMetrics,
  });
  try {
    const { api, ...wired } = await wire(services, migration, {
      ...options,
      configFile,
      kept: keptIn(store),
    });
    // For who wants to see what was on the bus, after any run: the demo, a test, a stage by hand.
    const eventsFile = process.env["CARRYOVER_EVENTS_FILE"];
    const home = clientsFor(services.endpoint, migration.homeRegion);
    const writeEvents = eventsFile ? await wireRecorder(home, eventsFile) : undefined;
    if (store) await startedWell(store, setUp);
    await services.resume();
    const unwatch = options.onReload && (await watchHandlers(services.lambda, options.onReload));
    return {
      ...wired,
      migration,
      services,
      stop: async () => {
        await unwatch?.();
        await writeEvents?.();
        await api?.stop();
        await services.stop();
      },
    };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

/** What a configuration file states. @throws StageInputError when it cannot be loaded, ConfigError when it is not valid */
export async function loadMigration(configFile: string): Promise<Migration> {
  if (!existsSync(configFile)) throw new StageInputError(`there is no file ${configFile}`);
  let module: { default?: Migration };
  try {
    module = await import(pathToFileURL(configFile).href);
  } catch (error) {
    // What defineMigration found is for people already. All else is a mistake in the file itself.
    if (error instanceof Error && error.name === "ConfigError") throw error;
    const reason = error instanceof Error ? error.message.trim() : String(error);
    const isOutside = relative(ROOT, configFile).startsWith("..");
    const advice = isOutside
      ? "\nIt has to lie inside the project, where @carryover/core is found."
      : "";
    throw new StageInputError(
      `${configFile} cannot be loaded: ${reason}${advice}`,
      {},
      { cause: error },
    );
  }
  if (module.default?.input !== undefined) return module.default;
  throw new StageInputError(`${configFile}: its default export must be made by defineMigration`);
}

type WireOptions = StageOptions & { readonly configFile: string; readonly kept: Kept };

async function wire(services: Services, migration: ResolvedMigration, options: WireOptions) {
  const { homeRegion } = migration;
  const { kept } = options;
  const sources = await wireSources(services, migration, kept, options.seed);
  const secrets = [...sources.values()].flatMap(({ secret }) => secret ?? []);
  const tables = await wireServiceTables(clientsFor(services.endpoint, homeRegion));
  const app: App = {
    services,
    migration,
    configFile: options.configFile,
    sourceSecrets: new Map(secrets.map(({ name, value }) => [name, value])),
    secrets: new Map(Object.entries(options.seed?.secrets ?? {})),
    kept,
    sessionKey: await kept.once("session-key", randomKey),
    shared: {
      PlacementTable: tables.PlacementTable,
      PlacementKey: { value: await kept.once("placement-key", randomKey) },
    },
    visibilitySeconds: (timeoutSeconds) => options.visibilitySeconds ?? 6 * timeoutSeconds,
  };
  // The hub comes first: the other regions' buses forward to it.
  const home = await wireRegion(app, homeRegion);
  const regions = [home];
  for (const region of migration.regions) {
    if (region !== homeRegion) regions.push(await wireRegion(app, region));
  }
  const { queues } = await wireServices(app, home, regions, tables);
  const regional = await Promise.all(regions.map((region) => wireRegionalServices(app, region)));
  // The port next to AWS's.
  const api = await wireApis(app, home, tables, options.port ? options.port + 1 : 0);
  try {
    await services.lambda.prepare();
  } catch (error) {
    await api?.stop();
    throw error;
  }

  const ready: ReadyFile = {
    endpoint: services.endpoint,
    ...(api && { api: api.endpoint }),
    mailbox: `${services.endpoint}/_local/mailbox`,
    region: homeRegion,
    accountId: ACCOUNT_ID,
    busName: BUS_NAME,
    sources: [...sources.values()].map(({ secret: _, ...source }) => source),
    targets: regions.map(({ pool }) => ({
      ...pool,
      issuer: `${services.endpoint}/${pool.userPoolId}`,
    })),
    tables: Object.fromEntries(
      Object.entries(tables).map(([link, { name }]) => [tableKey(link), name]),
    ),
    queues: Object.fromEntries(
      [
        ["fallback", home.fallback] as const,
        ...queues,
        ...regional.flatMap((ofRegion) => [...ofRegion]),
      ].flatMap(([name, { queue, deadLetter }]) => [
        [camelCase(name), queue.url],
        [camelCase(`${name}DeadLetter`), deadLetter.url],
      ]),
    ),
  };
  return { ready, sources, api };
}

/** 32 random bytes in base64. */
function randomKey(): string {
  return randomBytes(32).toString("base64");
}

/** `IdentityTable` in the ready file: `identity`. */
function tableKey(link: string): string {
  return camelCase(kebabCase(link.replace(/Table$/, "")));
}
