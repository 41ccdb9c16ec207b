import { fileURLToPath } from "node:url";
import { deploymentOf } from "@carryover/core/config/deployment";
import type { ResolvedMigration } from "@carryover/core/config/schema";
import type { Linked, ResourceName } from "@carryover/functions/resources";
import type { LambdaHost } from "../lambda/host.ts";
import { BUS_NAME, busArn, resourceName, STAGE } from "./names.ts";

/** The repository's root, where handlers and `carryover.config.ts` are. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** What the stacks give the functions that people do not wait for. */
const MEMORY_MB = 512;

/** What functions of one region can be linked to. Some resources exist in the home region only. */
export type Links = { readonly [Name in ResourceName]?: Linked<Name> };

/** An entry of one of the lists in `packages/functions/src`. */
export interface FunctionEntry {
  readonly handler: string;
  readonly needs: readonly ResourceName[];
  readonly timeoutSeconds: number;
  readonly needsSourceSecrets?: boolean;
}

export interface FunctionPlace {
  readonly host: LambdaHost;
  readonly region: string;
  readonly links: Links;
  /** By the name of the SST secret. */
  readonly sourceSecrets: ReadonlyMap<string, string>;
  /** The file that handlers get in place of the root's carryover.config.ts. */
  readonly configFile: string;
}

/** Registers a function as the stacks would deploy it: just the links it needs. Answers its ARN. */
export function wireFunction(place: FunctionPlace, name: string, entry: FunctionEntry): string {
  const secrets = entry.needsSourceSecrets ? [...place.sourceSecrets] : [];
  return place.host.register({
    name: resourceName(name),
    region: place.region,
    handler: entry.handler,
    root: ROOT,
    replace: { [`${ROOT}carryover.config.ts`]: place.configFile },
    timeoutSeconds: entry.timeoutSeconds,
    memoryMb: MEMORY_MB,
    environment: Object.fromEntries([
      // On Lambda handlers run on Node 24, whatever this machine has.
      ["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true"],
      link("App", { name: "carryover", stage: STAGE }),
      ...entry.needs.map((need) => link(need, needed(place, name, need))),
      ...secrets.map(([secret, value]) => link(secret, { value })),
    ]),
  });
}

/** The links of one region that follow from its name and the configuration alone. */
export function regionLinks(migration: ResolvedMigration, region: string): Links {
  return {
    Migration: deploymentOf(migration, { stage: STAGE, region }),
    Bus: { name: BUS_NAME, arn: busArn(region) },
  };
}

/** As SST hands a link to a function (sst 4.17, `Resource`). */
function link(name: string, value: unknown): [string, string] {
  return [`SST_RESOURCE_${name}`, JSON.stringify({ ...(value as object), type: "carryover.Link" })];
}

function needed(place: FunctionPlace, name: string, need: ResourceName): unknown {
  const value = place.links[need];
  if (value !== undefined) return value;
  throw new Error(`function ${name} needs ${need}, which ${place.region} does not have`);
}
