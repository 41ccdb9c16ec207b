/**
 * How the local stage carries many users: `npx tsx bench/scale.ts [--data] [users ...]`, by default 1,000, 10,000 and
 * 100,000; with `--data` in a directory, on which it is then started again. Each size runs in a process of its own. Times are of this machine: what counts is the last two columns, the
 * processor time of one page and of one sign-in against those of the smallest size. Near 1, the whole grows with
 * the number of users and no faster.
 */
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  InitiateAuthCommand,
  ListUsersCommand,
  type ListUsersCommandOutput,
} from "@aws-sdk/client-cognito-identity-provider";
import { clientsFor } from "@carryover/local/clients";
import { startStage } from "@carryover/local/stage";
import Table from "cli-table3";

const SIGN_INS = 1000;
const PASSWORD = "Old-Password-1!";

interface Measured {
  readonly users: number;
  readonly seedMs: number;
  /** Of a start on the data of the first. */
  readonly againMs: number | undefined;
  readonly listMs: number;
  readonly pages: number;
  /** Of sign-ins to the old pool, one after the other. */
  readonly signInMs: number;
  readonly slowestSignInMs: number;
  readonly rssMiB: number;
  /** Processor time of client and stage together, in milliseconds. */
  readonly listCpuMs: number;
  readonly signInCpuMs: number;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function measure(users: number, dataDirectory: string | undefined): Promise<Measured> {
  const email = (index: number) => `user-${index}@example.com`;
  const kept = dataDirectory === undefined ? {} : { dataDirectory };
  const begin = performance.now();
  let stage = await startStage({
    ...kept,
    seed: {
      sources: {
        legacy: {
          users: Array.from({ length: users }, (_, index) => ({
            username: email(index),
            password: PASSWORD,
            attributes: { email: email(index), email_verified: "true", name: `User ${index}` },
          })),
        },
      },
    },
  });
  const seedMs = performance.now() - begin;
  let againMs: number | undefined;
  if (dataDirectory !== undefined) {
    await stage.stop();
    const again = performance.now();
    stage = await startStage(kept);
    againMs = performance.now() - again;
  }
  try {
    const [source] = stage.ready.sources;
    if (!source) throw new Error("the configuration has no source");
    const { cognito } = clientsFor(stage.ready.endpoint, source.region);

    const listing = performance.now();
    const listingCpu = cpuMs();
    let pages = 0;
    let token: string | undefined;
    do {
      const page: ListUsersCommandOutput = await cognito.send(
        new ListUsersCommand({ UserPoolId: source.userPoolId, PaginationToken: token }),
      );
      pages += 1;
      token = page.PaginationToken;
    } while (token !== undefined);
    const listMs = performance.now() - listing;
    const listCpuMs = cpuMs() - listingCpu;

    let slowestSignInMs = 0;
    const signingIn = performance.now();
    const signingInCpu = cpuMs();
    for (let index = 0; index < SIGN_INS; index += 1) {
      const one = performance.now();
      await cognito.send(
        new InitiateAuthCommand({
          ClientId: source.clientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          // Somebody else each time, from all over the pool.
          AuthParameters: { USERNAME: email(Math.floor((index * users) / SIGN_INS)), PASSWORD },
        }),
      );
      slowestSignInMs = Math.max(slowestSignInMs, performance.now() - one);
    }
    return {
      users,
      seedMs,
      againMs,
      listMs,
      pages,
      signInMs: performance.now() - signingIn,
      slowestSignInMs,
      listCpuMs,
      signInCpuMs: cpuMs() - signingInCpu,
      rssMiB: process.memoryUsage().rss / 2 ** 20,
    };
  } finally {
    await stage.stop();
  }
}

async function measureIn(users: number): Promise<Measured> {
  if (!process.env["CARRYOVER_BENCH_DATA"]) return measure(users, undefined);
  const directory = await mkdtemp(join(tmpdir(), "carryover-scale-"));
  try {
    return await measure(users, directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function inItsOwnProcess(users: number, keep: boolean): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [String(users)], {
      env: {
        ...process.env,
        CARRYOVER_BENCH_CHILD: "1",
        ...(keep && { CARRYOVER_BENCH_DATA: "1" }),
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      },
    });
    child.once("message", (measured) => resolve(measured as Measured));
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it had measured`)));
  });
}

const keep = process.argv.includes("--data");
const sizes = process.argv
  .slice(2)
  .filter((one) => one !== "--data")
  .map(Number);
if (process.env["CARRYOVER_BENCH_CHILD"]) {
  process.send?.(await measureIn(sizes[0] ?? 0));
} else {
  const rows: Measured[] = [];
  for (const users of sizes.length > 0 ? sizes : [1000, 10_000, 100_000]) {
    rows.push(await inItsOwnProcess(users, keep));
  }
  const table = new Table({
    head: [
      "users",
      "start and seed s",
      ...(keep ? ["start again s"] : []),
      "list s",
      "pages",
      `${SIGN_INS} sign-ins s`,
      "slowest ms",
      "RSS MiB",
      "page, of smallest",
      "sign-in, of smallest",
    ],
    style: { head: [], border: [], compact: true },
  });
  const [smallest] = rows;
  for (const row of rows) {
    const per = (one: Measured) => one.listCpuMs / one.pages;
    table.push([
      row.users.toLocaleString("en"),
      (row.seedMs / 1000).toFixed(1),
      ...(keep ? [((row.againMs ?? 0) / 1000).toFixed(1)] : []),
      (row.listMs / 1000).toFixed(1),
      row.pages,
      (row.signInMs / 1000).toFixed(1),
      row.slowestSignInMs.toFixed(0),
      row.rssMiB.toFixed(0),
      (per(row) / per(smallest ?? row)).toFixed(2),
      (row.signInCpuMs / (smallest ?? row).signInCpuMs).toFixed(2),
    ]);
  }
  console.log(table.toString());
}
