import { UserSignedIn } from "@carryover/events/user-signed-in";
import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { MfaPolicy } from "../config/policies.ts";
import { makeEvent, type OutgoingEvent, type Publish } from "../events/event.ts";
import { announce, type Cause, type IdentityDeps } from "../identity/announce.ts";
import { linkAccounts } from "../identity/link-accounts.ts";
import { signedUpEvent } from "../identity/sign-in-event.ts";
import { derivedId, type Region } from "../kernel/ids.ts";
import { migratedEvent } from "../migration/migrated-event.ts";
import type { Drift } from "./examine.ts";
import type { Person } from "./person.ts";
import type { SourceReader } from "./ports.ts";
import type { DriftKind } from "./schema.ts";

export interface RepairDeps {
  readonly identity: IdentityDeps;
  /** By source id. */
  readonly sources: ReadonlyMap<string, SourceReader>;
  readonly mfa: MfaPolicy;
  /** On the bus of that region: who gives homes hears the events of its own region alone. */
  readonly publishIn: (region: Region) => Publish;
}

/** What can be put right by saying it again. The rest waits for a person. */
const REPAIRABLE: Record<DriftKind, boolean> = {
  unmapped: true,
  "groups-missing": true,
  "downstream-missing": true,
  "mail-missing": true,
  "two-user-ids": false,
  "mapped-but-gone": false,
  "unknown-source": false,
  "attribute-drift": false,
  "placement-missing": true,
  "stray-account": false,
  "copy-overdue": false,
  "home-gone": false,
};

/**
 * Says again what was lost, under the ids of the first time, so that who heard it knows it. Answers whether
 * that mends it. Safe to repeat.
 * @throws an AppError of kind `unavailable`
 */
export async function repair(deps: RepairDeps, person: Person, drift: Drift): Promise<boolean> {
  if (drift.kind === "unmapped" || drift.kind === "two-user-ids") {
    // Of two user IDs the identity service makes a review, as it would have done at the sign-in.
    await mapAgain(deps, person);
  } else if (drift.kind === "mail-missing") {
    await deps.identity.publish([signInAgain(deps, person)]);
  } else if (drift.kind === "placement-missing") {
    await deps.publishIn(person.account.region)([signInAgain(deps, person)]);
  } else if (drift.pairs.length > 0) {
    await announce(deps.identity, person.userId, drift.pairs, causeOf(person));
  }
  return REPAIRABLE[drift.kind];
}

async function mapAgain(deps: RepairDeps, person: Person): Promise<void> {
  const { identity } = deps;
  const { userId, account, old } = person;
  const event = await firstEventOf(deps, person);
  await identity.publish([event]);
  const { id, correlationId } = event.detail.metadata;
  await linkAccounts(identity, userId, old ? [old, account] : [account], { id, correlationId });
}

/** What the trigger said when the person came: that they crossed, or that they are new. */
async function firstEventOf(
  { identity: { origin }, sources, mfa }: RepairDeps,
  { userId, account, old, user }: Person,
): Promise<OutgoingEvent> {
  const at = { ...origin, region: account.region };
  const { poolId, sub, region } = account;
  if (!old)
    return signedUpEvent(
      at,
      { poolId, sub, username: user.username, attributes: user.attributes },
      region,
      userId,
    );
  const source = sources.get(old.sourceId);
  const before = await source?.find(old.sub);
  return migratedEvent(at, {
    userId,
    // Nothing but the lost event told it, and this is the way that nearly all come.
    method: "password",
    source: {
      id: old.sourceId,
      poolId: old.poolId,
      region: source?.region ?? account.region,
      sub: old.sub,
    },
    target: { poolId, region },
    username: user.username,
    mfa: before?.hasSecondFactor ? MFA_AFTER[mfa] : "none",
  });
}

/**
 * Only of who is mapped, which nobody is without a sign-in: it was said then, and lost. A sign-in's id is new each time, so
 * this one has an id of its own, the same for each account.
 */
function signInAgain(
  { identity: { origin } }: RepairDeps,
  { account, user, userId }: Person,
): OutgoingEvent {
  const { poolId, sub, region } = account;
  const id = derivedId(UserSignedIn.name, "reconcile", poolId, sub);
  const { [OWN_ATTRIBUTES.legacySub]: legacySub, [OWN_ATTRIBUTES.legacySource]: legacySource } =
    user.attributes;
  return makeEvent(
    UserSignedIn,
    { ...origin, region },
    { id, correlationId: id },
    {
      userId,
      poolId,
      region,
      sub,
      // No app client's: nobody signed in just now.
      clientId: "carryover-reconcile",
      ...(legacySub && { legacySub }),
      ...(legacySource && { legacySource }),
    },
  );
}

const MFA_AFTER = { verify: "verified", "re-enrol": "reenrol", refuse: "none" } as const;

function causeOf({ account: { poolId, sub } }: Person): Cause {
  const id = `reconcile ${poolId} ${sub}`;
  return { id, correlationId: id };
}
