/** A pattern that EventBridge would refuse. The message is the reason and, as AWS's parser gives it, the place. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** How much of the text a place quotes. Source: Jackson 2.15, ErrorReportConfiguration. */
const MOST_QUOTED = 500;

/** A pattern's text, and what is wrong at a place of it. */
export interface Source {
  readonly text: string;
  /** @param offset how far the text had been read */
  refuse(reason: string, offset: number): PatternError;
  place(offset: number): string;
}

/** Places are worded as AWS words them: LocalStack's snapshots of test_events_patterns.py recorded them. */
export function sourceOf(text: string): Source {
  const place = (offset: number): string => {
    const before = text.slice(0, offset).split("\n");
    const quoted = text.slice(0, MOST_QUOTED);
    const rest = text.length - quoted.length;
    const truncated = rest > 0 ? `[truncated ${rest} chars]` : "";
    const column = (before.at(-1)?.length ?? 0) + 1;
    return `[Source: (String)"${quoted}"${truncated}; line: ${before.length}, column: ${column}]`;
  };
  return {
    text,
    place,
    refuse: (reason, offset) => new PatternError(`${reason}\n at ${place(offset)}`),
  };
}
