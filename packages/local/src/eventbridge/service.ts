import type { Faults } from "../faults.ts";
import { AwsError, type AwsService, type Clock } from "../service.ts";
import type { Sqs } from "../sqs.ts";
import { type Buses, createBuses } from "./buses.ts";
import { type Delivery, type DeliveryDeps, deliver, type Functions } from "./delivery.ts";
import { type BusEvent, checkRequest, eventOf } from "./event.ts";
import { Inputs, parse } from "./limits.ts";
import { createBusOperations, createRuleOperations, createTargetOperations } from "./operations.ts";
import { compilePattern, testEventPattern } from "./test-pattern.ts";

export interface EventBridgeOptions {
  readonly clock: Clock;
  readonly sqs: Sqs;
  readonly lambda: Functions;
  readonly faults?: Faults | undefined;
  /** Delay before the first retry of a delivery, in milliseconds of real time. */
  readonly retryDelayMs?: number;
  readonly onDropped?: DeliveryDeps["onDropped"] | undefined;
}

export interface EventBridge extends AwsService {
  /** Ends every delivery under way. */
  stop(): void;
}

type Operation = (region: string, input: unknown) => object;

/** Classic event buses of all regions. Source: EventBridge API reference 2015-10-07; facts/cognito.md 8.1. */
export function createEventBridge(options: EventBridgeOptions): EventBridge {
  const { clock } = options;
  const stopping = new AbortController();
  const buses = createBuses(clock);
  const deps: DeliveryDeps = {
    ...options,
    retryDelayMs: options.retryDelayMs ?? 200,
    signal: stopping.signal,
    forward: (arn, event) => {
      const [, , , region = ""] = arn.split(":");
      buses.get(region, arn);
      route(buses, region, arn, event, start);
    },
  };
  const start = (delivery: Delivery): void => {
    // Not in the caller's turn: PutEvents answers before anything is delivered.
    setImmediate(() => void deliver(delivery, deps));
  };

  const operations: Readonly<Record<string, Operation>> = {
    ...createBusOperations(buses, clock),
    ...createRuleOperations(buses, compilePattern),
    ...createTargetOperations(buses),
    TestEventPattern: (_region, input) => testEventPattern(parse(Inputs.TestEventPattern, input)),
    PutEvents: (region, input) => putEvents(region, input, { buses, clock, start }),
  };
  return {
    call: async ({ region, operation, input }) => {
      const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (perform) return perform(region, input);
      throw new AwsError("UnknownOperationException", `${operation} is not played.`);
    },
    stop: () => stopping.abort(),
  };
}

interface PutEventsDeps {
  readonly buses: Buses;
  readonly clock: Clock;
  readonly start: (delivery: Delivery) => void;
}

function putEvents(region: string, input: unknown, { buses, clock, start }: PutEventsDeps): object {
  const { Entries: entries } = parse(Inputs.PutEvents, input);
  checkRequest(entries);
  const results = entries.map((entry) => {
    const event = eventOf(entry, region, clock);
    if ("ErrorCode" in event) return event;
    // An unknown bus takes the event and loses it, as AWS does. Source: LocalStack's test
    // `test_put_events_nonexistent_event_bus`, which was validated against AWS.
    route(buses, region, entry.EventBusName ?? "default", event, start);
    return { EventId: event.id };
  });
  return {
    FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
    Entries: results,
  };
}

/** Hands an event to every target of every enabled rule of a bus that matches it. */
function route(
  buses: Buses,
  region: string,
  nameOrArn: string,
  event: BusEvent,
  start: (delivery: Delivery) => void,
): void {
  const bus = buses.find(region, nameOrArn);
  for (const rule of bus?.rules.values() ?? []) {
    if (rule.state === "DISABLED" || !rule.matcher?.(event)) continue;
    for (const target of rule.targets.values()) start({ event, ruleArn: rule.arn, target });
  }
}
