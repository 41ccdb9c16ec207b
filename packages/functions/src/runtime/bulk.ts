import { bulkCognitoClient, type Pace } from "@carryover/core/aws/pace";
import type { DeployedSource } from "@carryover/core/config/deployment";
import { credentialsOf, type SourceUser } from "./sources.ts";
import { linked } from "./wire.ts";

/** A pool, and a client that keeps the pace. */
export interface BulkPool<Pool> {
  readonly pool: Pool;
  readonly client: ReturnType<typeof bulkCognitoClient>;
}

/** The sources, for work that nobody waits for. Call it once, at module scope. Needs the link Migration. */
export function bulkSources(
  pace: Pace,
  user: Pick<SourceUser, "onSources">,
): readonly BulkPool<DeployedSource>[] {
  return linked("Migration").sources.map((source) => {
    const { region, role } = source;
    const credentials = credentialsOf(source, user);
    const client = bulkCognitoClient(pace, {
      region,
      ...(role && { roleArn: role.arn }),
      ...(credentials && { credentials }),
    });
    return { pool: source, client };
  });
}

/** The new pools, likewise. Needs the link UserPools. */
export function bulkTargets(pace: Pace) {
  return linked("UserPools").pools.map((pool) => ({
    pool,
    client: bulkCognitoClient(pace, { region: pool.region }),
  }));
}
