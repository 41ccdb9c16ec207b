import { execFile } from "node:child_process";
import { access, chmod, copyFile, mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export const PROJECT_ROOT = path.resolve(import.meta.dirname, "../..");

/** SST's components, their types and Pulumi's SDK, as `sst install` writes them. */
export const PLATFORM = path.join(PROJECT_ROOT, ".sst/platform");

/** Stands in for a person's own SST folder, so that theirs is never touched. Git ignores it. */
const OFFLINE = path.join(PROJECT_ROOT, ".sst-offline");

/**
 * The programs that `sst install` wants in its folder, by version of SST. It says their versions in
 * the error "Could not install …" when it cannot fetch them.
 */
const PROGRAMS: Readonly<Record<string, { bun: string; pulumi: string }>> = {
  "4.17.1": { bun: "1.2.1", pulumi: "3.215.0" },
};

let prepared: Promise<PlatformState> | undefined;

export type PlatformState =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

/**
 * Makes `.sst/platform` available where no more than the npm registry can be reached. Safe to repeat,
 * and quick when it is there.
 * @throws Error in CI, where the stack tests may not be left out
 */
export function preparePlatform(): Promise<PlatformState> {
  prepared ??= prepare().then(
    () => ({ available: true }) as const,
    (error: unknown) => {
      if (process.env["CI"]) throw error;
      return { available: false, reason: firstLine(error) } as const;
    },
  );
  return prepared;
}

async function prepare(): Promise<void> {
  const version = await installedSst();
  if (await isInstalled(version)) return;
  await mkdir(OFFLINE, { recursive: true });
  const release = await lock(path.join(OFFLINE, "lock"));
  try {
    // Another test process may have done it meanwhile.
    if (!(await isInstalled(version))) await install(version);
  } finally {
    await release();
  }
}

/** A folder as the lock: making one either works or fails, for one process at a time. */
async function lock(folder: string): Promise<() => Promise<void>> {
  for (const deadline = Date.now() + 180_000; ; await delay(250)) {
    try {
      await mkdir(folder);
      return () => rmdir(folder);
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`${folder} is left over: remove it`, { cause: error });
    }
  }
}

async function install(version: string): Promise<void> {
  const programs = PROGRAMS[version];
  if (!programs) throw new Error(`stacks/test/platform.ts does not know what SST ${version} needs`);

  const bin = path.join(OFFLINE, "sst/bin");
  await mkdir(bin, { recursive: true });
  const executable = process.platform === "win32" ? ".exe" : "";
  await provideBun(path.join(bin, `bun${executable}`), programs.bun);
  // `sst install` runs no more than `pulumi version`. Never let this near a deployment.
  const pulumi = path.join(bin, "pulumi");
  await writeFile(pulumi, `#!/bin/sh\necho v${programs.pulumi}\n`);
  await chmod(pulumi, 0o755);

  const sst = path.join(PROJECT_ROOT, "node_modules/.bin/sst");
  await run(sst, ["install", "--stage", "dev"], {
    cwd: PROJECT_ROOT,
    env: {
      ...process.env,
      XDG_CONFIG_HOME: OFFLINE,
      SST_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
    },
    timeout: 120_000,
  });
  if (!(await isInstalled(version))) throw new Error(`sst install left no ${PLATFORM}`);
}

async function isInstalled(version: string): Promise<boolean> {
  try {
    const written = await readFile(path.join(PLATFORM, "version"), "utf8");
    const locked = await readFile(path.join(PROJECT_ROOT, ".sst/provider-lock.json"), "utf8");
    // What sst.config.ts adds to the platform's own packages is installed when its lock names it.
    const fromPlatform = createRequire(path.join(PLATFORM, "package.json"));
    for (const name of ["@pulumi/pulumi", "@pulumi/aws", "@pulumi/random", "esbuild"]) {
      fromPlatform.resolve(name);
    }
    return written.trim() === version && locked.includes('"random"');
  } catch {
    // Absent or half-written: install again.
    return false;
  }
}

async function installedSst(): Promise<string> {
  const file = path.join(PROJECT_ROOT, "node_modules/sst/package.json");
  const { version } = JSON.parse(await readFile(file, "utf8")) as { version: string };
  return version;
}

async function provideBun(file: string, version: string): Promise<void> {
  if (await isBun(file, version)) return;
  const name = bunPackage();
  const folder = path.join(OFFLINE, "npm");
  await mkdir(folder, { recursive: true });
  await run(
    "npm",
    // Scripts are off: the package holds the program itself and needs none.
    [
      "install",
      "--prefix",
      folder,
      "--no-save",
      "--ignore-scripts",
      "--loglevel=error",
      `${name}@${version}`,
    ],
    { cwd: folder, timeout: 120_000 },
  );
  const extension = path.extname(file);
  await copyFile(path.join(folder, "node_modules", name, "bin", `bun${extension}`), file);
  await chmod(file, 0o755);
  await rm(folder, { recursive: true });
  if (!(await isBun(file, version))) throw new Error(`${name} does not run on this machine`);
}

async function isBun(file: string, version: string): Promise<boolean> {
  try {
    await access(file);
    const { stdout } = await run(file, ["--version"]);
    return stdout.trim() === version;
  } catch {
    // Absent, or made for another machine.
    return false;
  }
}

/** Bun's builds on npm. The x64 ones without "baseline" need AVX2; the musl ones do not run on glibc. */
function bunPackage(): string {
  const builds: Readonly<Record<string, string>> = {
    "linux-x64": isMusl() ? "bun-linux-x64-musl-baseline" : "bun-linux-x64-baseline",
    "linux-arm64": isMusl() ? "bun-linux-aarch64-musl" : "bun-linux-aarch64",
    "darwin-x64": "bun-darwin-x64-baseline",
    "darwin-arm64": "bun-darwin-aarch64",
    "win32-x64": "bun-windows-x64-baseline",
  };
  const machine = `${process.platform}-${process.arch}`;
  const build = builds[machine];
  if (!build) throw new Error(`there is no bun for ${machine}`);
  return `@oven/${build}`;
}

function isMusl(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return process.platform === "linux" && header.glibcVersionRuntime === undefined;
}

/** Of what a program printed, the line that says why. */
function firstLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split("\n");
  const why = lines.find((line) => /^npm error (?!code|errno|syscall)|✕|Could not/.test(line));
  return (why ?? lines[0] ?? "").slice(0, 200);
}
