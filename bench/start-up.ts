import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deploymentOf } from "@carryover/core/config/deployment";
import { resolveMigration } from "@carryover/core/config/resolve";
import { deployed } from "@carryover/functions/deployed";
import { type Job, jobs } from "@carryover/functions/jobs";
import { resources } from "@carryover/functions/resources";
import { serviceSettings } from "@carryover/functions/settings";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import { type Trigger, triggers } from "@carryover/functions/triggers";
import migration from "../carryover.config.ts";
import { bundleClients, bundleHandler } from "../stacks/test/bundle.ts";

// What a function's start takes in a fresh Node process, against its SDK clients alone. Processor time, and
// the least of many turns: the work is the same each time, and neighbours on the machine only add to it.
// Run: npx tsx bench/start-up.ts [runs]

const RUNS = Number(process.argv[2] ?? 31);
const FOLDER = path.resolve(import.meta.dirname, "../.sst-offline/bench");

const resolved = resolveMigration(migration, "dev");
/** A table, a queue, a bus, a key, and whatever else a function may take it for. */
const anything = {
  name: "resource",
  url: "http://127.0.0.1:1/queue",
  arn: "arn:aws:events:us-east-1:000000000000:event-bus/dev",
  value: Buffer.alloc(32).toString("base64"),
  pools: [],
};
const links = {
  ...Object.fromEntries(Object.keys(resources).map((name) => [name, anything])),
  ...serviceSettings(resolved),
  DownstreamQueues: {},
  App: { name: "carryover", stage: "dev" },
  Migration: deploymentOf(resolved, { stage: "dev", region: resolved.homeRegion }),
};
/** What the repository's configuration deploys. */
const functions = [
  ...deployed<string, Trigger>(triggers, resolved),
  ...deployed<string, Subscriber>(subscribers, resolved),
  ...deployed<string, Job>(jobs, resolved),
];
const env = {
  ...process.env,
  AWS_REGION: resolved.homeRegion,
  ...Object.fromEntries(
    Object.entries(links).map(([name, value]) => [`SST_RESOURCE_${name}`, JSON.stringify(value)]),
  ),
};

/** Milliseconds of processor time from the first line of the program until the bundle has loaded. */
function start(file: string): number {
  const program = `const at = process.cpuUsage(); await import(${JSON.stringify(file)});
    const { user, system } = process.cpuUsage(at); console.log((user + system) / 1000);`;
  const output = execFileSync(
    process.execPath,
    ["--no-warnings", "--input-type=module", "-e", program],
    { env, encoding: "utf8" },
  );
  return Number(output.trim().split("\n").at(-1));
}

mkdirSync(FOLDER, { recursive: true });
console.log("| function | KB | baseline KB | size | start ms | baseline ms | start |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const [name, { handler }] of functions) {
  const bundle = await bundleHandler(handler);
  const baseline = await bundleClients(bundle.clients);
  const files = { bundle: `${FOLDER}/${name}.mjs`, baseline: `${FOLDER}/${name}.baseline.mjs` };
  writeFileSync(files.bundle, bundle.code);
  writeFileSync(files.baseline, baseline.code);
  const ms = { bundle: [] as number[], baseline: [] as number[] };
  for (let run = 0; run < RUNS; run += 1) {
    ms.bundle.push(start(files.bundle));
    ms.baseline.push(start(files.baseline));
  }
  const [ours, theirs] = [Math.min(...ms.bundle), Math.min(...ms.baseline)];
  const kb = (bytes: number) => Math.round(bytes / 1024);
  console.log(
    `| ${name} | ${kb(bundle.bytes)} | ${kb(baseline.bytes)} | ${(bundle.bytes / baseline.bytes).toFixed(2)} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${(ours / theirs).toFixed(2)} |`,
  );
}
rmSync(FOLDER, { recursive: true });
