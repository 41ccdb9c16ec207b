import type { ServiceTable } from "@carryover/functions/tables";
import type { Place } from "./places.ts";
import type { Settings } from "./settings.ts";

/** In the home region, beside the service that owns it. */
export function createServiceTable(
  name: string,
  { indexes, ttl }: ServiceTable,
  settings: Settings,
  home: Place,
): sst.aws.Dynamo {
  const keys = (prefix: string) => ({ hashKey: `${prefix}pk`, rangeKey: `${prefix}sk` });
  const prefixes = ["", ...indexes];
  return createTable(
    name,
    {
      fields: Object.fromEntries(
        prefixes.flatMap((prefix) => Object.values(keys(prefix)).map((key) => [key, "string"])),
      ),
      primaryIndex: keys(""),
      globalIndexes: Object.fromEntries(indexes.map((index) => [index, keys(index)])),
      ...(ttl !== undefined && { ttl }),
    },
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
  args: Pick<sst.aws.DynamoArgs, "fields" | "primaryIndex" | "globalIndexes" | "ttl">,
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
