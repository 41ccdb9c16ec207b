import * as z from "zod/mini";
import { published } from "./catalogue.ts";
import {
  EVENT_SOURCE,
  type EventDefinition,
  type EventDetail,
  EventFormatError,
  parseDetail,
} from "./define.ts";

/** What EventBridge hands to a target (EventBridge guide, "Event structure"). */
const Envelope = z.object({
  "detail-type": z.string(),
  source: z.literal(EVENT_SOURCE),
  detail: z.unknown(),
  "replay-name": z.optional(z.string()),
});

/** A message of a queue, as SQS hands it to Lambda (`body`) and to `ReceiveMessage` (`Body`). */
const Message = z.union([
  z.pipe(
    z.object({ body: z.string() }),
    z.transform(({ body }) => body),
  ),
  z.pipe(
    z.object({ Body: z.string() }),
    z.transform(({ Body }) => Body),
  ),
]);

/** An event whose detail is not checked yet. */
export interface UncheckedEvent {
  readonly name: string;
  readonly detail: unknown;
  /** Set when an archive says it again: the replay's name. */
  readonly replayName?: string;
}

/** An event as its handler gets it. `name` tells the kinds apart. */
export interface ReceivedEvent<Name extends string, Data> extends EventDetail<Data> {
  readonly name: Name;
  /** Set when an archive says it again: the replay's name. */
  readonly replayName?: string;
}

/** What `parseEvent` makes of an event of this definition. */
export type EventOf<D> =
  D extends EventDefinition<infer Name, infer Data> ? ReceivedEvent<Name, Data> : never;

/** Any event that is on the bus. */
export type CarryoverEvent = EventOf<(typeof published)[number]>;

/**
 * Reads an event in any form that it arrives in: what a rule hands to a function, an SQS message, or
 * its body. (Its `detail` alone does not say which event it is: see `parseDetail`.) Fields that are
 * not known are left out.
 * @param among the events that are expected; left out: all that are on the bus
 * @throws EventFormatError not one of these; it names fields, never their values
 */
export function parseEvent(raw: unknown): CarryoverEvent;
export function parseEvent<const D extends EventDefinition>(
  raw: unknown,
  among: readonly D[],
): EventOf<D>;
export function parseEvent(
  raw: unknown,
  among: readonly EventDefinition[] = published,
): ReceivedEvent<string, unknown> {
  const envelope = readEnvelope(raw);
  return checkEvent(
    oneFor(envelope, among, (definition) => definition),
    envelope,
  );
}

/** @throws EventFormatError its detail does not match the definition */
export function checkEvent<Name extends string, Data>(
  definition: EventDefinition<Name, Data>,
  { detail, replayName }: UncheckedEvent,
): ReceivedEvent<Name, Data> {
  return {
    name: definition.name,
    ...parseDetail(definition, detail),
    ...(replayName !== undefined && { replayName }),
  };
}

/** What is meant for this event among several. @throws EventFormatError nothing is */
export function oneFor<One>(
  { name }: UncheckedEvent,
  among: readonly One[],
  definitionOf: (one: One) => EventDefinition,
): One {
  const found = among.find((one) => definitionOf(one).name === name);
  if (found) return found;
  throw new EventFormatError(`${shown(name)}: not an event that is expected here`);
}

/** Unwraps an event without looking at its detail. @throws EventFormatError not an event of Carryover */
export function readEnvelope(raw: unknown): UncheckedEvent {
  const message = z.safeParse(Message, raw);
  const body = message.success ? message.data : raw;
  const parsed = z.safeParse(Envelope, typeof body === "string" ? fromJson(body) : body);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join(".") || "the whole of it");
    throw new EventFormatError(`not an event of Carryover: see ${fields.join(", ")}`);
  }
  const { "detail-type": name, detail, "replay-name": replayName } = parsed.data;
  return { name, detail, ...(replayName !== undefined && { replayName }) };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words repeat the text, which is not ours to show.
    throw new EventFormatError("not an event of Carryover: not JSON");
  }
}

/** A detail-type is text from outside: only what looks like one is repeated. */
function shown(name: string): string {
  return /^[\w.]{1,128}$/.test(name) ? name : "a detail-type of another form";
}
