import { createKeptList } from "./data/kept-list.ts";
import type { Store } from "./data/store.ts";
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
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
  write(entry: LogEntry): void;
  /** What was kept, newest last; only of groups that begin so, if `group` is given. */
  list(group?: string): readonly KeptLogEntry[];
}

const KEPT_LINES = 100_000;

/** Keeps what the stage's services would have written to CloudWatch Logs. */
export function createLogStreams(clock: Clock, store?: Store): LogStreams {
  const kept = createKeptList<KeptLogEntry>("logs/", { capacity: KEPT_LINES, store });
  return {
    restore: kept.restore,
    write: (entry) => kept.add({ ...entry, at: new Date(clock()).toISOString() }),
    list: (group = "") => kept.all().filter((entry) => entry.group.startsWith(group)),
  };
}
