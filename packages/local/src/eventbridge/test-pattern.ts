import { AwsError } from "../service.ts";
import { isRecord } from "./match-value.ts";
import { compile, type Matcher } from "./pattern.ts";
import { PatternError } from "./pattern-error.ts";

/** Compiles a pattern. @throws AwsError `InvalidEventPatternException` */
export function compilePattern(pattern: string): Matcher {
  try {
    return compile(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new AwsError(
      "InvalidEventPatternException",
      `Event pattern is not valid. Reason: ${error.message}`,
    );
  }
}

/**
 * Fields that TestEventPattern demands. The API reference names `resources`, too; AWS took events without
 * (LocalStack's `test_event_pattern[minimal]`).
 */
const REQUIRED = ["id", "account", "source", "time", "region", "detail-type"];

/** @throws AwsError `InvalidEventPatternException`, or `ValidationException` for the event */
export function testEventPattern(input: { EventPattern: string; Event: string }): object {
  const matcher = compilePattern(input.EventPattern);
  let event: unknown;
  try {
    event = JSON.parse(input.Event);
  } catch {
    throw notValid();
  }
  if (!isRecord(event) || REQUIRED.some((field) => !Object.hasOwn(event, field))) throw notValid();
  return { Result: matcher(event) };
}

/** AWS gives no reason. Source: the snapshots of LocalStack's test_events_patterns.py. */
function notValid(): AwsError {
  return new AwsError("ValidationException", "Parameter Event is not valid.");
}
