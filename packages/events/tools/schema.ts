import * as z from "zod/mini";
import { type EventDefinition, EventMetadata } from "../src/define.ts";

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
    ...schema,
  };
}
