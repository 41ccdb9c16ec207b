import { Pool } from "pg";
import type { PostgresSystem } from "../../config/downstream-schema.ts";

const CONNECT_MS = 5000;
const IDLE_MS = 30_000;
/** What the network adds to a statement that the server itself has ended. */
const GRACE_MS = 2000;

type Settings = Pick<PostgresSystem, "tls" | "statementTimeoutSeconds">;

/**
 * One connection, kept between calls and made anew when it breaks.
 * @throws Error at once when the address is none
 */
export function postgresPool(
  address: string,
  { tls, statementTimeoutSeconds }: Settings,
  certificateAuthority: string | undefined,
): Pool {
  const url = new URL(address);
  // The configuration says how it is encrypted: what stands in the address would be stronger.
  for (const name of [...url.searchParams.keys()]) {
    if (name.startsWith("ssl") || name === "uselibpqcompat") url.searchParams.delete(name);
  }
  const pool = new Pool({
    connectionString: url.href,
    ssl:
      tls === "off"
        ? false
        : {
            rejectUnauthorized: true,
            ...(certificateAuthority !== undefined && { ca: certificateAuthority }),
          },
    max: 1,
    application_name: "carryover",
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    query_timeout: statementTimeoutSeconds * 1000 + GRACE_MS,
    allowExitOnIdle: true,
  });
  // An idle connection that ends is replaced at the next call. Unheard, it would end the process.
  pool.on("error", () => undefined);
  return pool;
}
