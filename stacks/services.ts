import { createIdentityTable } from "./data.ts";
import { linkAs } from "./links.ts";
import type { Regional } from "./regional.ts";
import { itemsOf } from "./rights.ts";
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
  const identity = createIdentityTable(settings, hub.place);
  return createSubscribers({
    settings,
    secrets,
    hub,
    tables: [linkAs("IdentityTable", { name: identity.name }, itemsOf(identity))],
    poolArns: signIns.map(({ pool }) => pool.arn),
  });
}
