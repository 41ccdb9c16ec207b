import { isRecord } from "../eventbridge/match-value.ts";
import { compile } from "../eventbridge/pattern.ts";

/** Decides by its record whether a function gets a message. */
export type MessageFilter = (record: { readonly body: string }) => boolean;

/**
 * A message passes by any of the patterns. A pattern that looks into the body matches JSON only, and one that names
 * a text no JSON. Source: Lambda DG, "Using event filtering with an Amazon SQS event source". @throws PatternError
 */
export function messageFilter(patterns: readonly string[]): MessageFilter {
  const filters = patterns.map((pattern) => ({
    matches: compile(pattern),
    looksInside: isRecord(Object(JSON.parse(pattern)).body),
  }));
  return (record) => {
    if (filters.length === 0) return true;
    const body = jsonObject(record.body);
    return filters.some(({ matches, looksInside }) =>
      body === undefined ? !looksInside && matches(record) : matches({ ...record, body }),
    );
  };
}

function jsonObject(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    // Plain text, which a filter may ask for.
    return undefined;
  }
}
