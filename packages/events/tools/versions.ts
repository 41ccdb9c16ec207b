import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { published } from "../src/catalogue.ts";
import type { EventDefinition } from "../src/define.ts";
import { breakingChanges } from "./compatible.ts";
import { type JsonSchema, schemaOf } from "./schema.ts";

/** Every schema that an event was ever published with: never changed, never deleted while it is on the bus. */
const FOLDER = new URL("../versions/", import.meta.url);

/** `UserMigrated.1.json`, then `UserMigrated.2.json` once it has gained an optional field. */
interface Frozen {
  readonly event: string;
  readonly revision: number;
  readonly schema: JsonSchema;
}

export function frozenVersions(folder = FOLDER): Frozen[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((file) => {
      const [, event, revision] = /^(.+)\.(\d+)\.json$/.exec(file) ?? [];
      if (!event) throw new Error(`versions/${file}: not the name of a frozen version`);
      const schema = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as JsonSchema;
      return { event, revision: Number(revision), schema };
    })
    .toSorted((one, other) => one.revision - other.revision);
}

/** What is broken for those who read any version that was ever published. */
export function brokenPromises(
  frozen: readonly Frozen[] = frozenVersions(),
  definitions: readonly EventDefinition[] = published,
): string[] {
  return frozen.flatMap(({ event, revision, schema }) => {
    const definition = definitions.find(({ name }) => name === event);
    if (!definition) return [`${event}: was published, and is not in the catalogue`];
    return breakingChanges(schema, schemaOf(definition)).map(
      (change) => `${event}, since revision ${revision}: ${change}`,
    );
  });
}

/** Published events whose schema of today is not among the frozen ones. */
export function unfrozen(
  frozen: readonly Frozen[] = frozenVersions(),
  definitions: readonly EventDefinition[] = published,
): EventDefinition[] {
  return definitions.filter((definition) => {
    const newest = frozen.findLast(({ event }) => event === definition.name);
    // Seen backwards, what was added looks removed.
    return !newest || breakingChanges(schemaOf(definition), newest.schema).length > 0;
  });
}

/** Freezes what was added. @throws Error listing what a reader would break on; nothing is written then */
export function freeze(
  folder = FOLDER,
  definitions: readonly EventDefinition[] = published,
): string[] {
  const frozen = frozenVersions(folder);
  const broken = brokenPromises(frozen, definitions);
  if (broken.length > 0) {
    throw new Error(
      `A breaking change is a new event, such as UserMigrated.v2:\n  ${broken.join("\n  ")}`,
    );
  }
  mkdirSync(folder, { recursive: true });
  return unfrozen(frozen, definitions).map((definition) => {
    const revision = frozen.filter(({ event }) => event === definition.name).length + 1;
    const file = `${definition.name}.${revision}.json`;
    writeFileSync(new URL(file, folder), `${JSON.stringify(schemaOf(definition), null, 2)}\n`);
    return file;
  });
}
