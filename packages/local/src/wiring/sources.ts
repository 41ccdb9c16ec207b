import { randomBytes } from "node:crypto";
import { secretsOfSystem } from "@carryover/core/config/downstream-schema";
import type { ResolvedMigration, Source } from "@carryover/core/config/schema";
import { clientsFor } from "../clients.ts";
import type { Kept } from "../data/kept.ts";
import { StageInputError } from "../errors.ts";
import { type Seed, SeedSource, type SeedUser } from "../seed.ts";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import type { Services } from "../services.ts";
import { ownSender, SOURCE_CLIENT_AUTH_FLOWS, sourcePoolDefaults, wireMfa } from "./pools.ts";

/** A source pool as the stage plays it, under the id that the configuration gives. */
export interface WiredSource {
  readonly id: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** The account that has the pool. As an access key, it stands for the pool's owner. */
  readonly account: string;
  /** The app client's secret, and the SST secret that holds it. */
  readonly secret?: { readonly name: string; readonly value: string };
}

/** Makes the pools that users come from, and puts the seed's users into them. What an earlier stage made stays as it is. */
export async function wireSources(
  services: Services,
  migration: ResolvedMigration,
  kept: Kept,
  seed: Seed = { sources: {} },
): Promise<ReadonlyMap<string, WiredSource>> {
  refuseUnknownNames(seed, migration);
  const wired = new Map<string, WiredSource>();
  for (const source of migration.sources) {
    if (source.role) services.roles[source.role.arn] = source.role.externalId;
    const made = await kept.once(`source/${source.id}`, async () => {
      const { pool, mfa, factors, users } = SeedSource.parse(seed.sources[source.id] ?? {});
      const sender = factors.includes("mail") && { EmailConfiguration: ownSender(source.region) };
      const fresh = wireSource(services, migration, source, { ...sender, ...pool });
      const { cognito } = clientsFor(services.endpoint, source.region, accountOf(source));
      await wireMfa(cognito, source.userPoolId, { mfa, factors });
      plant(services, source, users);
      return fresh;
    });
    wired.set(source.id, made);
  }
  return wired;
}

/** Who a role belongs to. */
function accountOf({ role }: Source): string {
  return role?.arn.split(":")[4] ?? ACCOUNT_ID;
}

/** Names the user by place in the file: a login does not belong into an error. */
function plant({ cognito }: Services, source: Source, users: readonly SeedUser[]): void {
  for (const [index, user] of users.entries()) {
    try {
      cognito.plant(source.userPoolId, [user]);
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      throw new StageInputError(
        `seed: sources.${source.id}.users[${index}]: ${cause.type}: ${cause.message}`,
        {},
        { cause },
      );
    }
  }
}

function wireSource(
  { cognito }: Services,
  migration: ResolvedMigration,
  source: Source,
  pool: object,
): WiredSource {
  const { id, region, userPoolId, clientId } = source;
  const secret = source.clientSecret && {
    name: source.clientSecret.secret,
    value: randomBytes(32).toString("hex"),
  };
  cognito.createPool(
    region,
    {
      ...sourcePoolDefaults(id, migration),
      UsernameConfiguration: { CaseSensitive: source.caseSensitive },
      ...pool,
    },
    { userPoolId, account: accountOf(source) },
  );
  cognito.createClient(
    region,
    {
      UserPoolId: userPoolId,
      ClientName: "migration",
      ExplicitAuthFlows: [...SOURCE_CLIENT_AUTH_FLOWS],
      PreventUserExistenceErrors: "ENABLED",
    },
    { clientId, ...(secret && { clientSecret: secret.value }) },
  );
  return {
    id,
    region,
    userPoolId,
    clientId,
    account: accountOf(source),
    ...(secret && { secret }),
  };
}

/** A name that is misspelt would leave the seed's users out, or the system with a secret that is made up. */
function refuseUnknownNames(seed: Seed, { sources, downstream }: ResolvedMigration): void {
  refuseOthers("users for", Object.keys(seed.sources), {
    what: "the sources",
    known: sources.map(({ id }) => String(id)),
  });
  refuseOthers("secrets named", Object.keys(seed.secrets ?? {}), {
    what: "for downstream systems",
    known: Object.values(downstream).flatMap(secretsOfSystem),
  });
}

function refuseOthers(
  kind: string,
  named: readonly string[],
  { what, known }: { readonly what: string; readonly known: readonly string[] },
): void {
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new StageInputError(
    `the seed has ${kind} ${unknown.join(", ")}, but the configuration has ${what} ${known.join(", ") || "none"}`,
  );
}
