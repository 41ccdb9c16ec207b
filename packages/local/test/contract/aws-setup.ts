import { setTimeout as sleep } from "node:timers/promises";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { TestProject } from "vitest/node";
import { againstAws } from "./against-aws.ts";
import { AWS_FILES } from "./aws-files.ts";
import { isLeftover, newPrefix } from "./aws-run.ts";
import { sweep } from "./aws-sweep.ts";

const SETTLE_MS = 15_000;

/** Around all files of the contract suite. @throws Error it is to run against AWS without credentials */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!againstAws(process.env)) return undefined;
  const prefix = newPrefix(Date.now());
  // The variable is how a stage plays AWS, where nothing is eventual.
  const settleMs = process.env["AWS_ENDPOINT_URL"] ? 0 : SETTLE_MS;
  const account = await accountOfCaller();
  project.provide("contractRun", { prefix, account, settleMs });
  process.stderr.write(
    [
      `The contract suite runs against AWS, account ${account}: it makes user pools, users, buses, rules, archives`,
      "and queues there, which may cost money (each user counts as active in this month). All are named",
      `${prefix}…, and deleted at its end.`,
      `Of these files: ${AWS_FILES.join(", ")}`,
      "Tests that look inside the local stage, or move its clock, are skipped.",
      `Deleted ${await sweep((name) => isLeftover(name, Date.now()))} leftovers of runs that were killed.\n`,
    ].join("\n"),
  );
  return async () => {
    const isMine = (name: string) => name.startsWith(prefix);
    let swept = await sweep(isMine);
    // What was made last may not be listed yet.
    await sleep(settleMs);
    swept += await sweep(isMine);
    process.stderr.write(`Deleted ${swept} things that the tests had left.\n`);
  };
}

async function accountOfCaller(): Promise<string> {
  const sts = new STSClient({ region: "us-east-1" });
  const { Account = "" } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  return Account;
}
