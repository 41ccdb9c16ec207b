import type { Store } from "../data/store.ts";
import type { KeyWrapping } from "../kms.ts";
import type { LogEntry } from "../log-streams.ts";
import type { Clock, Deliver, Invoke } from "../service.ts";
import type { Quotas } from "./quotas.ts";

export interface CognitoDeps {
  readonly clock: Clock;
  readonly invoke: Invoke;
  /** Invokes without waiting, as for custom senders. */
  readonly invokeLater?: (functionArn: string, event: unknown) => void;
  /** The keys of custom senders. */
  readonly kms?: KeyWrapping;
  readonly deliver: Deliver;
  /** The base URL of the gateway, for example `http://127.0.0.1:4566`. Asked late: the port may not be known at first. */
  readonly endpoint: () => string;
  /** Where pools and users outlive the process. */
  readonly store?: Store | undefined;
  /** Takes a line for a log stream of CloudWatch: what happened to which line of an import, and no user's data. */
  readonly writeLog?: (entry: LogEntry) => void;
  /** How many calls a second it takes; without it, any number. */
  readonly quotas?: Quotas | undefined;
  /** Takes lines that are safe to show: ids and names of operations, never a password, code or token. */
  readonly log?: (line: string) => void;
}
