/** An event destination of a configuration set, as the API has it. */
export interface EventDestination {
  readonly Name: string;
  readonly Enabled: boolean;
  readonly MatchingEventTypes: readonly string[];
  readonly EventBridgeDestination?: { readonly EventBusArn: string } | undefined;
}

export interface ConfigurationSet {
  readonly name: string;
  sendingEnabled: boolean;
  readonly reputationMetricsEnabled: boolean;
  /** Undefined: the account's. */
  suppressedReasons: readonly string[] | undefined;
  readonly destinations: Map<string, EventDestination>;
}

export interface Template {
  readonly name: string;
  readonly createdAtEpochMs: number;
  readonly content: {
    readonly Subject?: string | undefined;
    readonly Text?: string | undefined;
    readonly Html?: string | undefined;
  };
}

export interface Suppressed {
  readonly address: string;
  readonly reason: string;
  readonly atEpochMs: number;
}

/** What a production account may send. Source: SES guide, "Service quotas": both numbers differ by account. */
export interface Quota {
  max24HourSend: number;
  /** Mails a second. */
  maxSendRate: number;
}

/** SES in one region. */
export interface SesRegion {
  readonly region: string;
  readonly configurationSets: Map<string, ConfigurationSet>;
  /** Verified at once: there is no DNS here to prove a domain by. */
  readonly identities: Set<string>;
  readonly templates: Map<string, Template>;
  /** By address, with its domain in lower case. */
  readonly suppressed: Map<string, Suppressed>;
  suppressedReasons: readonly string[];
  sendingEnabled: boolean;
  quota: Quota;
  /** Epoch milliseconds of each recipient of the last day. */
  sends: number[];
  /** Mails that may still go at once, and when that was worked out. */
  burst: { left: number; atEpochMs: number };
}

export function createRegion(region: string, now: number): SesRegion {
  const quota = { max24HourSend: 50_000, maxSendRate: 14 };
  return {
    region,
    configurationSets: new Map(),
    identities: new Set(),
    templates: new Map(),
    suppressed: new Map(),
    // What a new account has (SES guide, "Using the Amazon SES account-level suppression list").
    suppressedReasons: ["BOUNCE", "COMPLAINT"],
    sendingEnabled: true,
    quota,
    sends: [],
    burst: { left: quota.maxSendRate, atEpochMs: now },
  };
}
