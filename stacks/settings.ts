import { resolveMigration } from "@carryover/core/config/resolve";
import type { ResolvedMigration } from "@carryover/core/config/schema";
import migration from "../carryover.config.ts";

/** The stage that holds real users: kept when it is removed, and not removable by mistake. */
const PRODUCTION = "production";

export interface Settings {
  readonly stage: string;
  readonly isProduction: boolean;
  readonly migration: ResolvedMigration;
}

/** @throws ConfigError before anything is created, listing every field at fault */
export function settingsOf(stage: string): Settings {
  return {
    stage,
    isProduction: stage === PRODUCTION,
    migration: resolveMigration(migration, stage),
  };
}
