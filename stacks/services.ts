import type { ResourceName } from "@carryover/functions/resources";
import { serviceSettings } from "@carryover/functions/settings";
import { type ServiceTable, tables } from "@carryover/functions/tables";
import { createServiceTable } from "./data.ts";
import { createHomeJobs, createHomeQueues } from "./jobs.ts";
import { type Link, linkAs } from "./links.ts";
import type { Regional } from "./regional.ts";
import { itemsOf, sendTo } from "./rights.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import type { SignIn } from "./sign-in.ts";
import { createSubscribers, type DeployedSubscriber } from "./subscribers.ts";

interface Around {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly hub: Regional;
  readonly signIns: readonly SignIn[];
}

/** The tables and functions of the services, all in the home region. None in trigger-only mode. */
export function createServices({
  settings,
  secrets,
  hub,
  signIns,
}: Around): readonly DeployedSubscriber[] {
  if (settings.migration.mode === "trigger-only") return [];
  const homeJobs = createHomeQueues(hub);
  const around = {
    settings,
    secrets,
    hub,
    services: [
      ...createTables(settings, hub),
      ...Object.entries(serviceSettings(settings.migration)).map(([name, value]) =>
        linkAs(name as ResourceName, value),
      ),
      ...homeJobs.map(({ job, queue }) => linkAs(job.queue, { url: queue.url }, sendTo(queue))),
    ],
    poolArns: signIns.map(({ pool }) => pool.arn),
  };
  createHomeJobs(homeJobs, around);
  return [...createSubscribers(around), ...homeJobs];
}

function createTables(settings: Settings, hub: Regional): Link[] {
  return Object.entries<ServiceTable>(tables).map(([name, spec]) => {
    const table = createServiceTable(name, spec, settings, hub.place);
    return linkAs(name as keyof typeof tables, { name: table.name }, itemsOf(table, spec.indexes));
  });
}
