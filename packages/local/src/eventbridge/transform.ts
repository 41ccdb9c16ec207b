import type { BusEvent } from "./event.ts";
import type { Target } from "./limits.ts";
import { isRecord } from "./match-value.ts";

/**
 * What a target gets of an event, as JSON text (a transformer's template may also make plain text).
 * Source: EventBridge UG, "Input transformation".
 */
export function targetInput(target: Target, event: BusEvent, ruleArn: string): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined)
    return JSON.stringify(select(event, target.InputPath) ?? null);
  if (target.InputTransformer !== undefined)
    return transformed(target.InputTransformer, event, ruleArn);
  return JSON.stringify(event);
}

/** Source: EventBridge UG, "Input transformation", "Predefined variables". */
const PREDEFINED = new Map<string, (event: BusEvent, ruleArn: string) => unknown>([
  [
    // Without the detail, and with one name in another case: LocalStack's test
    // `test_input_transformer_predefined_variables` recorded it on AWS.
    "aws.events.event",
    ({ detail: _, "detail-type": detailType, ...rest }) => ({ ...rest, detailType }),
  ],
  ["aws.events.event.json", (event) => event],
  ["aws.events.event.ingestion-time", ({ time }) => time],
  ["aws.events.rule-arn", (_event, ruleArn) => ruleArn],
  ["aws.events.rule-name", (_event, ruleArn) => ruleArn.slice(ruleArn.lastIndexOf("/") + 1)],
]);

/** The first variable of a template that has no path and is not predefined. */
export function unknownPlaceholder({
  InputPathsMap,
  InputTemplate,
}: NonNullable<Target["InputTransformer"]>): string | undefined {
  return [...InputTemplate.matchAll(/<([A-Za-z0-9._-]+)>/g)]
    .map(([, name = ""]) => name)
    .find((name) => !Object.hasOwn(InputPathsMap, name) && !PREDEFINED.has(name));
}

/** The part of an event that a path such as `$.detail.items[0].id` names. */
function select(event: unknown, path: string): unknown {
  let node = event;
  for (const [, key, index] of path.slice(1).matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)) {
    if (key !== undefined)
      node = isRecord(node) && Object.hasOwn(node, key) ? node[key] : undefined;
    else node = Array.isArray(node) ? node[Number(index)] : undefined;
  }
  return node;
}

function transformed(
  { InputPathsMap, InputTemplate }: NonNullable<Target["InputTransformer"]>,
  event: BusEvent,
  ruleArn: string,
): string {
  const values = new Map<string, unknown>(
    Object.entries(InputPathsMap).map(([name, path]) => [name, select(event, path)]),
  );
  for (const [name, read] of PREDEFINED) values.set(name, read(event, ruleArn));
  let quoted = false;
  return InputTemplate.replace(/\\.|"|<([A-Za-z0-9._-]+)>/g, (match, name: string | undefined) => {
    if (match === '"') quoted = !quoted;
    if (name === undefined || !values.has(name)) return match;
    const value = values.get(name);
    // Inside quotes a value is text; on its own it is JSON. A path that finds nothing makes an empty text.
    if (!quoted) return JSON.stringify(value ?? "");
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    return JSON.stringify(text).slice(1, -1);
  });
}
