import { ACCOUNT_ID, AwsError, type Clock } from "../service.ts";
import type { Archives } from "./archives.ts";
import { type Buses, checkFilters, page } from "./buses.ts";
import type { BusEvent } from "./event.ts";
import { parse } from "./input.ts";
import { busArn, Inputs } from "./limits.ts";

type State = "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED" | "FAILED";

interface Replay {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly archiveArn: string;
  readonly destination: { readonly Arn: string; readonly FilterArns?: readonly string[] };
  readonly startMs: number;
  readonly endMs: number;
  readonly startedAtEpochMs: number;
  endedAtEpochMs: number | undefined;
  lastEventMs: number | undefined;
  state: State;
}

export interface ReplayDeps {
  readonly buses: Buses;
  readonly archives: Archives;
  readonly clock: Clock;
  /** Hands an event to the rules of a bus; with ARNs, to those rules only. */
  readonly route: (
    region: string,
    busName: string,
    event: BusEvent,
    ruleArns: readonly string[] | undefined,
  ) => void;
  readonly signal: AbortSignal;
}

const MINUTE_MS = 60_000;

/** How long a replay stays STARTING, in real time: long enough to cancel it, as on AWS. */
const START_DELAY_MS = 100;

/**
 * Replays of all regions: minute by minute of the events' own time, with `replay-name` on each event, which
 * keeps its id (whether AWS gives a new one is not documented: deduplicate on a key of your own).
 * Source: EventBridge API reference, "StartReplay"; facts/cognito.md 8.1.
 */
export function createReplays(deps: ReplayDeps) {
  const { buses, archives, clock, signal } = deps;
  const regions = new Map<string, Map<string, Replay>>();
  const of = (region: string): Map<string, Replay> => {
    const known = regions.get(region) ?? new Map<string, Replay>();
    regions.set(region, known);
    return known;
  };
  const get = (region: string, name: string): Replay => {
    const found = of(region).get(name);
    if (found) return found;
    throw new AwsError("ResourceNotFoundException", `Replay ${name} does not exist.`);
  };

  const operations = {
    StartReplay: (region: string, input: unknown) => {
      const asked = parse(Inputs.StartReplay, input);
      const { Arn, FilterArns } = asked.Destination;
      if (!/^arn:aws[a-z-]*:events:[^:]+:\d{12}:event-bus\/.+$/.test(Arn)) {
        throw invalid("Destination.Arn", "Must contain an event bus ARN.");
      }
      const bus = buses.get(region, Arn);
      const archive = archives.byArn(region, asked.EventSourceArn);
      if (!archive) {
        const name = asked.EventSourceArn.slice(asked.EventSourceArn.lastIndexOf("/") + 1);
        throw invalid("EventSourceArn", `Archive ${name} does not exist.`);
      }
      if (archive.busName !== bus.name) {
        throw invalid("Destination.Arn", "Cross event bus replay is not permitted.");
      }
      if (asked.EventStartTime >= asked.EventEndTime) {
        throw invalid("EventEndTime", "EventStartTime must be before EventEndTime.");
      }
      if (of(region).has(asked.ReplayName)) {
        throw new AwsError(
          "ResourceAlreadyExistsException",
          `Replay ${asked.ReplayName} already exists.`,
        );
      }
      const replay: Replay = {
        name: asked.ReplayName,
        arn: `arn:aws:events:${region}:${ACCOUNT_ID}:replay/${asked.ReplayName}`,
        description: asked.Description,
        archiveArn: archive.arn,
        destination: { Arn: busArn(bus.region, bus.name), ...(FilterArns && { FilterArns }) },
        startMs: asked.EventStartTime * 1000,
        endMs: asked.EventEndTime * 1000,
        startedAtEpochMs: clock(),
        endedAtEpochMs: undefined,
        lastEventMs: undefined,
        state: "STARTING",
      };
      of(region).set(replay.name, replay);
      setTimeout(
        () => run(replay, archives.eventsOf(archive, replay.startMs, replay.endMs), region, bus),
        START_DELAY_MS,
      ).unref();
      return {
        ReplayArn: replay.arn,
        State: replay.state,
        ReplayStartTime: replay.startedAtEpochMs / 1000,
      };
    },
    DescribeReplay: (region: string, input: unknown) => {
      const replay = get(region, parse(Inputs.DescribeReplay, input).ReplayName);
      return {
        ...listed(replay),
        ReplayArn: replay.arn,
        Description: replay.description,
        Destination: replay.destination,
      };
    },
    ListReplays: (region: string, input: unknown) => {
      const asked = parse(Inputs.ListReplays, input);
      checkFilters("ListReplays", asked);
      const { items, NextToken } = page(
        [...of(region).values()].filter(
          ({ name, archiveArn, state }) =>
            name.startsWith(asked.NamePrefix ?? "") &&
            (asked.EventSourceArn === undefined || archiveArn === asked.EventSourceArn) &&
            (asked.State === undefined || state === asked.State),
        ),
        asked,
      );
      return { Replays: items.map(listed), NextToken };
    },
    CancelReplay: (region: string, input: unknown) => {
      const replay = get(region, parse(Inputs.DescribeReplay, input).ReplayName);
      if (replay.state !== "STARTING" && replay.state !== "RUNNING") {
        throw new AwsError(
          "IllegalStatusException",
          `Replay ${replay.name} is not in a valid state for this operation.`,
        );
      }
      replay.state = "CANCELLING";
      setImmediate(() => end(replay, "CANCELLED"));
      return { ReplayArn: replay.arn, State: "CANCELLING" };
    },
  };

  return {
    operations,
    /** All that a restart needs to know a region's replays again. */
    recordOf: (region: string): object => [...of(region).values()],
    restore: (region: string, record: object): void => {
      for (const replay of record as readonly Replay[]) of(region).set(replay.name, replay);
    },
    /** Begins again with the replays that had not ended: events may come twice. */
    resume: (): void => {
      for (const [region, replays] of regions) {
        for (const replay of replays.values()) {
          const archive = archives.byArn(region, replay.archiveArn);
          if (!["STARTING", "RUNNING"].includes(replay.state) || !archive) continue;
          const events = archives.eventsOf(archive, replay.startMs, replay.endMs);
          run(replay, events, region, { name: archive.busName });
        }
      }
    },
  };

  /** A minute of events in one turn, so that a cancellation and other requests get theirs between. */
  function run(
    replay: Replay,
    events: readonly BusEvent[],
    region: string,
    bus: { readonly name: string },
  ): void {
    if (signal.aborted || replay.state === "CANCELLED" || replay.state === "CANCELLING") return;
    replay.state = "RUNNING";
    const minutes = new Map<number, BusEvent[]>();
    for (const event of events) {
      const minute = Math.floor(Date.parse(event.time) / MINUTE_MS);
      const same = minutes.get(minute);
      if (same) same.push(event);
      else minutes.set(minute, [event]);
    }
    const left = [...minutes.keys()].toSorted((a, b) => a - b);
    const next = () => {
      if (signal.aborted || replay.state !== "RUNNING") return;
      const minute = left.shift();
      if (minute === undefined) return end(replay, "COMPLETED");
      for (const event of minutes.get(minute) ?? []) {
        const again = { ...event, "replay-name": replay.name };
        deps.route(region, bus.name, again, replay.destination.FilterArns);
        replay.lastEventMs = Date.parse(event.time);
      }
      setImmediate(next);
    };
    next();
  }

  function end(replay: Replay, state: State): void {
    replay.state = state;
    replay.endedAtEpochMs = clock();
  }
}

function invalid(parameter: string, reason: string): AwsError {
  return new AwsError(
    "ValidationException",
    `Parameter ${parameter} is not valid. Reason: ${reason}`,
  );
}

function listed(replay: Replay): object {
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return {
    ReplayName: replay.name,
    EventSourceArn: replay.archiveArn,
    State: replay.state,
    EventStartTime: seconds(replay.startMs),
    EventEndTime: seconds(replay.endMs),
    EventLastReplayedTime: seconds(replay.lastEventMs),
    ReplayStartTime: seconds(replay.startedAtEpochMs),
    ReplayEndTime: seconds(replay.endedAtEpochMs),
  };
}
