import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { planned, published } from "@carryover/events/catalogue";
import type { EventDefinition } from "@carryover/events/define";
import { apis } from "@carryover/functions/apis";
import { jobs } from "@carryover/functions/jobs";
import { subscribers } from "@carryover/functions/subscribers";
import { triggers } from "@carryover/functions/triggers";

const SOURCES = ["core", "functions"].map((name) =>
  fileURLToPath(new URL(`../packages/${name}/src/`, import.meta.url)),
);

/** Said of an event that other teams put on the bus: no code of this repository does. */
const OTHERS = "another team's system";

/** The functions of the lists, by name. */
const functions: ReadonlySet<string> = new Set(
  [subscribers, triggers, jobs, apis].flatMap((list) => Object.keys(list)),
);

/** The services that get an event. */
export function readersOf(event: EventDefinition): string[] {
  return Object.entries(subscribers)
    .filter(([, { on }]) => on.some(({ name }) => name === event.name))
    .map(([name]) => name);
}

/** Where the catalogue says something else than the code does: one line each. */
export function untruths(
  onTheBus: readonly EventDefinition[] = published,
  toCome: readonly EventDefinition[] = planned,
  code: string = sourceCode(),
): string[] {
  const isSaid = ({ name, publishedBy, ...event }: EventDefinition) =>
    publishedBy.includes(OTHERS)
      ? readersOf({ name, publishedBy, ...event }).length > 0
      : new RegExp(`\\bmakeEvent\\(\\s*${name}\\b`).test(code);
  return [
    ...onTheBus
      .filter((event) => !isSaid(event))
      .map(({ name }) => `${name}: no code publishes it, so it is planned`),
    ...toCome.filter(isSaid).map(({ name }) => `${name}: is published, so it is planned no longer`),
    ...onTheBus.flatMap(({ name, publishedBy }) =>
      publishedBy
        .filter((one) => one !== OTHERS && !functions.has(one))
        .map((one) => `${name}: there is no function ${one} that could publish it`),
    ),
  ];
}

function sourceCode(): string {
  return SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => readFileSync(folder + file, "utf8")),
  ).join("\n");
}
