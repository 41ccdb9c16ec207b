import type { GroupMapping, GroupRules } from "../config/groups-schema.ts";

/** A group of a person as a pool tells it. Its IAM role is left out on purpose: none is ever carried. */
export interface Group {
  readonly name: string;
  readonly description?: string;
  /** Lower wins. */
  readonly precedence?: number;
}

/** A group that a person is to have in the new pool. */
export interface WantedGroup extends Group {
  /** The configuration names it. What it only lets through with "all" must not give rights of AWS. */
  readonly isNamed: boolean;
}

/** Where the groups come from. */
export interface GroupOrigin {
  readonly sourceId: string;
  readonly poolId: string;
}

/** A person's groups under their names in the new pool, each once. */
export function mapGroups(
  held: readonly Group[],
  mapping: GroupMapping,
  { sourceId, poolId }: GroupOrigin,
): WantedGroup[] {
  const rules = rulesOf(mapping, sourceId);
  const wanted = new Map<string, WantedGroup>();
  for (const group of held) {
    if (isOfProvider(group.name, poolId) || rules.drop.includes(group.name)) continue;
    const renamed = Object.hasOwn(rules.rename, group.name) ? rules.rename[group.name] : undefined;
    const isCopied = rules.copy === "all" || rules.copy.includes(group.name);
    if (renamed === undefined && !isCopied) continue;
    const name = renamed ?? group.name;
    const isNamed = renamed !== undefined || rules.copy !== "all";
    // Two that become one: if either is named, the one group is.
    wanted.set(name, { ...group, name, isNamed: isNamed || wanted.get(name)?.isNamed === true });
  }
  return [...wanted.values()];
}

/** Whether anything can cross from a source at all. */
export function carriesGroups(mapping: GroupMapping, sourceId: string): boolean {
  const { copy, rename } = rulesOf(mapping, sourceId);
  return copy === "all" || copy.length > 0 || Object.keys(rename).length > 0;
}

function rulesOf(mapping: GroupMapping, sourceId: string): GroupRules {
  const own = Object.hasOwn(mapping.sources, sourceId) ? mapping.sources[sourceId] : undefined;
  return own ?? mapping;
}

/**
 * Cognito keeps a group for the users of each identity provider, `<pool id>_<provider>` (Cognito guide, "Adding
 * groups to a user pool"): it says how somebody signs in there, which is no longer so here.
 */
function isOfProvider(name: string, poolId: string): boolean {
  return name.startsWith(`${poolId}_`);
}
