import { constants } from "node:fs";
import { access, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { StageInputError } from "@carryover/local/errors";
import { isOpenToOthers } from "@carryover/local/hosts";
import type { Reloaded } from "@carryover/local/lambda/host";
import type { Datum } from "@carryover/local/metrics";
import { readSeed } from "@carryover/local/seed";
import { type ReadyFile, startStage } from "@carryover/local/stage";
import Table from "cli-table3";
import pc from "picocolors";

/** On one line of the console. */
const MOST_METRICS = 5;

export interface DevOptions {
  readonly port: number;
  readonly host?: string;
  readonly config: string;
  readonly seed?: string;
  readonly data?: string;
  readonly ready?: string;
  readonly once?: boolean;
}

/** Keeps a local stage up until it is told to stop. */
export async function dev(options: DevOptions): Promise<void> {
  if (options.ready !== undefined) await prepareReady(options.ready);
  const seed = options.seed === undefined ? undefined : await readSeed(options.seed);
  if (options.host !== undefined && isOpenToOthers(options.host)) {
    console.error(pc.red(openWarning(options.host)));
  }
  const stopped = new Promise<void>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
  });
  const stage = await startStage({
    port: options.port,
    host: options.host,
    configFile: options.config,
    ...(seed && { seed }),
    ...(options.data !== undefined && { dataDirectory: options.data }),
    onLog: (line, name, measured) => {
      // What such a line says, `onMetrics` says shorter.
      if (!measured) console.log(`${pc.dim(name)} ${line}`);
    },
    onMetrics: (data) => console.log(metricsLine(data)),
    ...(!options.once && { onReload }),
  });
  try {
    if (options.ready !== undefined) await writeReady(options.ready, stage.ready);
    console.log(summary(stage.ready));
    if (!options.once) {
      console.log("Ctrl-C stops it.");
      await stopped;
    }
  } finally {
    await stage.stop();
  }
}

function openWarning(host: string): string {
  return [
    `WARNING: --host ${host} lets everybody in who reaches this computer's network.`,
    "No signature is checked: they can read every user and mail of this stage, and upload and run code here.",
    "Use it only in a network of your own, with made-up users.",
  ].join("\n");
}

/** A metric with several sets of dimensions is shown once, with the first of them. */
function metricsLine(data: readonly Datum[]): string {
  const metrics = new Map<string, Datum>();
  for (const one of data) {
    const name = `${one.namespace} ${one.name}`;
    if (!metrics.has(name)) metrics.set(name, one);
  }
  const shown = [...metrics].slice(0, MOST_METRICS).map(([name, { sum, unit, dimensions }]) => {
    const where = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
    return [name, sum, ...(unit === "None" ? [] : [unit]), ...where].join(" ");
  });
  const more = metrics.size - shown.length;
  return `${pc.dim("metrics")} ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ")}`;
}

function onReload({ functions, problems }: Reloaded): void {
  if (functions.length > 0) console.log(pc.green(`new code: ${functions.join(", ")}`));
  for (const problem of problems) console.log(pc.red(`the old code runs on: ${problem}`));
}

/**
 * Before anything starts, because whoever waits for the file should not wait in vain: it can be written,
 * and the one of an earlier stage is gone.
 */
async function prepareReady(file: string): Promise<void> {
  try {
    await access(dirname(resolve(file)), constants.W_OK);
    await rm(file, { force: true });
  } catch (cause) {
    throw new StageInputError(`--ready ${file}: cannot be written`, {}, { cause });
  }
}

/** All at once: whoever waits for the file must never see half of it. */
async function writeReady(file: string, ready: ReadyFile): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(ready, null, 2)}\n`);
  await rename(draft, file);
}

function summary(ready: ReadyFile): string {
  const table = new Table({
    head: ["pool", "region", "user pool id", "client id"],
    style: { head: [], border: [], compact: true },
  });
  for (const source of ready.sources) {
    table.push([`from: ${source.id}`, source.region, source.userPoolId, source.clientId]);
  }
  for (const target of ready.targets) {
    table.push(["to", target.region, target.userPoolId, target.clientId]);
  }
  return `
${pc.bold("Carryover is up.")} Every AWS API: ${pc.cyan(ready.endpoint)}
${table.toString()}
mails and texts  ${ready.mailbox}
bus              ${ready.busName}${ready.api === undefined ? "" : `\nHTTP API         ${ready.api}`}

Point any AWS SDK at it, with any access key:
  export AWS_ENDPOINT_URL=${ready.endpoint} AWS_REGION=${ready.region} AWS_DEFAULT_REGION=${ready.region} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x`;
}
