import * as z from "zod/mini";
import { type EventDefinition, EventMetadata } from "../src/define.ts";
import { notesOf } from "./notes.ts";

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * What the `detail` of an event looks like, as JSON Schema (draft 2020-12). It allows fields that it
 * does not name, as readers have to.
 */
export function schemaOf({ name, version, description, data }: EventDefinition): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(z.object({ metadata: EventMetadata, data }), {
    target: "draft-2020-12",
    // What may arrive; `output` would forbid further fields.
    io: "input",
    override: ({ jsonSchema }) => {
      // In place of zod's own long pattern, which changes from one zod to the next.
      if (jsonSchema.format === "date-time") jsonSchema.pattern = "Z$";
    },
  });
  return {
    $schema,
    $id: `urn:carryover:event:${name}:${version}`,
    title: name,
    description,
    ...withNotes(schema, notesOf(name)),
  };
}

/** Adds what the comments say of the fields of `data`. */
function withNotes(schema: JsonSchema, notes: ReadonlyMap<string, string>, at = ""): JsonSchema {
  const fields = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  if (fields.length === 0) return schema;
  const properties = fields.map(([field, inside]) => {
    const path = at === "" ? field : `${at}.${field}`;
    const description = notes.get(path.replace(/^data\./, ""));
    const isData = path.startsWith("data.");
    return [
      field,
      { ...(isData && description && { description }), ...withNotes(inside, notes, path) },
    ] as const;
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}
