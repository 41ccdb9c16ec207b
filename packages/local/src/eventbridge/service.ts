import { randomUUID } from "node:crypto";
import type { Store } from "../data/store.ts";
import type { Faults } from "../faults.ts";
import { ACCOUNT_ID, AwsError, type AwsService, type Clock } from "../service.ts";
import type { Sqs } from "../sqs/service.ts";
import { type Archives, createArchives } from "./archives.ts";
import { type Bus, type Buses, createBuses } from "./buses.ts";
import { type Delivery, type DeliveryDeps, deliver, type Functions } from "./delivery.ts";
import { createDestinations } from "./destinations.ts";
import { type AwsEvent, awsEvent, type BusEvent, checkRequest, eventOf } from "./event.ts";
import { parse } from "./input.ts";
import { Inputs } from "./limits.ts";
import { createBusOperations, createRuleOperations } from "./operations.ts";
import { createPermissionOperations, mayCall } from "./permissions.ts";
import { createReplays } from "./replays.ts";
import { createSchedules } from "./schedule.ts";
import { createTagOperations } from "./tags.ts";
import { createTargetOperations } from "./targets.ts";
import { compilePattern, testEventPattern } from "./test-pattern.ts";

export interface EventBridgeOptions {
  readonly clock: Clock;
  readonly sqs: Sqs;
  readonly lambda: Functions;
  readonly faults?: Faults | undefined;
  /** Delay before the first retry of a delivery, in milliseconds of real time. */
  readonly retryDelayMs?: number;
  readonly onDropped?: DeliveryDeps["onDropped"] | undefined;
  readonly store?: Store | undefined;
}

const REGION = "events/region/";
const DELIVERY = "events/delivery/";

export interface EventBridge extends AwsService {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
  /** Goes on with the deliveries and replays that an earlier stage did not end. Once their targets are there. */
  resume(): Promise<void>;
  /**
   * Puts an event of AWS's own onto a bus, by default the region's default one: nobody else may use a source such as
   * `aws.ses`. @throws AwsError `ResourceNotFoundException`
   */
  announce(region: string, event: AwsEvent, busNameOrArn?: string): void;
  /** Ends every delivery under way. */
  stop(): void;
}

type Operation = (region: string, input: unknown, account: string) => object;

/** Classic event buses of all regions. Source: EventBridge API reference 2015-10-07; facts/cognito.md 8.1. */
export function createEventBridge(options: EventBridgeOptions): EventBridge {
  const { clock } = options;
  const stopping = new AbortController();
  const buses = createBuses(clock);
  const { store } = options;
  const archives = createArchives(buses, clock, compilePattern, store);
  const destinations = createDestinations(clock);
  const deps: DeliveryDeps = {
    ...options,
    destinations,
    pace: new Map(),
    tokens: new WeakMap(),
    retryDelayMs: options.retryDelayMs ?? 200,
    signal: stopping.signal,
    forward: (arn, event) => {
      const [, , , region = ""] = arn.split(":");
      const bus = buses.get(region, arn);
      publish({ buses, archives, start }, bus, event, { forwarded: true });
    },
  };
  const send = (key: string, delivery: Delivery): void => {
    // Not in the caller's turn: PutEvents answers before anything is delivered.
    setImmediate(() => {
      void deliver(delivery, deps).then(() => {
        // What the end of the stage interrupted is to be delivered by the next one.
        if (!stopping.signal.aborted) store?.remove(key);
      });
    });
  };
  const start = (delivery: Delivery): void => {
    const key = DELIVERY + randomUUID();
    store?.put(key, delivery);
    send(key, delivery);
  };
  const schedules = createSchedules(
    clock,
    ({ name, arn }) =>
      buses
        .of(arn.split(":")[3] ?? "")
        .get("default")
        ?.rules.get(name),
    (rule, event) => {
      for (const target of rule.targets.values()) start({ event, ruleArn: rule.arn, target });
    },
  );

  const replays = createReplays({
    buses,
    archives,
    clock,
    signal: stopping.signal,
    route: (region, busName, event, ruleArns) =>
      route(buses.get(region, busName), event, start, ruleArns && { ruleArns }),
  });
  const operations: Readonly<Record<string, Operation>> = {
    ...createBusOperations(buses, clock),
    ...createRuleOperations({ buses, compile: compilePattern, onPut: schedules.start }),
    ...createTargetOperations(buses),
    ...createTagOperations(buses),
    TestEventPattern: (_region, input) => testEventPattern(parse(Inputs.TestEventPattern, input)),
    ...createPermissionOperations(buses, clock),
    ...archives.operations,
    ...replays.operations,
    ...destinations.operations,
    PutEvents: (region, input, account) =>
      putEvents(input, { region, account, clock, buses, archives, start }),
  };
  const recordOf = (region: string) => ({
    buses: buses.recordOf(region),
    archives: archives.recordOf(region),
    destinations: destinations.recordOf(region),
    replays: replays.recordOf(region),
  });
  return {
    call: async ({ region, operation, input, caller }) => {
      const account = caller?.account ?? ACCOUNT_ID;
      const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (perform) {
        authorize(buses, region, operation, input, account);
        const output = perform(region, input, account);
        if (operation !== "PutEvents") store?.put(REGION + region, recordOf(region));
        return output;
      }
      throw new AwsError("UnknownOperationException", `${operation} is not played.`);
    },
    restore: async () => {
      for await (const [key, record] of store?.entries(REGION) ?? []) {
        const region = key.slice(REGION.length);
        const kept = record as ReturnType<typeof recordOf>;
        buses.restore(region, kept.buses, compilePattern);
        await archives.restore(region, kept.archives);
        destinations.restore(region, kept.destinations);
        replays.restore(region, kept.replays);
        for (const rule of buses.get(region, "default").rules.values()) schedules.start(rule);
      }
    },
    resume: async () => {
      for await (const [key, delivery] of store?.entries(DELIVERY) ?? []) {
        send(key, delivery as Delivery);
      }
      replays.resume();
    },
    announce: (region, event, busNameOrArn = "default") => {
      const bus = buses.get(region, busNameOrArn);
      publish({ buses, archives, start }, bus, awsEvent(event, region, clock));
    },
    stop: () => {
      schedules.stop();
      stopping.abort();
    },
  };
}

interface Routing {
  readonly buses: Buses;
  readonly archives: Archives;
  readonly start: (delivery: Delivery) => void;
}

interface PutEventsDeps extends Routing {
  readonly region: string;
  /** Who publishes. */
  readonly account: string;
  readonly clock: Clock;
}

function putEvents(input: unknown, deps: PutEventsDeps): object {
  const { region, buses } = deps;
  const { Entries: entries } = parse(Inputs.PutEvents, input);
  checkRequest(entries);
  const results = entries.map((entry) => {
    const event = eventOf(entry, deps);
    if ("ErrorCode" in event) return event;
    // An unknown bus takes the event and loses it, as AWS does. Source: LocalStack's test
    // `test_put_events_nonexistent_event_bus`, which was validated against AWS.
    const bus = buses.find(region, entry.EventBusName);
    if (bus && !mayCall(bus, deps.account, "events:PutEvents")) return notAuthorized(deps.account);
    if (bus) publish(deps, bus, event);
    return { EventId: event.id };
  });
  return {
    FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
    Entries: results,
  };
}

function notAuthorized(account: string) {
  return {
    ErrorCode: "AccessDeniedException",
    ErrorMessage: `Account ${account} is not allowed to put events on this bus.`,
  };
}

/** Another account comes as far as the bus's policy lets it. @throws AwsError `AccessDeniedException` */
function authorize(
  buses: Buses,
  region: string,
  operation: string,
  input: unknown,
  account: string,
): void {
  // PutEvents is refused entry by entry.
  if (account === ACCOUNT_ID || operation === "PutEvents") return;
  const { EventBusName } = (input ?? {}) as { EventBusName?: unknown };
  const bus = typeof EventBusName === "string" ? buses.find(region, EventBusName) : undefined;
  if (bus && mayCall(bus, account, `events:${operation}`)) return;
  throw new AwsError(
    "AccessDeniedException",
    `User: arn:aws:iam::${account}:root is not authorized to perform: events:${operation}`,
  );
}

/** An event arrives on a bus: the archives keep it, the rules send it on. */
function publish(
  { archives, start }: Routing,
  bus: Bus,
  event: BusEvent,
  how: { readonly forwarded?: boolean } = {},
): void {
  archives.keep(bus.region, bus.name, event);
  route(bus, event, start, how);
}

/**
 * Hands an event to every target of every enabled rule that matches it; with ARNs, of those rules only.
 * What another bus forwarded goes to no third one. Source: EventBridge UG, "Sending and receiving events between event
 * buses", the note on a third event bus.
 */
function route(
  bus: Bus,
  event: BusEvent,
  start: (delivery: Delivery) => void,
  { ruleArns, forwarded = false }: { ruleArns?: readonly string[]; forwarded?: boolean } = {},
): void {
  for (const rule of bus.rules.values()) {
    if (rule.managedBy !== undefined) continue;
    if (rule.state === "DISABLED" || !rule.matcher?.(event)) continue;
    if (ruleArns && !ruleArns.includes(rule.arn)) continue;
    for (const target of rule.targets.values()) {
      if (forwarded && target.Arn.includes(":event-bus/")) continue;
      start({ event, ruleArn: rule.arn, target });
    }
  }
}
