import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { published } from "../src/catalogue.ts";
import { schemaOf } from "./schema.ts";

const PACKAGE = fileURLToPath(new URL("../", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Builds what other teams install into a folder: plain JavaScript with types, a JSON Schema and an example
 * of each event, and a manifest of its own, because inside this repository the sources are imported.
 */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "schemas"), { recursive: true });
  await compile(folder);
  await Promise.all([
    manifest(folder),
    cp(join(PACKAGE, "README.md"), join(folder, "README.md")),
    cp(join(ROOT, "LICENSE"), join(folder, "LICENSE")),
    cp(join(PACKAGE, "examples"), join(folder, "examples"), { recursive: true }),
    ...published.map((definition) =>
      writeFile(
        join(folder, "schemas", `${definition.name}.json`),
        `${JSON.stringify(schemaOf(definition), null, 2)}\n`,
      ),
    ),
  ]);
}

async function compile(folder: string): Promise<void> {
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  await promisify(execFile)(process.execPath, [
    join(typescript, "bin", "tsc"),
    ...["--project", join(PACKAGE, "tsconfig.build.json"), "--outDir", folder],
  ]);
  // TypeScript rewrites the imports of the code and leaves those of the types (`rewriteRelativeImportExtensions`).
  for (const file of await readdir(folder)) {
    if (!file.endsWith(".d.ts")) continue;
    const path = join(folder, file);
    const types = await readFile(path, "utf8");
    await writeFile(path, types.replaceAll(/(["'])(\.\/[\w.-]+)\.ts\1/g, "$1$2.js$1"));
  }
}

async function manifest(folder: string): Promise<void> {
  const { name, version, description, license, type, engines, dependencies } = JSON.parse(
    await readFile(join(PACKAGE, "package.json"), "utf8"),
  ) as Record<string, unknown>;
  const published = {
    ...{ name, version, description, license, type, engines },
    sideEffects: false,
    exports: {
      "./schemas/*": "./schemas/*",
      "./examples/*": "./examples/*",
      "./package.json": "./package.json",
      "./*": { types: "./*.d.ts", default: "./*.js" },
    },
    dependencies,
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPackage(join(PACKAGE, "dist"));
}
