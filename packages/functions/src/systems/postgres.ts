import { postgresPool } from "@carryover/core/downstream/postgres/connect";
import { postgresSystem } from "@carryover/core/downstream/postgres/system";
import { linkedSecret } from "../runtime/links.ts";
import { systemWorker } from "../runtime/system-worker.ts";
import { systemWorkers } from "../systems.ts";

export const handler = systemWorker("postgres", systemWorkers.postgres, (settings) =>
  postgresSystem(
    settings,
    postgresPool(
      linkedSecret(settings.connection.secret),
      settings,
      linkedSecret(settings.certificateAuthority?.secret),
    ),
  ),
);
