import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

function carryover(...args: string[]) {
  return run(process.execPath, ["packages/cli/bin/carryover.mjs", ...args], { cwd: ROOT });
}

it("writes each mail as HTML and as text, with a page that leads to them", async () => {
  const out = await mkdtemp(join(tmpdir(), "carryover-mail-"));
  onTestFinished(() => rm(out, { recursive: true }));
  const config = "packages/functions/test/onboarding.config.ts";

  await carryover("mail", "preview", "--config", config, "--locale", "de", "--out", out);

  expect((await readdir(out)).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "index.html",
    "invitation.de.html",
    "invitation.de.txt",
    "re-enrol.de.html",
    "re-enrol.de.txt",
    "welcome.de.html",
    "welcome.de.txt",
  ]);
  await expect(readFile(join(out, "welcome.de.txt"), "utf8")).resolves.toMatch(
    /^Ihr Konto bei Example ist umgezogen\n\nExample\n\nGuten Tag Alex,/,
  );
  await expect(readFile(join(out, "index.html"), "utf8")).resolves.toContain("welcome.de.html");
});

it("refuses a template that there is not, and names those that there are", async () => {
  await expect(carryover("mail", "preview", "--template", "newsletter")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("welcome, re-enrol, invitation"),
  });
});
