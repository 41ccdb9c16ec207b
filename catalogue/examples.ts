import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { published } from "@carryover/events/catalogue";
import { parseEvent } from "@carryover/events/parse";

const FOLDER = new URL("../packages/events/examples/", import.meta.url);

/** An event of the bus as a queue gets it: EventBridge's envelope. @throws Error there is none */
export function exampleOf(name: string): object {
  const file = fileOf(name);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as object;
  throw new Error(`${name} has no example: npm run events -- --examples takes it from the demo`);
}

/** Published events that have no example yet. */
export function withoutExample(): string[] {
  return published.map(({ name }) => name).filter((name) => !existsSync(fileOf(name)));
}

/** Keeps what was heard as the example of its event, where there is none yet. Answers its name if kept. */
export function keepExample(body: string): string | undefined {
  const { name } = parseEvent(body);
  if (existsSync(fileOf(name))) return undefined;
  writeFileSync(fileOf(name), `${JSON.stringify(JSON.parse(body), null, 2)}\n`);
  return name;
}

function fileOf(name: string): URL {
  return new URL(`${name}.json`, FOLDER);
}
