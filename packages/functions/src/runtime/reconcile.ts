import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { eventBus } from "@carryover/core/aws/bus";
import { createPace } from "@carryover/core/aws/pace";
import { poolReader, poolWalk } from "@carryover/core/aws/pool-walk";
import { transformOf } from "@carryover/core/config/define";
import { pairIdOf } from "@carryover/core/downstream/schema";
import { downstreamStore } from "@carryover/core/downstream/store";
import type { Publish } from "@carryover/core/events/event";
import { strict } from "@carryover/core/events/publish";
import { carriesGroups } from "@carryover/core/groups/map-groups";
import { groupsStore } from "@carryover/core/groups/store";
import { linkWalk } from "@carryover/core/identity/link-walk-store";
import { systemClock } from "@carryover/core/kernel/clock";
import { mapAttributes } from "@carryover/core/migration/attributes";
import { templatesFor } from "@carryover/core/onboarding/schema";
import { homeWalk } from "@carryover/core/placement/home-walk-store";
import { placementStore } from "@carryover/core/placement/placement-store";
import type { ReconcileDeps } from "@carryover/core/reconcile/advance";
import type { HomeLedger } from "@carryover/core/reconcile/homes";
import type { PairCheck } from "@carryover/core/reconcile/ports";
import { sealedWalk } from "@carryover/core/reconcile/sealed-walk";
import { reconcileStore } from "@carryover/core/reconcile/store";
import { bulkSources, bulkTargets } from "./bulk.ts";
import { configuredSystems } from "./downstream.ts";
import { identityDeps } from "./identity.ts";
import { migration } from "./migration.ts";
import { linkedOnboardingStore, onboardingLink } from "./onboarding.ts";
import { once } from "./once.ts";
import { count, log } from "./telemetry.ts";
import { linked } from "./wire.ts";

/** Of the quotas: people who sign in need them as well. */
const SHARE = 0.5;

/** The bus may be on the other side of the world. */
const PUBLISH_MS = 10_000;
const PUBLISH_LIMITS = {
  connectionTimeout: 1000,
  requestTimeout: 3000,
  throwOnRequestTimeout: true,
};

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 5 }));

/** What a run needs. Call it once, at module scope. */
export function reconcileDeps(entry: {
  readonly onSources: readonly string[];
  readonly maxConcurrency: number;
}): ReconcileDeps {
  const deployment = linked("Migration");
  const stageKey = Buffer.from(linked("PlacementKey").value, "base64");
  const identity = { ...identityDeps(), log };
  const pace = createPace({ share: SHARE, workers: entry.maxConcurrency });
  const transform = transformOf(migration, deployment.stage);
  return {
    runs: reconcileStore(dynamodb, linked("ReconcileTable").name),
    pools: bulkTargets(pace).map(({ pool, client }) =>
      sealedWalk(poolWalk(client, pool), stageKey),
    ),
    linked: linkWalk(dynamodb, linked("IdentityTable").name),
    identity,
    identities: identity.identities,
    sourcePools: identity.sourcePools,
    sources: new Map(
      bulkSources(pace, entry).map(({ pool, client }) => [pool.id, poolReader(client, pool)]),
    ),
    userIds: deployment.userId,
    mfa: deployment.mfa,
    mapAttributes: (attributes, of) =>
      mapAttributes(
        attributes,
        { mapping: deployment.attributes, transform, target: deployment.target },
        of,
      ).attributes,
    homes: deployment.placement && homes(),
    publishIn: once(publishIn),
    pairChecks: [groupsCheck(), downstreamCheck(), mailCheck()],
    clock: identity.origin.clock,
    log,
    count,
  };
}

function homes(): HomeLedger {
  const { name } = linked("PlacementTable");
  const ledger = placementStore(dynamodb, name);
  return {
    stateOf: async (userId) => (await ledger.recent(userId, 1))[0],
    page: homeWalk(dynamodb, name).page,
  };
}

/** Without a fallback queue: what waits there is said in the home region. */
function publishIn(region: string): Publish {
  const bus = linked("RegionalBuses").buses.find((one) => one.region === region);
  if (!bus) throw new Error(`there is no bus in ${region}`);
  const client = new EventBridgeClient({ region, maxAttempts: 3, requestHandler: PUBLISH_LIMITS });
  const sink = eventBus(client, bus.name, systemClock);
  return strict((events) => sink(events, PUBLISH_MS));
}

/** Whether the groups of an old account were carried, or noted to be none. */
function groupsCheck(): PairCheck {
  const groups = groupsStore(dynamodb, linked("GroupsTable").name);
  const mapping = linked("GroupRules");
  return {
    kind: "groups-missing",
    async missing({ old, new: account }) {
      if (!carriesGroups(mapping, old.sourceId)) return [];
      return (await groups.find({ old, new: account })) ? [] : [old.sourceId];
    },
  };
}

/** Whether every downstream system knows the pair, whatever it has done with it. */
function downstreamCheck(): PairCheck {
  const store = downstreamStore(dynamodb, linked("DownstreamTable").name);
  const systems = Object.keys(configuredSystems());
  return {
    kind: "downstream-missing",
    async missing(pair) {
      if (systems.length === 0) return [];
      const pairId = pairIdOf(pair);
      const told = (await store.ofUser(pair.userId)).filter((one) => one.pairId === pairId);
      return systems.filter((name) => !told.some(({ system }) => system === name));
    },
  };
}

/** Whether every mail that the person is to get after a crossing is on record, sent or not. */
function mailCheck(): PairCheck {
  const store = linkedOnboardingStore();
  const templates = onboardingLink().mail?.templates ?? [];
  return {
    kind: "mail-missing",
    async missing({ userId }) {
      if (templates.length === 0) return [];
      const known = await store.find(userId);
      if (known?.unreachable !== undefined) return [];
      if (!known?.crossed || !known.account)
        return templates.includes("welcome") ? ["welcome"] : [];
      const due = templatesFor(known).filter((template) => templates.includes(template));
      return due.filter((template) => !known.noted.has(template));
    },
  };
}
