import * as z from "zod/mini";

/** The `source` field of every event that Carryover puts on the bus. */
export const EVENT_SOURCE = "carryover";

/**
 * Who said it, when, and because of what. The same for every event. Marked as pure, so that what only
 * publishes is bundled without it.
 */
export const EventMetadata = /* @__PURE__ */ metadataSchema();
export type EventMetadata = z.infer<typeof EventMetadata>;

function metadataSchema() {
  const id = z.string().check(z.minLength(1), z.maxLength(128));
  return z.object({
    /** The same whenever the same thing is said again: deduplicate on it. */
    id,
    version: z.int().check(z.positive()),
    /** ISO-8601 UTC. */
    occurredAt: z.iso.datetime(),
    /** Shared by everything that followed from one request. */
    correlationId: id,
    /** The `id` of the event that led to this one. */
    causationId: z.optional(id),
    stage: z.string(),
    /** The AWS region it happened in. */
    region: z.string(),
  });
}

export interface EventDefinition<Name extends string = string, Data = unknown> {
  /** The `detail-type` on the bus: a fact in the past tense. A breaking change is a new name. */
  readonly name: Name;
  readonly version: number;
  readonly description: string;
  readonly publishedBy: readonly string[];
  readonly data: z.ZodMiniType<Data>;
}

export type EventData<D extends EventDefinition> =
  D extends EventDefinition<string, infer Data> ? Data : never;

/** The `detail` of an event on the bus. */
export interface EventDetail<Data> {
  readonly metadata: EventMetadata;
  readonly data: Data;
}

export function defineEvent<const Name extends string, Data>(
  definition: EventDefinition<Name, Data>,
): EventDefinition<Name, Data> {
  return definition;
}

export class EventFormatError extends Error {
  override readonly name = "EventFormatError";
}

/**
 * Checks the `detail` of a received event against its definition. Fields that this version does not
 * know are left out, so that an added optional field breaks nobody.
 * @throws EventFormatError naming the fields, never their values
 */
export function parseDetail<Data>(
  definition: EventDefinition<string, Data>,
  detail: unknown,
): EventDetail<Data> {
  const schema = z.object({ metadata: EventMetadata, data: definition.data });
  const parsed = z.safeParse(schema, detail);
  if (parsed.success) return parsed.data as EventDetail<Data>;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "detail");
  throw new EventFormatError(
    `${definition.name}: does not match its schema at ${[...new Set(fields)].join(", ")}`,
  );
}
