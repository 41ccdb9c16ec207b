import { adoptedPool, attachTriggers } from "./adopt/adopt.ts";
import { createPool, type Pool } from "./pools.ts";
import type { Regional } from "./regional.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { connectTriggers, createTriggers, type DeployedTrigger } from "./triggers.ts";

/** What a sign-in meets in one region: the new pool and its triggers. */
export interface SignIn {
  readonly regional: Regional;
  readonly triggers: readonly DeployedTrigger[];
  readonly pool: Pool;
}

export function createSignIn(settings: Settings, secrets: Secrets, regional: Regional): SignIn {
  const { place } = regional;
  const triggers = createTriggers(settings, secrets, regional);
  const adopted = settings.migration.target.adopt[place.region];
  if (adopted) {
    const pool = adoptedPool(adopted, place);
    const permissions = connectTriggers(triggers, pool.arn, settings, regional);
    attachTriggers(adopted, pool, triggers, place, permissions);
    return { regional, triggers, pool };
  }
  const pool = createPool(settings, secrets, place, triggers);
  connectTriggers(triggers, pool.arn, settings, regional);
  return { regional, triggers, pool };
}
