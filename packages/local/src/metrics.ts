import { createKeptList } from "./data/kept-list.ts";
import type { Store } from "./data/store.ts";
import type { Clock } from "./service.ts";

/** What identifies a metric. Dimensions by name; their order means nothing. */
export interface MetricId {
  readonly account: string;
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Values that were measured at the same time, in sum. */
export interface Measured {
  readonly unit: string;
  readonly atMs: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface Datum extends MetricId, Measured {}

/** A metric in sum, as `/_local/metrics` shows it. `lastAt` is ISO-8601 UTC text. */
export type MetricSum = MetricId & Omit<Measured, "atMs"> & { readonly lastAt: string };

export interface Metrics {
  /** Takes what was measured together. */
  add(data: readonly Datum[]): void;
  /** Takes what a log line says in CloudWatch's embedded metric format; answers false for a line that says nothing. */
  addLine(place: { readonly account: string; readonly region: string }, line: string): boolean;
  /** What was kept, oldest first. */
  list(): readonly Datum[];
  /** Every metric once, in sum; only of one namespace if it is given. */
  sums(namespace?: string): readonly MetricSum[];
  clear(): void;
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

const KEPT = 20_000;

/**
 * Keeps what was measured: put by API, or written in the logs of functions.
 * @param told gets what was measured together, each time
 */
export function createMetrics(
  clock: Clock,
  store?: Store,
  told?: (data: readonly Datum[]) => void,
): Metrics {
  const kept = createKeptList<Datum>("metrics/", { capacity: KEPT, store });
  const add = (data: readonly Datum[]) => {
    for (const datum of data) kept.add(datum);
    told?.(data);
  };
  return {
    add,
    addLine: (place, line) => {
      const data = embedded(line, clock()).map((measured) => ({ ...place, ...measured }));
      if (data.length > 0) add(data);
      return data.length > 0;
    },
    list: kept.all,
    sums: (namespace) =>
      summed(kept.all().filter((one) => !namespace || one.namespace === namespace)),
    clear: kept.clear,
    restore: kept.restore,
  };
}

/** A text that is the same for the same metric. */
export function metricKey({ account, region, namespace, name, dimensions }: MetricId): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([account, region, namespace, name, sorted]);
}

function summed(data: readonly Datum[]): readonly MetricSum[] {
  const sums = new Map<string, MetricSum>();
  for (const { atMs, ...datum } of data) {
    const key = metricKey(datum);
    const before = sums.get(key);
    sums.set(key, {
      ...datum,
      count: datum.count + (before?.count ?? 0),
      sum: datum.sum + (before?.sum ?? 0),
      min: Math.min(datum.min, before?.min ?? datum.min),
      max: Math.max(datum.max, before?.max ?? datum.max),
      lastAt: new Date(atMs).toISOString(),
    });
  }
  return [...sums.values()];
}

/** Source: CloudWatch user guide, "Specification: Embedded metric format": a metric for each set of dimensions. */
function embedded(line: string, nowMs: number): Omit<Datum, "account" | "region">[] {
  if (!line.includes('"_aws"')) return [];
  let root: Record<string, unknown>;
  try {
    root = Object(JSON.parse(line));
  } catch {
    // Not every line that speaks of it is one.
    return [];
  }
  const { Timestamp, CloudWatchMetrics } = Object(root["_aws"]);
  const atMs = isTime(Timestamp) ? Timestamp : nowMs;
  return listOf(CloudWatchMetrics).flatMap(({ Namespace, Dimensions, Metrics }) => {
    if (typeof Namespace !== "string") return [];
    const sets = Array.isArray(Dimensions) && Dimensions.length > 0 ? Dimensions : [[]];
    return listOf(Metrics).flatMap(({ Name, Unit }) => {
      if (typeof Name !== "string" || !Object.hasOwn(root, Name)) return [];
      const values = [root[Name]].flat().filter((value) => Number.isFinite(value)) as number[];
      if (values.length === 0) return [];
      const measured = {
        namespace: Namespace,
        name: Name,
        unit: typeof Unit === "string" ? Unit : "None",
        atMs,
        count: values.length,
        sum: values.reduce((sum, value) => sum + value, 0),
        min: Math.min(...values),
        max: Math.max(...values),
      };
      return sets.map((set) => ({ ...measured, dimensions: dimensionsOf(set, root) }));
    });
  });
}

function dimensionsOf(names: unknown, root: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    [names]
      .flat()
      .filter((name): name is string => typeof name === "string" && Object.hasOwn(root, name))
      .map((name) => [name, String(root[name])]),
  );
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map((one) => Object(one)) : [];
}

/** A log line may say anything; `Date` takes no more than this. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= 8.64e15;
}
