import { defineMigration } from "../src/config/define.ts";
import { type Deployment, deploymentOf } from "../src/config/deployment.ts";
import { resolveMigration } from "../src/config/resolve.ts";
import type { MigrationInput } from "../src/config/schema.ts";

// For tests only.

/** A deployment as `carryover.config.ts` makes it: one source, e-mail addresses as usernames. */
export function deploymentWith(input: Partial<MigrationInput> = {}): Deployment {
  const migration = defineMigration({
    homeRegion: "us-east-1",
    regions: ["us-east-1"],
    sources: [sourceNamed("legacy")],
    ...input,
  });
  return deploymentOf(resolveMigration(migration, "test"), { stage: "test", region: "us-east-1" });
}

export function sourceNamed(id: string) {
  return { id, region: "us-east-1", userPoolId: `us-east-1_${id}`, clientId: "client1" };
}

export const OLD_SUB = "11111111-1111-4111-8111-111111111111";
