import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import Module, { createRequire } from "node:module";
import { dirname } from "node:path";

/** Dynalite has no types. Source: dynalite 4.0.0, index.js. */
type Dynalite = (options: {
  createTableMs: number;
  deleteTableMs: number;
  updateTableMs: number;
  path?: string;
}) => Server;

/**
 * Dynalite 4.0.0 compares lists and maps by identity, so that a condition on one never holds. DynamoDB compares
 * them by value (DynamoDB guide, "Comparison operator and function reference"). The two lines at fault, in db/index.js:
 */
const CORRECTIONS: readonly (readonly [string, string])[] = [
  [
    "return val1.every(function (val) { return ~val2.indexOf(val) })",
    "return val1.every(function (val, i) { return typeof val == 'object' ? require('util').isDeepStrictEqual(val, val2[i]) : ~val2.indexOf(val) })",
  ],
  [
    "return val1 == val2\n",
    "return val1 == val2 || (val1 && typeof val1 == 'object' && require('util').isDeepStrictEqual(val1, val2))\n",
  ],
];

/** Dynalite, corrected in memory: the installed files stay as they are. */
export function loadDynalite(): Dynalite {
  const require = createRequire(import.meta.url);
  const file = require.resolve("dynalite/db/index.js");
  if (require.cache[file] === undefined) {
    let source = readFileSync(file, "utf8");
    for (const [wrong, right] of CORRECTIONS) {
      if (!source.includes(wrong)) throw new Error(`dynalite has changed: ${wrong}`);
      source = source.replace(wrong, right);
    }
    const corrected = new Module(file) as NodeJS.Module & {
      _compile(source: string, file: string): void;
    };
    corrected.filename = file;
    corrected.paths = (
      Module as unknown as { _nodeModulePaths(from: string): string[] }
    )._nodeModulePaths(dirname(file));
    require.cache[file] = corrected;
    corrected._compile(source, file);
    corrected.loaded = true;
  }
  return require("dynalite") as Dynalite;
}
