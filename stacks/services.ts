import { type ResourceName, resources } from "@carryover/functions/resources";
import { serviceSettings } from "@carryover/functions/settings";
import { createSystemQueues, createSystems } from "./downstream.ts";
import { createHomeJobs, createHomeQueues } from "./jobs.ts";
import { linkAs } from "./links.ts";
import type { Regional } from "./regional.ts";
import { publishOn, sendTo } from "./rights.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import type { SignIn } from "./sign-in.ts";
import { createSubscribers, type DeployedSubscriber } from "./subscribers.ts";
import { type Tables, tableLinks } from "./tables.ts";

interface Around {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly hub: Regional;
  readonly tables: Tables;
  readonly signIns: readonly SignIn[];
}

/** The functions of the services, all in the home region. None in trigger-only mode. */
export function createServices({
  settings,
  secrets,
  hub,
  tables,
  signIns,
}: Around): readonly DeployedSubscriber[] {
  if (settings.migration.mode === "trigger-only") return [];
  const homeJobs = createHomeQueues(settings, hub);
  const systems = createSystemQueues(settings, hub);
  const around = {
    settings,
    secrets,
    hub,
    services: [
      linkAs("UserPools", { pools: userPools(signIns) }),
      linkAs(
        "RegionalBuses",
        { buses: regionalBuses(signIns) },
        ...signIns.map(({ regional }) => publishOn(regional.bus)),
      ),
      ...tableLinks(tables),
      ...Object.entries(serviceSettings(settings.migration)).map(([name, value]) =>
        linkAs(name as ResourceName, value),
      ),
      ...homeJobs.map(({ job, queue }) => linkAs(job.queue, { url: queue.url }, sendTo(queue))),
      linkAs(
        "DownstreamQueues",
        Object.fromEntries(systems.map(({ systemName, queue }) => [systemName, queue.url])),
        ...systems.map(({ queue }) => sendTo(queue)),
      ),
    ],
    poolArns: signIns.map(({ pool }) => pool.arn),
    tableArns: new Map([...tables].map(([name, { table }]) => [name, table.arn])),
  };
  createHomeJobs(homeJobs, around);
  createSystems(systems, around);
  return [...createSubscribers(around), ...homeJobs, ...systems];
}

function userPools(signIns: readonly SignIn[]) {
  return $resolve(
    signIns.map(({ regional, pool }) => ({ region: regional.place.region, userPoolId: pool.id })),
  ).apply((pools) => resources.UserPools.parse({ pools }).pools);
}

function regionalBuses(signIns: readonly SignIn[]) {
  return $resolve(
    signIns.map(({ regional: { place, bus } }) => ({ region: place.region, name: bus.name })),
  ).apply((buses) => resources.RegionalBuses.parse({ buses }).buses);
}
