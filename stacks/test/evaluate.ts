import { execFile } from "node:child_process";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Evaluation, EvaluationInput } from "./evaluation.ts";
import { PLATFORM, PROJECT_ROOT } from "./platform.ts";

const run = promisify(execFile);

/** In the platform's folder, so that Pulumi is found from it as SST's own bundle of the config finds it. */
const BUNDLE = path.join(PLATFORM, "carryover.evaluate.mjs");
const CONFIG = path.join(PROJECT_ROOT, "carryover.config.ts");

let bundled: Promise<void> | undefined;

/**
 * What the real sst.config.ts declares for a stage. Nothing is created, and no account is needed.
 * The platform has to be there: see platform.ts.
 * @throws Error with what SST would print
 */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  bundled ??= bundle();
  await bundled;
  const scratch = await mkdtemp(path.join(os.tmpdir(), "carryover-evaluate-"));
  const answer = path.join(scratch, "answer.json");
  try {
    await run(process.execPath, [BUNDLE, JSON.stringify(input), answer], {
      env: { ...process.env, ...secretsOf(input) },
      timeout: 240_000,
    });
    return JSON.parse(await readFile(answer, "utf8")) as Evaluation;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(stderr?.trim() || String(error), { cause: error });
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** SST hands secrets to a config by the environment. */
function secretsOf({ config, unsetSecrets = [] }: EvaluationInput): Record<string, string> {
  const set = namesOfSecrets(config).filter((name) => !unsetSecrets.includes(name));
  return Object.fromEntries(set.map((name) => [`SST_SECRET_${name}`, `value-of-${name}`]));
}

/** Wherever a configuration names one: `{ secret: "Name" }`. */
function namesOfSecrets(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === "string" && /^(secret|previousSecret)$/.test(key)
      ? [inner]
      : namesOfSecrets(inner),
  );
}

/** One bundle for all stages and configurations, with the options of SST's own bundle of the config. */
async function bundle(): Promise<void> {
  const fromPlatform = createRequire(path.join(PLATFORM, "package.json"));
  const { build } = fromPlatform("esbuild") as typeof import("esbuild");
  const outfile = `${BUNDLE}.${process.pid}`;
  await build({
    entryPoints: [path.join(import.meta.dirname, "main.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    external: ["@pulumi/*"],
    logLevel: "error",
    alias: { "#platform": path.join(PLATFORM, "src") },
    inject: [path.join(PLATFORM, "src/shim/run.js")],
    banner: { js: bannerOf() },
    plugins: [
      {
        name: "carryover-config",
        setup({ onLoad, onResolve }) {
          // What the platform uses is installed beside it.
          onResolve({ filter: /^[@a-z]/ }, ({ path: name, importer }) =>
            importer.startsWith(PLATFORM) ? { path: name, external: true } : undefined,
          );
          onResolve({ filter: /^real-config$/ }, () => ({ path: CONFIG, suffix: "?real" }));
          onLoad({ filter: /carryover\.config\.ts$/ }, ({ path: file, suffix }) =>
            file === CONFIG && suffix === ""
              ? { contents: CONFIG_OF_EVALUATION, resolveDir: PROJECT_ROOT, loader: "ts" }
              : undefined,
          );
        },
      },
    ],
  });
  await rename(outfile, BUNDLE);
}

const CONFIG_OF_EVALUATION = `
  import { defineMigration } from "@carryover/core/config/define";
  import real from "real-config";
  const { config } = JSON.parse(process.argv[2]);
  export default config ? defineMigration(config) : real;
`;

/** SST's globals, before any of its code runs. The app is filled in once the config has named it. */
function bannerOf(): string {
  const paths = {
    home: os.tmpdir(),
    root: PROJECT_ROOT,
    work: path.join(PROJECT_ROOT, ".sst"),
    platform: PLATFORM,
  };
  const globals = {
    $app: {},
    $dev: false,
    $cli: { command: "deploy", dev: false, paths, state: { version: {} } },
  };
  return [
    `import { createRequire as _createRequire } from "node:module";`,
    `import { fileURLToPath as _fileURLToPath } from "node:url";`,
    `import { dirname as _dirnameOf } from "node:path";`,
    "const require = _createRequire(import.meta.url);",
    "const __filename = _fileURLToPath(import.meta.url), __dirname = _dirnameOf(__filename);",
    `Object.assign(globalThis, ${JSON.stringify(globals)});`,
  ].join("\n");
}
