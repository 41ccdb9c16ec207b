import { assumedRole } from "@carryover/core/aws/assumed-role";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { sourcePool } from "@carryover/core/aws/source-pool";
import type { DeployedSource } from "@carryover/core/config/deployment";
import type { SourcePool } from "@carryover/core/migration/source";
import { linkedRegional, linkedSecret } from "./links.ts";

/** The part of a list entry that says what a function may do to the sources. */
export interface SourceUser {
  /** `cognito-idp` actions: a role of another account is taken on for these alone. */
  readonly onSources: readonly string[];
  readonly needsSourceSecrets: boolean;
}

/**
 * The source pools in the configured order, one client each. Call it once, at module scope. Needs the
 * link Migration, and the app clients' secrets where the entry says so.
 */
export function sourcePools(user: SourceUser): readonly SourcePool[] {
  return linkedRegional("Migration").sources.map((source) =>
    sourcePool(
      sourceClient(source, user),
      source,
      user.needsSourceSecrets ? linkedSecret(source.clientSecret) : undefined,
    ),
  );
}

/** With the function's own rights, or with those of the role that the source names. */
export function sourceClient(source: DeployedSource, user: SourceUser) {
  return cognitoClient(source.region, credentialsOf(source, user));
}

/** Undefined for the function's own. */
export function credentialsOf(
  { role, ...source }: DeployedSource,
  { onSources }: Pick<SourceUser, "onSources">,
) {
  return role && assumedRole({ ...source, role }, onSources);
}
