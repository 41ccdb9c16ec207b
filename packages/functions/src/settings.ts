import type { ResolvedMigration } from "@carryover/core/config/schema";
import { onboardingSettings } from "@carryover/core/onboarding/settings";
import type { Linked, ResourceName } from "./resources.ts";

/**
 * What services know of the configuration beside `Migration`, by the name of the link: data only, and
 * small, since a function's environment holds 4 KB (AWS Lambda quotas).
 */
export function serviceSettings(migration: ResolvedMigration): {
  readonly [Name in ResourceName]?: Linked<Name>;
} {
  return { GroupRules: migration.groups, Onboarding: onboardingSettings(migration) };
}
