import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { triggers } from "@carryover/functions/triggers";
import { Seed } from "@carryover/local/seed";
import { startStage } from "@carryover/local/stage";
import { bundleHandler } from "../stacks/test/bundle.ts";
import { priceNote, prices } from "./prices.ts";

// What the heaviest trigger needs, and so how much memory the functions get: Lambda gives processor time in
// proportion to memory. A fresh Node process runs the bundle that would be deployed against the local
// stage, where people sign in by password. Run: npx tsx bench/memory.ts [processes]

const PROCESSES = Number(process.argv[2] ?? 9);
const SIGN_INS = 25;
const FOLDER = path.resolve(import.meta.dirname, "../.sst-offline/bench");
const PASSWORD = "Old-Password-1!";

/** A function of that much memory has one vCPU; less has its share of one (AWS Lambda guide, "Configure Lambda function memory"). */
const MB_OF_ONE_VCPU = 1769;
const SIZES_MB = [256, 512, 768, 1024, 1280, 1536, 1769];

/** Who pays for the next size wants a cold start to be shorter by this much. */
const WORTH_MS = 100;
/** Of the memory, to leave room for larger people and larger answers. */
const FULL = 0.6;

/** What a sign-in waits for the source, the bus and the table. Assumed; it costs, and no memory makes it shorter. */
const WAITING_MS = 400;

interface Measured {
  /** Milliseconds of processor time: to load the bundle, for the first sign-in, for a later one. */
  readonly loadMs: number;
  readonly firstMs: number;
  readonly laterMs: number;
  readonly peakMb: number;
  readonly heapMb: number;
}

/** Runs in the fresh process. Prints one line of JSON at its end. */
const PROGRAM = `
  const spent = (since) => { const { user, system } = process.cpuUsage(since); return (user + system) / 1000; };
  const [file, events] = [process.env.BUNDLE, JSON.parse(process.env.EVENTS)];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true;
  let since = process.cpuUsage();
  const { handler } = await import(file);
  const loadMs = spent(since);
  const calls = [];
  for (const event of events) {
    since = process.cpuUsage();
    const { response } = await handler(event);
    if (response.finalUserStatus !== "CONFIRMED") throw new Error("nobody crossed");
    calls.push(spent(since));
  }
  const [firstMs, ...later] = calls;
  write(JSON.stringify({
    loadMs, firstMs, laterMs: later.sort((a, b) => a - b)[later.length >> 1],
    peakMb: process.resourceUsage().maxRSS / 1024,
    heapMb: process.memoryUsage().heapUsed / 1024 / 1024,
  }), () => process.exit(0));
`;

const logins = Array.from({ length: SIGN_INS }, (_, index) => `user-${index}@example.com`);
const seed = Seed.parse({
  sources: {
    legacy: {
      users: logins.map((email) => ({
        username: email,
        password: PASSWORD,
        attributes: { email, email_verified: "true" },
      })),
    },
  },
});
const stage = await startStage({ seed });
try {
  mkdirSync(FOLDER, { recursive: true });
  const { handler } = triggers["user-migration"];
  const file = path.join(FOLDER, "user-migration.mjs");
  const { code, bytes } = await bundleHandler(handler);
  writeFileSync(file, code);
  const runs: Measured[] = [];
  for (let run = 0; run < PROCESSES; run += 1) runs.push(await measure(file, handler));
  report(runs, bytes);
} finally {
  rmSync(FOLDER, { recursive: true, force: true });
  await stage.stop();
}

async function measure(file: string, handler: string): Promise<Measured> {
  const { region, targets } = stage.ready;
  const fn = stage.services.lambda.functions(region).find((one) => one.handler === handler);
  const pool = targets.find((one) => one.region === region);
  if (!fn || !pool) throw new Error("the stage has no user-migration trigger in its home region");
  const events = logins.map((userName) => ({
    version: "1",
    triggerSource: "UserMigration_Authentication",
    region,
    userPoolId: pool.userPoolId,
    userName,
    callerContext: { awsSdkVersion: "1", clientId: pool.clientId },
    request: { password: PASSWORD, validationData: null },
    response: {},
  }));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--no-warnings", "--input-type=module", "-e", PROGRAM],
    {
      env: {
        ...fn.environment,
        AWS_REGION: region,
        AWS_ENDPOINT_URL: stage.ready.endpoint,
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        BUNDLE: file,
        EVENTS: JSON.stringify(events),
      },
    },
  );
  return JSON.parse(stdout) as Measured;
}

function report(runs: readonly Measured[], bytes: number): void {
  // Work is the same each time, and neighbours on the machine only add to it.
  const least = (of: keyof Measured) => Math.min(...runs.map((run) => run[of]));
  const [loadMs, firstMs, laterMs] = [least("loadMs"), least("firstMs"), least("laterMs")];
  const peakMb = Math.max(...runs.map((run) => run.peakMb));
  const heapMb = Math.max(...runs.map((run) => run.heapMb));
  const { lambdaArmGbSecond, lambdaRequest } = prices();
  console.log(
    `user-migration, ${Math.round(bytes / 1024)} KB, Node ${process.versions.node}, least of ${runs.length} processes`,
  );
  console.log(
    `processor: load ${loadMs.toFixed(0)} ms, first sign-in ${firstMs.toFixed(0)} ms, later ones ${laterMs.toFixed(1)} ms`,
  );
  console.log(
    `memory after ${SIGN_INS} sign-ins: ${peakMb.toFixed(0)} MB at most, of which heap ${heapMb.toFixed(0)} MB\n`,
  );
  console.log(
    "| memory MB | in use | cold start ms | of a cold sign-in's 5 s | warm sign-in ms | USD a million |",
  );
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: |");
  const share = (mb: number) => Math.min(1, mb / MB_OF_ONE_VCPU);
  const coldMs = (mb: number) => (loadMs + firstMs) / share(mb);
  for (const mb of SIZES_MB) {
    const warmMs = WAITING_MS + laterMs / share(mb);
    const million = 1e6 * (lambdaRequest + (mb / 1024) * (warmMs / 1000) * lambdaArmGbSecond);
    const percent = (part: number, of: number) => `${((100 * part) / of).toFixed(0)} %`;
    console.log(
      `| ${mb} | ${percent(peakMb, mb)} | ${coldMs(mb).toFixed(0)} | ${percent(coldMs(mb) + WAITING_MS, 5000)} | ${warmMs.toFixed(0)} | ${million.toFixed(2)} |`,
    );
  }
  const enough = SIZES_MB.find((mb, index) => {
    const next = SIZES_MB[index + 1] ?? mb;
    return peakMb < FULL * mb && coldMs(mb) - coldMs(next) < WORTH_MS;
  });
  console.log(
    `\nEnough: ${enough} MB. The next size would shorten a cold start by less than ${WORTH_MS} ms.`,
  );
  console.log(
    `\nA core of this machine taken for a vCPU of Lambda; ${WAITING_MS} ms of each sign-in are waiting.`,
  );
  console.log(priceNote());
}
