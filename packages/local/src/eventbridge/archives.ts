import { randomUUID } from "node:crypto";
import type { Store } from "../data/store.ts";
import { ACCOUNT_ID, AwsError, type Clock } from "../service.ts";
import { type Buses, checkFilters, page } from "./buses.ts";
import type { BusEvent } from "./event.ts";
import { parse } from "./input.ts";
import { busArn, Inputs } from "./limits.ts";
import { dropManagedRule, managedRule, putManagedRule } from "./managed-rules.ts";
import type { Matcher } from "./pattern.ts";

/** What a bus saw, kept to be replayed. */
export interface Archive {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly busName: string;
  readonly createdAtEpochMs: number;
  /** What tells it from an earlier archive of the name. */
  readonly generation: string;
  description: string | undefined;
  eventPattern: string | undefined;
  matcher: Matcher | undefined;
  /** 0 keeps events for ever. */
  retentionDays: number;
  /** In the order of their arrival. */
  readonly events: BusEvent[];
  sizeBytes: number;
}

export interface Archives {
  /** Keeps an event in each archive of its bus whose pattern it matches. Never for a replayed one. */
  keep(region: string, busName: string, event: BusEvent): void;
  /** What is still within the retention, by event time: from `startMs` on and before `endMs`. */
  eventsOf(archive: Archive, startMs: number, endMs: number): readonly BusEvent[];
  byArn(region: string, arn: string): Archive | undefined;
  /** All that a restart needs to make a region's archives again; their events are kept one by one. */
  recordOf(region: string): object;
  restore(region: string, record: object): Promise<void>;
  readonly operations: Readonly<Record<string, (region: string, input: unknown) => object>>;
}

const DAY_MS = 86_400_000;

/** Archives of all regions. Source: EventBridge API reference, "CreateArchive"; facts/cognito.md 8.1. */
export function createArchives(
  buses: Buses,
  clock: Clock,
  compile: (pattern: string) => Matcher,
  store?: Store,
): Archives {
  const regions = new Map<string, Map<string, Archive>>();
  const of = (region: string): Map<string, Archive> => {
    const known = regions.get(region) ?? new Map<string, Archive>();
    regions.set(region, known);
    return known;
  };
  const get = (region: string, name: string): Archive => {
    const found = of(region).get(name);
    if (found) return found;
    throw new AwsError("ResourceNotFoundException", `Archive ${name} does not exist.`);
  };
  const kept = (archive: Archive): readonly BusEvent[] => {
    if (archive.retentionDays === 0) return archive.events;
    const oldestMs = clock() - archive.retentionDays * DAY_MS;
    return archive.events.filter(({ time }) => Date.parse(time) >= oldestMs);
  };

  return {
    keep: (region, busName, event) => {
      for (const archive of of(region).values()) {
        if (archive.busName !== busName || archive.matcher?.(event) === false) continue;
        if (!managedRule(buses, archive)?.targets.size) continue;
        store?.put(eventKey(archive, archive.events.length), event);
        add(archive, event);
      }
    },
    eventsOf: (archive, startMs, endMs) =>
      kept(archive).filter(({ time }) => {
        const atMs = Date.parse(time);
        return atMs >= startMs && atMs < endMs;
      }),
    recordOf: (region) =>
      [...of(region).values()].map(({ events: _e, sizeBytes: _s, matcher: _m, ...kept }) => kept),
    restore: async (region, record) => {
      for (const kept of record as readonly ArchiveRecord[]) {
        const archive: Archive = {
          ...kept,
          generation: kept.generation ?? randomUUID(),
          matcher: kept.eventPattern ? compile(kept.eventPattern) : undefined,
          events: [],
          sizeBytes: 0,
        };
        of(region).set(archive.name, archive);
        // Of a stage that had no such rules.
        if (kept.generation === undefined && buses.find(region, archive.busName)) {
          putManagedRule(buses, archive);
        }
        for await (const [, event] of store?.entries(eventsKey(archive)) ?? []) {
          add(archive, event as BusEvent);
        }
      }
    },
    byArn: (region, arn) => {
      const name = /:archive\/(.+)$/.exec(arn)?.[1];
      return name === undefined ? undefined : of(region).get(name);
    },
    operations: {
      CreateArchive: (region, input) => {
        const asked = parse(Inputs.CreateArchive, input);
        const bus = buses.get(region, asked.EventSourceArn);
        const matcher = asked.EventPattern ? compile(asked.EventPattern) : undefined;
        if (of(region).has(asked.ArchiveName)) {
          throw new AwsError(
            "ResourceAlreadyExistsException",
            `Archive ${asked.ArchiveName} already exists.`,
          );
        }
        const archive: Archive = {
          name: asked.ArchiveName,
          arn: `arn:aws:events:${region}:${ACCOUNT_ID}:archive/${asked.ArchiveName}`,
          region,
          busName: bus.name,
          createdAtEpochMs: clock(),
          generation: randomUUID(),
          description: asked.Description || undefined,
          eventPattern: asked.EventPattern || undefined,
          matcher,
          retentionDays: asked.RetentionDays,
          events: [],
          sizeBytes: 0,
        };
        of(region).set(archive.name, archive);
        putManagedRule(buses, archive);
        return answerOf(archive);
      },
      DescribeArchive: (region, input) => {
        const archive = get(region, parse(Inputs.DescribeArchive, input).ArchiveName);
        return {
          ...listed(buses, archive, kept(archive).length),
          ArchiveArn: archive.arn,
          Description: archive.description,
          EventPattern: archive.eventPattern,
        };
      },
      ListArchives: (region, input) => {
        const asked = parse(Inputs.ListArchives, input);
        checkFilters("ListArchives", asked);
        const source = asked.EventSourceArn && buses.get(region, asked.EventSourceArn).name;
        const { items, NextToken } = page(
          [...of(region).values()].filter(
            (archive) =>
              archive.name.startsWith(asked.NamePrefix ?? "") &&
              (source === undefined || archive.busName === source) &&
              (asked.State === undefined || asked.State === stateOf(buses, archive).State),
          ),
          asked,
        );
        return {
          Archives: items.map((archive) => listed(buses, archive, kept(archive).length)),
          NextToken,
        };
      },
      UpdateArchive: (region, input) => {
        const asked = parse(Inputs.UpdateArchive, input);
        if ((asked.EventPattern ?? asked.RetentionDays ?? asked.Description) === undefined) {
          throw new AwsError(
            "ValidationException",
            "At least one of EventPattern, RetentionDays or Description must be provided.",
          );
        }
        const archive = get(region, asked.ArchiveName);
        if (asked.EventPattern !== undefined) {
          archive.matcher = asked.EventPattern ? compile(asked.EventPattern) : undefined;
          archive.eventPattern = asked.EventPattern || undefined;
        }
        putManagedRule(buses, archive);
        if (asked.Description !== undefined) archive.description = asked.Description || undefined;
        if (asked.RetentionDays !== undefined) archive.retentionDays = asked.RetentionDays;
        return answerOf(archive);
      },
      DeleteArchive: (region, input) => {
        const archive = get(region, parse(Inputs.DescribeArchive, input).ArchiveName);
        of(region).delete(archive.name);
        dropManagedRule(buses, archive);
        for (const index of archive.events.keys()) store?.remove(eventKey(archive, index));
        return {};
      },
    },
  };
}

type ArchiveRecord = Omit<Archive, "events" | "sizeBytes" | "matcher" | "generation"> & {
  readonly generation?: string;
};

function eventsKey({ region, name }: Pick<Archive, "region" | "name">): string {
  return `events/archived/${region}/${name}/`;
}

function eventKey(archive: Archive, index: number): string {
  return eventsKey(archive) + String(index).padStart(12, "0");
}

function add(archive: Archive, event: BusEvent): void {
  archive.events.push(event);
  archive.sizeBytes += Buffer.byteLength(JSON.stringify(event));
}

function answerOf({ arn, createdAtEpochMs }: Archive): object {
  return { ArchiveArn: arn, State: "ENABLED", CreationTime: createdAtEpochMs / 1000 };
}

function stateOf(buses: Buses, archive: Archive): { State: string; StateReason?: string } {
  if (managedRule(buses, archive)) return { State: "ENABLED" };
  const StateReason = "Managed rule for the archive was forcefully deleted.";
  return { State: "DISABLED", StateReason };
}

function listed(buses: Buses, archive: Archive, events: number): object {
  return {
    ArchiveName: archive.name,
    EventSourceArn: busArn(archive.region, archive.busName),
    ...stateOf(buses, archive),
    RetentionDays: archive.retentionDays,
    SizeBytes: archive.sizeBytes,
    EventCount: events,
    CreationTime: archive.createdAtEpochMs / 1000,
  };
}
