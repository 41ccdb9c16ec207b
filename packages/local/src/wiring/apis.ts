import { type Api, apis } from "@carryover/functions/apis";
import { deployed } from "@carryover/functions/deployed";
import { type HttpApi, type HttpRoute, startHttpApi } from "../http-api.ts";
import { wireFunction } from "./functions.ts";
import type { App, WiredRegion } from "./region.ts";
import type { ServiceTables } from "./tables.ts";

/** The HTTP API of the home region; undefined where the configuration calls for none. */
export async function wireApis(
  { services, migration }: App,
  { place, region }: WiredRegion,
  tables: ServiceTables,
  port: number,
): Promise<HttpApi | undefined> {
  const withTables = { ...place, links: { ...place.links, ...tables } };
  const routes = deployed<string, Api>(apis, migration).flatMap(([name, api]): HttpRoute[] => {
    const functionArn = wireFunction(withTables, `api-${name}`, api);
    const origins = api.auth === "none" ? (migration.placement?.origins ?? []) : [];
    return api.routes.map((route) => ({ route, auth: api.auth, functionArn, origins }));
  });
  if (routes.length === 0) return undefined;
  return startHttpApi({
    port,
    region,
    routes,
    lambda: services.lambda,
    clock: services.clock.now,
  });
}
