import { createAlarms } from "./alarms.ts";
import { createDashboard } from "./dashboard.ts";
import { forwardToHub } from "./events.ts";
import { createRegionalJobs } from "./jobs.ts";
import { pascalCase } from "./places.ts";
import type { Regional } from "./regional.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import type { SignIn } from "./sign-in.ts";
import { createRegionalSubscribers, type DeployedSubscriber } from "./subscribers.ts";
import { connectRegions } from "./triggers.ts";

interface Around {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly hub: Regional;
  readonly signIn: SignIn;
  /** Of the other regions. */
  readonly otherPoolArns: readonly $util.Input<string>[];
  readonly services: readonly DeployedSubscriber[];
}

/** What a region needs beside its sign-in: jobs, the way of its events to the hub, and alarms. */
export function createBackground({
  settings,
  secrets,
  hub,
  signIn,
  otherPoolArns,
  services,
}: Around): void {
  const { regional, triggers, pool } = signIn;
  const poolArns = { own: pool.arn, others: otherPoolArns };
  const regionalJobs = createRegionalJobs(settings, secrets, regional, poolArns);
  connectRegions(triggers, otherPoolArns, regional.place);
  const regionalServices = createRegionalSubscribers(settings, secrets, regional, poolArns);
  const isHome = regional === hub;
  const watched = {
    place: regional.place,
    triggers,
    fallback: regional.fallback,
    queues: new Map(
      [...(isHome ? services : []), ...regionalServices, ...regionalJobs].map((service) => [
        pascalCase(service.name),
        service,
      ]),
    ),
    sendsMail: settings.migration.onboarding !== undefined,
    movesPeople: settings.migration.placement !== undefined,
  };
  createDashboard({ ...watched, sourceIds: settings.migration.sources.map(({ id }) => id) });
  createAlarms(settings, {
    ...watched,
    deadLetters: new Map(isHome ? [] : [["Forward", forwardToHub(regional, hub.bus)]]),
  });
}
