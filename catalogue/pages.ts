import { planned, published } from "@carryover/events/catalogue";
import { EVENT_SOURCE, type EventDefinition } from "@carryover/events/define";
import { type JsonSchema, schemaOf } from "../packages/events/tools/schema.ts";
import { exampleOf } from "./examples.ts";
import { readersOf } from "./roles.ts";
import { samplesFor } from "./samples.ts";

const GENERATED = "<!-- Made by `npm run events`. Do not edit. -->";

/** Every file of `docs/events/`, by name. @throws Error an event has no example */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    ["README.md", index()],
    ...published.map((event) => [`${event.name}.md`, page(event)] as const),
  ]);
}

function index(): string {
  const rows = published.map(
    (event) =>
      `| [\`${event.name}\`](${event.name}.md) | ${event.description} | ${list(event.publishedBy)} | ${list(readersOf(event))} |`,
  );
  const toCome = planned.map(
    ({ name, description, publishedBy }) =>
      `| \`${name}\` | ${description} | ${list(publishedBy)} |`,
  );
  return `${GENERATED}

# The events

What Carryover says on its EventBridge bus, with the source \`${EVENT_SOURCE}\`. How to listen, in minutes:
[subscribe.md](../subscribe.md).

| detail-type | says | published by | read by |
| --- | --- | --- | --- |
${rows.join("\n")}

\`\`\`
detail = { metadata: { id, version, occurredAt, correlationId, causationId?, stage, region }, data: { … } }
\`\`\`

- **Deduplicate on \`metadata.id\`.** Events come at least once; the same thing said again has the same id.
- **Expect no order.** \`UserSignedIn\` can come before \`UserMigrated\`.
- **There is no personal data in an event**: ids, regions, counts and times. Read an address from the pool in the user's
  own region, by \`sub\`.
- An event may gain an optional field. Anything else is a new event, such as \`UserMigrated.v2\`, and both are published
  until nobody reads the first. [\`packages/events/versions\`](../../packages/events/versions) holds every form that an
  event ever had, and a test holds the code to them.

## Planned

Nothing publishes these yet, and until then they may change.

| detail-type | will say | publisher |
| --- | --- | --- |
${toCome.join("\n")}
`;
}

function page(event: EventDefinition): string {
  const schema = schemaOf(event);
  const samples = samplesFor(event.name, EVENT_SOURCE);
  return `${GENERATED}

# ${event.name}

${event.description}

| version | published by | read by |
| --- | --- | --- |
| ${event.version} | ${list(event.publishedBy)} | ${list(readersOf(event))} |

## Data

| field | type | | |
| --- | --- | --- | --- |
${fieldsOf(part(schema, "data")).join("\n")}

## Example

One that was on the bus of the local stage, as a queue gets it.

${fenced("json", JSON.stringify(exampleOf(event.name), null, 2))}

## Subscribe

The queue, its dead-letter queue and its policy are in [subscribe.md](../subscribe.md).

${samples.map(({ tool, language, code }) => `**${tool}**\n\n${fenced(language, code)}`).join("\n\n")}

## Schema

JSON Schema (draft 2020-12) of the \`detail\`.

${fenced("json", JSON.stringify(schema, null, 2))}
`;
}

/** One row for each field that holds a value. */
function fieldsOf(schema: JsonSchema, path = "", optional = false): string[] {
  const properties = Object.keys((schema["properties"] as object | undefined) ?? {});
  if (properties.length === 0) {
    const note = schema["description"] ?? "";
    return [`| \`${path}\` | ${typeOf(schema)} | ${optional ? "optional" : ""} | ${note} |`];
  }
  const required = schema["required"] as readonly string[] | undefined;
  return properties.flatMap((name) =>
    fieldsOf(
      part(schema, name),
      path === "" ? name : `${path}.${name}`,
      optional || !required?.includes(name),
    ),
  );
}

function typeOf(schema: JsonSchema): string {
  const values = schema["enum"];
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``).join(", ");
  const further = schema["additionalProperties"];
  if (schema["type"] === "object" && typeof further === "object" && further !== null) {
    return `object of ${typeOf(further as JsonSchema)}`;
  }
  return String(schema["type"]);
}

function part(schema: JsonSchema, name: string): JsonSchema {
  return (schema["properties"] as Record<string, JsonSchema>)[name] ?? {};
}

function list(names: readonly string[]): string {
  return names.join(", ") || "other teams";
}

function fenced(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}
