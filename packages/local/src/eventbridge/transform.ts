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

/** The part of an event that a path such as `$.detail.items[0].id` names, or with `[*]` the list of such parts. */
export function select(event: unknown, path: string): unknown {
  const [step, key, index] = /^\.([^.[\]]+)|^\[(\d+|\*)\]/.exec(path.slice(1)) ?? [];
  if (step === undefined) return event;
  const rest = `$${path.slice(1 + step.length)}`;
  if (key !== undefined) {
    return isRecord(event) && Object.hasOwn(event, key) ? select(event[key], rest) : undefined;
  }
  if (!Array.isArray(event)) return undefined;
  if (index !== "*") return select(event[Number(index)], rest);
  return event.map((each) => select(each, rest)).filter((found) => found !== undefined);
}

/** A value as a part of other text: objects and lists lose their quotation marks. Source: aws-cdk issue 15512. */
export function textOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");
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
    return JSON.stringify(textOf(value)).slice(1, -1);
  });
}
