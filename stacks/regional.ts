import { deploymentOf } from "@carryover/core/config/deployment";
import { createMfaSessionTable } from "./data.ts";
import { createBus } from "./events.ts";
import { createFallback } from "./fallback.ts";
import { type Link, linkAs } from "./links.ts";
import type { Place } from "./places.ts";
import type { QueuePair } from "./queues.ts";
import { itemsOf, publishOn, sendTo } from "./rights.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { readLinks, type Tables, tableLinks } from "./tables.ts";

/** What a region has before its functions, and as what it is linked to them. */
export interface Regional {
  readonly place: Place;
  readonly bus: sst.aws.Bus;
  readonly fallback: QueuePair;
  readonly links: readonly Link[];
  /** The services' tables among them, for who only reads. */
  readonly readLinks: readonly Link[];
}

/** @param tables of the services: those that every region uses are linked here too */
export function createRegional(
  settings: Settings,
  secrets: Secrets,
  place: Place,
  tables: Tables,
): Regional {
  const { stage, migration } = settings;
  const bus = createBus(place);
  const fallback = createFallback(place);
  const sessions = createMfaSessionTable(settings, place);
  return {
    place,
    bus,
    fallback,
    links: [
      linkAs("Migration", deploymentOf(migration, { stage, region: place.region })),
      linkAs("Bus", { name: bus.name, arn: bus.arn }, publishOn(bus)),
      linkAs("FallbackQueue", { url: fallback.queue.url }, sendTo(fallback.queue)),
      linkAs("MfaSessionTable", { name: sessions.name }, itemsOf(sessions)),
      linkAs("SessionKey", { value: secrets.sessionKey }),
      ...tableLinks(tables).filter(({ name }) => name === "PlacementTable"),
      linkAs("PlacementKey", { value: secrets.placementKey }),
    ],
    readLinks: readLinks(tables).filter(({ name }) => name === "PlacementTable"),
  };
}

/** @throws Error for a resource that the region does not have: a table of a service lives in the home region */
export function linksOf(needs: readonly Link["name"][], links: readonly Link[]): Link[] {
  return needs.map((name) => {
    const link = links.find((candidate) => candidate.name === name);
    if (!link) throw new Error(`there is no ${name} to link here`);
    return link;
  });
}

/** @throws Error, which the configuration's check does not let happen */
export function homeOf({ migration }: Settings, places: readonly Place[]): Place {
  const home = places.find(({ region }) => region === migration.homeRegion);
  if (!home) throw new Error(`${migration.homeRegion} is not one of the regions`);
  return home;
}

/** The home region's: where the services are, and where all events arrive. */
export function hubOf({ migration }: Settings, regions: readonly Regional[]): Regional {
  const hub = regions.find(({ place }) => place.region === migration.homeRegion);
  if (!hub) throw new Error(`${migration.homeRegion} is not one of the regions`);
  return hub;
}
