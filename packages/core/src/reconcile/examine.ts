import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { UserIdStrategy } from "../config/policies.ts";
import type { IdentityDeps } from "../identity/announce.ts";
import type { SourcePools } from "../identity/commands.ts";
import { accountKey, type Link, pairsWith } from "../identity/schema.ts";
import { userIdOf } from "../migration/user-id.ts";
import type { Person } from "./person.ts";
import type { MapAttributes, Pair, PairCheck, SourceReader } from "./ports.ts";
import type { DriftKind } from "./schema.ts";

export interface ExamineDeps {
  readonly identities: Pick<IdentityDeps["identities"], "resolveSub" | "linksOf">;
  readonly sourcePools: SourcePools;
  /** By source id. */
  readonly sources: ReadonlyMap<string, SourceReader>;
  readonly userIds: UserIdStrategy;
  readonly mapAttributes: MapAttributes;
  readonly pairChecks: readonly PairCheck[];
}

/** One thing that is not as it must be. */
export interface Drift {
  readonly kind: DriftKind;
  readonly detail: readonly string[];
  /** What is to be said again; none where it is about the account as a whole. */
  readonly pairs: readonly Pair[];
}

/** Everything about one person but where they live, as far as these kinds ask for it. Reads only. */
export async function examine(
  deps: ExamineDeps,
  person: Person,
  kinds: ReadonlySet<DriftKind>,
): Promise<readonly Drift[]> {
  const drifts: Drift[] = [];
  const report = (kind: DriftKind, detail: readonly string[] = [], pairs: readonly Pair[] = []) => {
    if (kinds.has(kind)) drifts.push({ kind, detail, pairs });
  };
  if (person.unknownSource !== undefined) report("unknown-source", [person.unknownSource]);
  const attributes = kinds.has("attribute-drift") ? await lackingAttributes(deps, person) : [];
  if (attributes.length > 0) report("attribute-drift", attributes);

  if (!MAPPING_KINDS.some((kind) => kinds.has(kind))) return drifts;
  const { mapping, links } = await mappingOf(deps, person);
  if (mapping !== "mapped") report(mapping);
  // What hangs on the mapping comes with it, or with the next run.
  if (mapping !== "mapped") return drifts;
  const pairs = pairsWith(links, [person.account]).map((pair) => ({
    userId: person.userId,
    ...pair,
  }));
  for (const check of deps.pairChecks) {
    if (!kinds.has(check.kind)) continue;
    const lacking: Pair[] = [];
    const detail = new Set<string>();
    for (const pair of pairs) {
      const missing = await check.missing(pair);
      if (missing.length > 0) lacking.push(pair);
      for (const name of missing) detail.add(name);
    }
    if (lacking.length > 0) report(check.kind, [...detail], lacking);
  }
  return drifts;
}

/** Kinds for which the identity service is asked. */
const MAPPING_KINDS: readonly DriftKind[] = [
  "unmapped",
  "two-user-ids",
  "groups-missing",
  "downstream-missing",
  "mail-missing",
];

async function mappingOf(
  { identities }: ExamineDeps,
  { account, old, userId }: Person,
): Promise<{
  readonly mapping: "mapped" | "unmapped" | "two-user-ids";
  readonly links: readonly Link[];
}> {
  const known = await identities.resolveSub(account.poolId, account.sub);
  const before = old && (await identities.resolveSub(old.poolId, old.sub));
  const isOthers = (link: Link | undefined) => link !== undefined && link.userId !== userId;
  if (isOthers(known) || isOthers(before)) return { mapping: "two-user-ids", links: [] };
  const links = await identities.linksOf(userId);
  const isListed = (key: string) => links.some((link) => accountKey(link) === key);
  const isSaid = known?.settled === true && (!old || known.handled.has(accountKey(old)));
  const isWhole =
    isSaid && isListed(accountKey(account)) && (!old || (before && isListed(accountKey(old))));
  return { mapping: isWhole ? "mapped" : "unmapped", links };
}

/**
 * Names of attributes that the mapping gives and the new pool lacks, and of a user ID that does not follow
 * from the old account. A value that differs is none: people change theirs.
 */
async function lackingAttributes(
  { sources, mapAttributes, userIds }: ExamineDeps,
  { old, user, userId, hasUserId }: Person,
): Promise<readonly string[]> {
  if (!old) return hasUserId ? [] : [OWN_ATTRIBUTES.userId];
  const expected = userIdOf(userIds, old);
  const wrong = !hasUserId || userId !== expected ? [OWN_ATTRIBUTES.userId] : [];
  const before = await sources.get(old.sourceId)?.find(old.sub);
  // Deleted since: there is nothing left to compare with.
  if (!before) return wrong;
  const mapped = mapAttributes(before.attributes, {
    sourceId: old.sourceId,
    sub: old.sub,
    userId: expected,
  });
  const lacking = Object.keys(mapped).filter((name) => !user.attributes[name]);
  return [...new Set([...wrong, ...lacking])];
}
