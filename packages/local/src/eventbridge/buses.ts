import { AwsError } from "../service.ts";
import { busReference, type Target } from "./limits.ts";
import type { Matcher } from "./pattern.ts";

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  eventPattern: string | undefined;
  matcher: Matcher | undefined;
  scheduleExpression: string | undefined;
  description: string | undefined;
  state: string;
  readonly targets: Map<string, Target>;
}

export interface Bus {
  readonly name: string;
  readonly region: string;
  readonly description: string | undefined;
  readonly rules: Map<string, Rule>;
  readonly createdAtEpochMs: number;
}

/** The buses of every region. Each region has a `default` from the start. */
export interface Buses {
  of(region: string): Map<string, Bus>;
  find(region: string, nameOrArn: string): Bus | undefined;
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
    const fresh: Bus = {
      name: "default",
      region,
      description: undefined,
      rules: new Map(),
      createdAtEpochMs: nowEpochMs(),
    };
    const made = new Map([["default", fresh]]);
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
