import { isDeepStrictEqual } from "node:util";
import type { JsonSchema } from "./schema.ts";

/** They say something about a schema and allow or forbid nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  "$id",
  "$schema",
  "title",
  "description",
  "$comment",
  "examples",
]);

/**
 * What breaks when an event changes from one schema to another: one line each, none when only optional
 * fields were added. It looks both ways: readers of today get events of tomorrow, and who updates the
 * package gets events of yesterday, from a queue or from a replay. So a change is breaking even where it
 * only allows less than before.
 */
export function breakingChanges(before: JsonSchema, after: JsonSchema, at = "detail"): string[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changes: string[] = [];
  for (const keyword of keywords) {
    if (ANNOTATIONS.has(keyword) || keyword === "required") continue;
    if (keyword === "properties") {
      changes.push(...changedFields(before, after, at));
    } else if (keyword === "enum") {
      changes.push(...changedValues(listOf(before["enum"]), listOf(after["enum"]), at));
    } else if (isSchema(before[keyword]) && isSchema(after[keyword])) {
      changes.push(...breakingChanges(before[keyword], after[keyword], `${at}.${keyword}`));
    } else if (!isDeepStrictEqual(before[keyword], after[keyword])) {
      const [was, is] = [before[keyword], after[keyword]].map(shown);
      changes.push(`${at}: ${keyword} was ${was}, is ${is}`);
    }
  }
  return changes;
}

function changedFields(before: JsonSchema, after: JsonSchema, at: string): string[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const [wasRequired, isRequired] = [listOf(before["required"]), listOf(after["required"])];
  const changes = Object.entries(old).flatMap(([name, schema]) => {
    const field = `${at}.${name}`;
    const kept = now[name];
    if (kept === undefined) return [`${field}: removed`];
    const [must, musts] = [wasRequired.includes(name), isRequired.includes(name)];
    return [
      ...(must && !musts ? [`${field}: was required, is optional`] : []),
      ...(!must && musts ? [`${field}: was optional, is required`] : []),
      ...breakingChanges(schema, kept, field),
    ];
  });
  const added = Object.keys(now).filter((name) => !(name in old) && isRequired.includes(name));
  return [...changes, ...added.map((name) => `${at}.${name}: added as required`)];
}

function changedValues(before: readonly unknown[], after: readonly unknown[], at: string) {
  const gone = before.filter((value) => !after.includes(value));
  const come = after.filter((value) => !before.includes(value));
  return [
    ...gone.map((value) => `${at}: no longer ${shown(value)}`),
    ...come.map((value) => `${at}: may be ${shown(value)} too`),
  ];
}

function fieldsOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const { properties } = schema;
  return isSchema(properties) ? (properties as Record<string, JsonSchema>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? "not there" : JSON.stringify(value);
}
