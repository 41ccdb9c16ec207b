import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Stage } from "@carryover/local/stage";

const COMMAND = fileURLToPath(new URL("../bin/carryover.mjs", import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as an operator's shell does, with AWS's own variables. */
export async function carryover({ ready }: Stage, ...args: readonly string[]): Promise<Ended> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: ready.endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  try {
    const ended = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env });
    return { code: 0, ...ended };
  } catch (error) {
    return error as Ended;
  }
}
