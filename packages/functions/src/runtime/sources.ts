import { cognitoClient } from "@carryover/core/aws/sdk";
import { sourcePool } from "@carryover/core/aws/source-pool";
import type { DeployedSource } from "@carryover/core/config/deployment";
import type { SourcePool } from "@carryover/core/migration/source";
import { linked, linkedSecret } from "./wire.ts";

/** The source pools in the configured order, one client each. Call it once, at module scope. Needs the link Migration and the sources' secrets. */
export function sourcePools(): readonly SourcePool[] {
  return linked("Migration").sources.map((source) =>
    poolOf(source, linkedSecret(source.clientSecret)),
  );
}

/** The same for functions that only look users up: the app clients' secrets are not linked to them. */
export function sourcePoolsForLookUp(): readonly SourcePool[] {
  return linked("Migration").sources.map((source) => poolOf(source, undefined));
}

function poolOf(source: DeployedSource, secret: string | undefined): SourcePool {
  return sourcePool(cognitoClient(source.region, source.role), source, secret);
}
