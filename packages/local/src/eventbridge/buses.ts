import { AwsError } from "../service.ts";
import { type BusSettings, busReference, type Target } from "./limits.ts";
import type { Matcher } from "./pattern.ts";
import type { Statement } from "./permissions.ts";
import type { Tags } from "./tags.ts";

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  eventPattern: string | undefined;
  matcher: Matcher | undefined;
  scheduleExpression: string | undefined;
  description: string | undefined;
  roleArn: string | undefined;
  state: string;
  /** The service whose rule it is, and which alone may change it. */
  readonly managedBy?: string;
  tags: Tags;
  readonly targets: Map<string, Target>;
}

export interface Bus {
  readonly name: string;
  readonly region: string;
  description: string | undefined;
  /** What is kept and given back, and nothing more comes of it. */
  settings?: Omit<BusSettings, "Description">;
  /** Who else may use it. */
  policy: readonly Statement[] | undefined;
  tags: Tags;
  readonly rules: Map<string, Rule>;
  readonly createdAtEpochMs: number;
  lastModifiedAtEpochMs: number;
}

type BusRecord = Omit<Bus, "rules"> & { readonly rules: readonly Omit<Rule, "matcher">[] };

/** The buses of every region. Each region has a `default` from the start. */
export interface Buses {
  of(region: string): Map<string, Bus>;
  find(region: string, nameOrArn: string): Bus | undefined;
  /** All that a restart needs to make a region's buses again. */
  recordOf(region: string): object;
  restore(region: string, record: object, compile: (pattern: string) => Matcher): void;
  /** @throws AwsError `ResourceNotFoundException` */
  get(region: string, nameOrArn: string): Bus;
  /** @throws AwsError `ResourceNotFoundException` */
  rule(region: string, bus: string, rule: string): Rule;
}

export function createBuses(nowEpochMs: () => number): Buses {
  const regions = new Map<string, Map<string, Bus>>();
  const of = (region: string): Map<string, Bus> => {
    const known = regions.get(region);
    if (known) return known;
    const made = new Map([["default", newBus(region, "default", nowEpochMs())]]);
    regions.set(region, made);
    return made;
  };
  const find = (region: string, nameOrArn: string): Bus | undefined => {
    const reference = busReference(region, nameOrArn);
    return of(reference.region).get(reference.name);
  };
  const get = (region: string, nameOrArn: string): Bus => {
    const found = find(region, nameOrArn);
    if (found) return found;
    const { name } = busReference(region, nameOrArn);
    throw new AwsError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
  };
  return {
    of,
    find,
    get,
    recordOf: (region) =>
      [...of(region).values()].map((bus) => ({
        ...bus,
        rules: [...bus.rules.values()].map(({ matcher: _, ...rule }) => rule),
      })),
    restore: (region, record, compile) => {
      for (const bus of record as readonly BusRecord[]) {
        const rules = bus.rules.map((rule): [string, Rule] => [
          rule.name,
          { ...rule, matcher: rule.eventPattern ? compile(rule.eventPattern) : undefined },
        ]);
        of(region).set(bus.name, { ...bus, rules: new Map(rules) });
      }
    },
    rule: (region, busName, ruleName) => {
      const bus = get(region, busName);
      const found = bus.rules.get(ruleName);
      if (found) return found;
      throw new AwsError(
        "ResourceNotFoundException",
        `Rule ${ruleName} does not exist on EventBus ${bus.name}.`,
      );
    },
  };
}

export function newBus(region: string, name: string, nowEpochMs: number): Bus {
  return {
    name,
    region,
    description: undefined,
    policy: undefined,
    tags: [],
    rules: new Map(),
    createdAtEpochMs: nowEpochMs,
    lastModifiedAtEpochMs: nowEpochMs,
  };
}

/** One page of a listing. @throws AwsError `ValidationException` for a token that this did not give out */
export function page<T>(
  all: readonly T[],
  { Limit, NextToken }: { Limit: number; NextToken?: string | undefined },
): { items: readonly T[]; NextToken: string | undefined } {
  const from = Number(NextToken ?? 0);
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsError(
      "ValidationException",
      "Parameter NextToken is not valid. Reason: Token invalid.",
    );
  }
  const to = from + Limit;
  return { items: all.slice(from, to), NextToken: to < all.length ? String(to) : undefined };
}

/** Archives and replays are listed by one filter at most. @throws AwsError `ValidationException` */
export function checkFilters(
  operation: string,
  asked: { NamePrefix?: unknown; EventSourceArn?: unknown; State?: unknown },
): void {
  const filters = [asked.NamePrefix, asked.EventSourceArn, asked.State];
  if (filters.filter((one) => one !== undefined).length <= 1) return;
  throw new AwsError(
    "ValidationException",
    `At most one filter is allowed for ${operation}. Use either : State, EventSourceArn, or NamePrefix.`,
  );
}
