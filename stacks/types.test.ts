import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { PROJECT_ROOT, preparePlatform } from "./test/platform.ts";

const platform = await preparePlatform();
const reason = platform.available ? "" : ` (left out: ${platform.reason})`;

describe.skipIf(!platform.available)(`the types of the stacks${reason}`, () => {
  it("fit SST's own", { timeout: 300_000 }, async () => {
    const { errors, ofPlatform } = await typeErrors();

    expect(errors).toEqual([]);
    // SST's sources are written for laxer settings. With none at all, they were not looked at.
    expect(ofPlatform).toBeGreaterThan(0);
  });
});

/** SST's types are its sources, which `skipLibCheck` does not leave out: errors in them are not ours. */
async function typeErrors(): Promise<{ errors: string[]; ofPlatform: number }> {
  const tsc = path.join(PROJECT_ROOT, "node_modules/typescript/bin/tsc");
  const output = await promisify(execFile)(
    process.execPath,
    [tsc, "--noEmit", "--pretty", "false", "-p", path.join(PROJECT_ROOT, "stacks/tsconfig.json")],
    { cwd: PROJECT_ROOT, maxBuffer: 64 * 1024 * 1024 },
  ).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => {
      if (error.stdout === undefined) throw error;
      return error.stdout;
    },
  );
  const lines = output.split("\n").filter((line) => /error TS\d+/.test(line));
  return {
    // What they import of the packages is checked with those.
    errors: lines.filter((line) => /^(stacks\/|sst\.config\.ts)/.test(line)),
    ofPlatform: lines.filter((line) => line.startsWith(".sst/platform/")).length,
  };
}
