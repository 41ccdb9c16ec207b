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

/** Fields that TestEventPattern demands. Source: EventBridge API reference, TestEventPattern. */
const REQUIRED = ["id", "account", "source", "time", "region", "resources", "detail-type"];

/** @throws AwsError `InvalidEventPatternException`, or `ValidationException` for the event */
export function testEventPattern(input: { EventPattern: string; Event: string }): object {
  const matcher = compilePattern(input.EventPattern);
  let event: unknown;
  try {
    event = JSON.parse(input.Event);
  } catch {
    throw new AwsError("ValidationException", "Parameter Event is not valid. Reason: not JSON");
  }
  if (!isRecord(event)) {
    throw new AwsError("ValidationException", "Parameter Event is not valid. Reason: no object");
  }
  const absent = REQUIRED.find((field) => !Object.hasOwn(event, field));
  if (absent !== undefined) {
    throw new AwsError(
      "ValidationException",
      `Parameter Event is not valid. Reason: ${absent} is a required field`,
    );
  }
  return { Result: matcher(event) };
}
