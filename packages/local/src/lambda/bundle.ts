import { createHash } from "node:crypto";
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
}

interface Bundle {
  /** The absolute path of the built module. */
  readonly file: string;
  readonly exportName: string;
}

export interface Bundler {
  /** Builds a handler once; later calls for the same handler and replacements share it. @throws Error not found or not buildable */
  bundle(request: BundleRequest): Promise<Bundle>;
  /** Builds the worker's own program once, and answers with its path. */
  worker(): Promise<string>;
  /** Deletes everything that was built. */
  stop(): Promise<void>;
}

/** Builds handlers into a folder of their own below the system's temporary folder. */
export function createBundler(workerEntry: string): Bundler {
  let folder: string | undefined;
  let stopped = false;
  const built = new Map<string, Promise<string>>();

  const once = (key: string, options: (outfile: string) => BuildOptions): Promise<string> => {
    const known = built.get(key);
    if (known !== undefined) return known;
    if (stopped) return Promise.reject(new Error("the stage has ended"));
    folder ??= mkdtempSync(join(tmpdir(), "carryover-lambda-"));
    const outfile = join(
      folder,
      createHash("sha256").update(key).digest("hex").slice(0, 16),
      "bundle.mjs",
    );
    const making = mkdir(dirname(outfile), { recursive: true })
      .then(() => build(options(outfile)))
      .then(() => outfile);
    // A failed build is not kept: the developer may repair the file while the stage runs.
    making.catch(() => built.delete(key));
    built.set(key, making);
    return making;
  };

  return {
    bundle: async ({ handler, root, replace = {} }) => {
      const { entry, exportName } = locate(handler, root);
      const file = await once(JSON.stringify([entry, replace]), (outfile) => ({
        ...bundleOptions(entry),
        plugins: [replacing(replace)],
        absWorkingDir: root,
        outfile,
        logLevel: "silent",
      }));
      return { file, exportName };
    },
    worker: () =>
      once("worker", (outfile) => ({
        entryPoints: [workerEntry],
        platform: "node",
        target: "node20",
        format: "esm",
        bundle: true,
        outfile,
        logLevel: "silent",
      })),
    stop: async () => {
      stopped = true;
      // A build under way would write into the folder again after it is gone.
      await Promise.allSettled(built.values());
      if (folder) await rm(folder, { recursive: true, force: true });
    },
  };
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
