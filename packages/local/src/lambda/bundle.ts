import { existsSync, mkdtempSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, parse, resolve } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { HandlerFileError } from "./unbuilt.ts";

/**
 * How SST v4 bundles a Node function, so that what runs here is what would be deployed.
 * Source: sst/sst pkg/runtime/node/build.go (format esm, no minification, which is a deploy option).
 * Source maps differ on purpose: inline, because nothing else looks for them here, and without the sources, which are
 * on this disk. So does the number of files: what several handlers import is written once and not for each of them,
 * which takes a fifth of the time. Each worker still loads modules of its own, and those of its handler alone.
 */
const AS_SST = {
  platform: "node",
  target: "esnext",
  format: "esm",
  bundle: true,
  keepNames: true,
  mainFields: ["module", "main"],
  external: ["sharp", "pg-native"],
  sourcemap: "inline",
  sourcesContent: false,
  minify: false,
  banner: {
    js: [
      'import { createRequire as topLevelCreateRequire } from "module";',
      "const require = topLevelCreateRequire(import.meta.url);",
      'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url";',
      "const __filename = topLevelFileUrlToPath(import.meta.url);",
      'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url));',
    ].join("\n"),
  },
} satisfies BuildOptions;

export interface BundleRequest {
  /** Path without extension and export name, relative to `root`: `packages/functions/src/api.handler`. */
  readonly handler: string;
  readonly root: string;
  /** Absolute paths of modules that are replaced by others wherever they are imported. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Folders with modules that the runtime brings along. */
  readonly nodePaths?: readonly string[];
}

interface Bundle {
  /** The absolute path of the built module. */
  readonly file: string;
  readonly exportName: string;
}

export interface Bundler {
  /** Builds a handler once; later calls for the same handler and replacements share it. @throws Error not found or not buildable */
  bundle(request: BundleRequest): Promise<Bundle>;
  /** Builds many handlers at once, which costs less than one after the other. @throws Error naming what does not build */
  prepare(requests: readonly BundleRequest[]): Promise<void>;
  /** The files of the project that are in a bundle, as absolute paths: what a developer may change. */
  sources(): Promise<ReadonlySet<string>>;
  /** Builds again what some of the files are part of. A handler that does not build keeps its old bundle. */
  rebuild(files: ReadonlySet<string>): Promise<Rebuilt>;
  /** Builds the worker's own program once, and answers with its path. */
  worker(): Promise<string>;
  /** Deletes everything that was built. */
  stop(): Promise<void>;
}

export interface Rebuilt {
  /** Whether a handler has a new bundle. */
  readonly has: (request: BundleRequest) => boolean;
  /** What esbuild says of each handler that does not build. */
  readonly problems: readonly string[];
}

/** What is built, and how. */
interface Plan {
  readonly entry: string;
  readonly exportName: string;
  readonly how: BuildOptions;
}

interface Built {
  readonly outfile: string;
  readonly sources: ReadonlySet<string>;
}

/** Builds handlers into a folder of their own below the system's temporary folder. */
export function createBundler(workerEntry: string): Bundler {
  let folder: string | undefined;
  let stopped = false;
  let builds = 0;
  const plans = new Map<string, Plan>();
  const built = new Map<string, Promise<Built>>();

  /** A new one each time: workers of an old bundle may still be loading it. */
  const freshFolder = async (): Promise<string> => {
    if (stopped) throw new Error("the stage has ended");
    folder ??= mkdtempSync(join(tmpdir(), "carryover-lambda-"));
    builds += 1;
    const fresh = join(folder, String(builds));
    await mkdir(fresh, { recursive: true });
    return fresh;
  };

  /** Builds what has the same options in one go: esbuild reads and writes a module that they share just once. */
  const make = async (entries: ReadonlyMap<string, string>, how: BuildOptions) => {
    const outdir = await freshFolder();
    const keys = [...entries.keys()];
    const { metafile } = await build({
      ...how,
      entryPoints: Object.fromEntries([...entries.values()].map((entry, at) => [`${at}`, entry])),
      outdir,
      outExtension: { ".js": ".mjs" },
      splitting: entries.size > 1,
      metafile: true,
      logLevel: "silent",
    });
    const root = how.absWorkingDir ?? ".";
    const outputs = new Map(
      Object.entries(metafile.outputs).map(([file, output]) => [resolve(root, file), output]),
    );
    return new Map(
      keys.map((key, at): [string, Built] => {
        const outfile = join(outdir, `${at}.mjs`);
        const sources = inputsOf(outfile, root, outputs)
          .filter((file) => !file.includes("node_modules/"))
          .map((file) => resolve(root, file));
        return [key, { outfile, sources: new Set(sources) }];
      }),
    );
  };

  const makeOne = async (key: string): Promise<Built> => {
    const asked = plans.get(key);
    const one = asked && (await make(new Map([[key, asked.entry]]), asked.how)).get(key);
    if (!one) throw new Error(`nothing is known of ${key}`);
    return one;
  };

  const once = async (key: string, plan: Plan): Promise<string> => {
    const known = built.get(key);
    if (known !== undefined) return (await known).outfile;
    plans.set(key, plan);
    const making = makeOne(key);
    // A failed build is not kept: the developer may repair the file while the stage runs.
    making.catch(() => built.delete(key));
    built.set(key, making);
    return (await making).outfile;
  };

  return {
    bundle: async (request) => {
      const plan = planOf(request);
      return { file: await once(keyOf(request), plan), exportName: plan.exportName };
    },
    prepare: async (requests) => {
      const groups = new Map<string, Map<string, Plan>>();
      for (const request of requests) {
        const key = keyOf(request);
        if (built.has(key)) continue;
        const { root, replace, nodePaths } = request;
        const alike = JSON.stringify([root, replace, nodePaths]);
        const group = groups.get(alike) ?? new Map<string, Plan>();
        groups.set(alike, group.set(key, planOf(request)));
      }
      for (const group of groups.values()) {
        const [first] = group.values();
        if (!first) continue;
        const entries = new Map([...group].map(([key, { entry }]) => [key, entry]));
        for (const [key, one] of await make(entries, first.how)) {
          built.set(key, Promise.resolve(one));
        }
        for (const [key, plan] of group) plans.set(key, plan);
      }
    },
    sources: async () => {
      const done = await Promise.all(built.values());
      return new Set(done.flatMap(({ sources }) => [...sources]));
    },
    rebuild: async (files) => {
      const done = new Set<string>();
      const problems: string[] = [];
      for (const [key, before] of built) {
        const { sources } = await before;
        if (![...files].some((file) => sources.has(file))) continue;
        try {
          const after = await makeOne(key);
          built.set(key, Promise.resolve(after));
          done.add(key);
        } catch (error) {
          problems.push(error instanceof Error ? error.message : String(error));
        }
      }
      return { has: (request) => done.has(keyOf(request)), problems };
    },
    worker: () =>
      once("worker", {
        entry: workerEntry,
        exportName: "",
        how: { platform: "node", target: "node20", format: "esm", bundle: true },
      }),
    stop: async () => {
      stopped = true;
      // A build under way would write into the folder again after it is gone.
      await Promise.allSettled(built.values());
      if (folder) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is in a file that was built, and in those that it imports. */
function inputsOf(
  outfile: string,
  root: string,
  outputs: ReadonlyMap<string, Metafile["outputs"][string]>,
): readonly string[] {
  const inputs: string[] = [];
  const files = new Set([outfile]);
  // Grows while it is gone through.
  for (const file of files) {
    const output = outputs.get(file);
    inputs.push(...Object.keys(output?.inputs ?? {}));
    for (const { path } of output?.imports ?? []) files.add(resolve(root, path));
  }
  return inputs;
}

function planOf({ handler, root, replace = {}, nodePaths = [] }: BundleRequest): Plan {
  const how = {
    ...AS_SST,
    plugins: [replacing(replace)],
    nodePaths: [...nodePaths],
    absWorkingDir: root,
  };
  return { ...locate(handler, root), how };
}

/** The same for what shares a bundle. */
function keyOf({ handler, root, replace = {} }: BundleRequest): string {
  return JSON.stringify([resolve(root, handler), replace]);
}

function locate(handler: string, root: string): { entry: string; exportName: string } {
  const dot = extname(handler);
  const stem = resolve(root, handler.slice(0, handler.length - dot.length));
  const entry = [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs"]
    .map((extension) => stem + extension)
    .find(existsSync);
  if (dot.length < 2 || !entry) throw new HandlerFileError(`handler not found: ${handler}`);
  return { entry, exportName: dot.slice(1) };
}

function replacing(replace: Readonly<Record<string, string>>): Plugin {
  const targets = new Map(Object.entries(replace));
  return {
    name: "replace",
    setup(builder) {
      if (targets.size === 0) return;
      // By file name first: esbuild asks for every import otherwise, and an SDK has thousands.
      const stems = [...targets.keys()].map((target) => escaped(parse(target).name));
      const filter = new RegExp(`/(${stems.join("|")})(\\.\\w+)?$`);
      builder.onResolve({ filter }, async (args) => {
        if (args.pluginData === "resolved") return undefined;
        const found = await builder.resolve(args.path, {
          importer: args.importer,
          kind: args.kind,
          resolveDir: args.resolveDir,
          pluginData: "resolved",
        });
        const target = targets.get(found.path);
        return target === undefined ? undefined : { path: target };
      });
    },
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
