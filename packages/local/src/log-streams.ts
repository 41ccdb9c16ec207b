import type { Clock } from "./service.ts";

/** A line for a log stream, as a service writes it. */
export interface LogEntry {
  readonly group: string;
  readonly stream: string;
  readonly line: string;
}

/** A line as it was kept. `at` is ISO-8601 UTC text in the stage's time. */
export interface KeptLogEntry extends LogEntry {
  readonly at: string;
}

export interface LogStreams {
  write(entry: LogEntry): void;
  /** What was kept, newest last; only of groups that begin so, if `group` is given. */
  list(group?: string): readonly KeptLogEntry[];
}

/** A stage that runs for days must not grow without bound. */
const KEPT_LINES = 100_000;

/** Keeps what the stage's services would have written to CloudWatch Logs. */
export function createLogStreams(clock: Clock): LogStreams {
  const kept: KeptLogEntry[] = [];
  return {
    write: (entry) => {
      kept.push({ ...entry, at: new Date(clock()).toISOString() });
      if (kept.length > 2 * KEPT_LINES) kept.splice(0, kept.length - KEPT_LINES);
    },
    list: (group = "") => kept.slice(-KEPT_LINES).filter((entry) => entry.group.startsWith(group)),
  };
}
