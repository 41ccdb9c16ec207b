import { existsSync, mkdtempSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join, parse, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

/**
 * How SST v4 bundles a Node function, so that what runs here is what would be deployed.
 * Source: sst/sst pkg/runtime/node/build.go (format esm, no minification, which is a deploy option).
 * `sourcemap` differs on purpose: inline, because the bundle has one file here.
 */
function bundleOptions(entry: string) {
  return {
    entryPoints: [entry],
    platform: "node",
    target: "esnext",
    format: "esm",
    bundle: true,
    keepNames: true,
    mainFields: ["module", "main"],
    external: ["sharp", "pg-native"],
    sourcemap: "inline",
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
}

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

interface Built {
  readonly outfile: string;
  readonly sources: ReadonlySet<string>;
}

/** Builds handlers into a folder of their own below the system's temporary folder. */
export function createBundler(workerEntry: string): Bundler {
  let folder: string | undefined;
  let stopped = false;
  let builds = 0;
  const options = new Map<string, BuildOptions>();
  const built = new Map<string, Promise<Built>>();

  const make = async (key: string): Promise<Built> => {
    if (stopped) throw new Error("the stage has ended");
    folder ??= mkdtempSync(join(tmpdir(), "carryover-lambda-"));
    builds += 1;
    // A new name each time: workers of the old bundle may still be loading it.
    const outfile = join(folder, String(builds), "bundle.mjs");
    await mkdir(dirname(outfile), { recursive: true });
    const asked = options.get(key);
    const { metafile } = await build({
      ...asked,
      outfile,
      metafile: true,
      logLevel: "silent",
    });
    const root = asked?.absWorkingDir ?? ".";
    const sources = Object.keys(metafile.inputs)
      .filter((file) => !file.includes("node_modules/"))
      .map((file) => resolve(root, file));
    return { outfile, sources: new Set(sources) };
  };

  const once = async (key: string, asked: BuildOptions): Promise<string> => {
    const known = built.get(key);
    if (known !== undefined) return (await known).outfile;
    options.set(key, asked);
    const making = make(key);
    // A failed build is not kept: the developer may repair the file while the stage runs.
    making.catch(() => built.delete(key));
    built.set(key, making);
    return (await making).outfile;
  };

  return {
    bundle: async (request) => {
      const { root, replace = {}, nodePaths = [] } = request;
      const { entry, exportName } = locate(request.handler, root);
      const file = await once(keyOf(request), {
        ...bundleOptions(entry),
        plugins: [replacing(replace)],
        nodePaths: [...nodePaths],
        absWorkingDir: root,
      });
      return { file, exportName };
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
          const after = await make(key);
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
        entryPoints: [workerEntry],
        platform: "node",
        target: "node20",
        format: "esm",
        bundle: true,
      }),
    stop: async () => {
      stopped = true;
      // A build under way would write into the folder again after it is gone.
      await Promise.allSettled(built.values());
      if (folder) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same for what shares a bundle. */
function keyOf({ handler, root, replace = {} }: BundleRequest): string {
  return JSON.stringify([resolve(root, handler), replace]);
}

function locate(handler: string, root: string): { entry: string; exportName: string } {
  const dot = extname(handler);
  const stem = resolve(root, handler.slice(0, handler.length - dot.length));
  const entry = [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs"]
    .map((extension) => stem + extension)
    .find(existsSync);
  if (dot.length < 2 || !entry) throw new Error(`handler not found: ${handler}`);
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
