import type { Place } from "./places.ts";
import type { Settings } from "./settings.ts";

/** Which user every (pool, sub) is. In the home region, beside the service that owns it. */
export function createIdentityTable(settings: Settings, home: Place): sst.aws.Dynamo {
  return createTable(
    "IdentityTable",
    { fields: { pk: "string", sk: "string" }, primaryIndex: { hashKey: "pk", rangeKey: "sk" } },
    settings,
    home,
  );
}

/** Beside the trigger that writes it: a session never leaves the user's region, and lives three minutes. */
export function createMfaSessionTable(settings: Settings, place: Place): sst.aws.Dynamo {
  return createTable(
    `MfaSessionTable${place.suffix}`,
    {
      fields: { id: "string" },
      primaryIndex: { hashKey: "id" },
      ttl: "expiresAtEpochSeconds",
    },
    settings,
    place,
  );
}

/** On demand and with point-in-time recovery, as `sst.aws.Dynamo` makes them. */
function createTable(
  name: string,
  args: Pick<sst.aws.DynamoArgs, "fields" | "primaryIndex" | "ttl">,
  { isProduction }: Settings,
  { provider }: Place,
): sst.aws.Dynamo {
  return new sst.aws.Dynamo(
    name,
    {
      ...args,
      deletionProtection: isProduction,
      transform: {
        table: (table, opts) => {
          table.serverSideEncryption = { enabled: true };
          opts.protect = isProduction;
        },
      },
    },
    { provider, retainOnDelete: isProduction },
  );
}
