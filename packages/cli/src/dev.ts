import { writeFile } from "node:fs/promises";
import { StageInputError } from "@carryover/local/errors";
import { readSeed } from "@carryover/local/seed";
import { type ReadyFile, startStage } from "@carryover/local/stage";
import Table from "cli-table3";
import pc from "picocolors";

export interface DevOptions {
  readonly port: number;
  readonly config: string;
  readonly seed?: string;
  readonly ready?: string;
  readonly once?: boolean;
}

/** Keeps a local stage up until it is told to stop. */
export async function dev(options: DevOptions): Promise<void> {
  if (options.ready !== undefined) await writeReady(options.ready, "");
  const seed = options.seed === undefined ? undefined : await readSeed(options.seed);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  const stage = await startStage({
    port: options.port,
    configFile: options.config,
    ...(seed && { seed }),
    onLog: (line, name) => console.log(`${pc.dim(name)} ${line}`),
  });
  try {
    if (options.ready !== undefined) {
      await writeReady(options.ready, `${JSON.stringify(stage.ready, null, 2)}\n`);
    }
    console.log(summary(stage.ready));
    if (!options.once) {
      console.log("Ctrl-C stops it.");
      await stopped;
    }
  } finally {
    await stage.stop();
  }
}

/** Tried before anything starts: whoever waits for the file should not wait in vain. */
async function writeReady(file: string, content: string): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw new StageInputError(`--ready ${file}: cannot be written`, {}, { cause });
  }
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
bus              ${ready.busName}

Point any AWS SDK or the AWS CLI at it, with any access key:
  export AWS_ENDPOINT_URL=${ready.endpoint} AWS_REGION=${ready.region} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x`;
}
