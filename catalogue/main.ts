import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runDemo } from "@carryover/cli/demo/run";
import { freeze } from "../packages/events/tools/versions.ts";
import { keepExample, withoutExample } from "./examples.ts";
import { pages } from "./pages.ts";
import { untruths } from "./roles.ts";

/**
 * `npm run events`: freezes what events have gained, and writes `docs/events/`. With `--examples`, takes the
 * examples that are missing from a run of the demo; with `--from FILE`, from a file of events, one a line.
 */
const { values } = parseArgs({
  options: { examples: { type: "boolean" }, from: { type: "string" } },
});

const wrong = untruths();
if (wrong.length > 0) throw new Error(`The catalogue is not true:\n  ${wrong.join("\n  ")}`);

const kept = (body: string) => {
  const name = keepExample(body);
  if (name) console.log(`example   ${name}`);
};
if (values.from !== undefined) {
  for (const line of readFileSync(values.from, "utf8").split("\n")) if (line) kept(line);
}
if (values.examples && withoutExample().length > 0) await runDemo({ onEvent: kept });

for (const file of freeze()) console.log(`frozen    ${file}`);

const folder = new URL("../docs/events/", import.meta.url);
const written = pages();
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (!written.has(file)) rmSync(new URL(file, folder));
for (const [file, text] of written) writeFileSync(new URL(file, folder), text);
console.log(`written   ${written.size} pages in docs/events`);
