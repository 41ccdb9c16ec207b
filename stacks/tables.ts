import { type ServiceTable, tables } from "@carryover/functions/tables";
import { createServiceTable } from "./data.ts";
import { type Link, linkAs } from "./links.ts";
import type { Place } from "./places.ts";
import { itemsOf, readItemsOf } from "./rights.ts";
import type { Settings } from "./settings.ts";

/** The tables of the services, by the name of their link. */
export type Tables = ReadonlyMap<
  keyof typeof tables,
  { readonly table: sst.aws.Dynamo; readonly indexes: readonly string[] }
>;

/** In the home region, before what is linked to them. */
export function createTables(settings: Settings, home: Place): Tables {
  if (settings.migration.mode === "trigger-only") return new Map();
  return new Map(
    Object.entries<ServiceTable>(tables).map(([name, spec]) => {
      const table = createServiceTable(name, spec, settings, home);
      return [name as keyof typeof tables, { table, indexes: spec.indexes }] as const;
    }),
  );
}

export function tableLinks(created: Tables): Link[] {
  return [...created].map(([name, { table, indexes }]) =>
    linkAs(name, { name: table.name }, itemsOf(table, indexes)),
  );
}

/** The same for who only reads, one item or those of one key. */
export function readLinks(created: Tables): Link[] {
  return [...created].map(([name, { table }]) =>
    linkAs(name, { name: table.name }, readItemsOf(table)),
  );
}
