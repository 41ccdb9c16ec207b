import type { MigrationMethod } from "@carryover/events/user-migrated";
import { CONTACTS, VERIFIED_FLAGS } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import { mapAttributes, type Origin } from "./attributes.ts";
import { allow, type Create, type Decision } from "./decide.ts";
import { callSignal, type MigrationDeps } from "./deps.ts";
import { migratedEvent } from "./migrated-event.ts";
import type { PoolUser, SourcePool } from "./source.ts";
import { userIdOf } from "./user-id.ts";
import { placeLogin } from "./username.ts";

/** The trigger's response that makes Cognito create the user (Cognito guide, "Migrate user Lambda trigger"). */
export interface CrossedUser {
  readonly userAttributes: Record<string, string>;
  readonly finalUserStatus: "CONFIRMED" | "RESET_REQUIRED";
  readonly messageAction: "SUPPRESS";
}

export interface Crossing {
  readonly source: SourcePool;
  readonly user: PoolUser;
  readonly create: Create;
  /** As typed. */
  readonly login: string;
  readonly method: Extract<MigrationMethod, "password" | "forgot_password" | "relocation">;
}

/** A user who may cross, ready but not announced; or the decision that they may not. */
export type Preparation =
  | {
      readonly ok: true;
      readonly decision: Create;
      readonly attributes: Attributes;
      readonly userId: string;
      readonly usernames: readonly string[];
    }
  | { readonly ok: false; readonly decision: Decision };

/** What the user will be in the new pool, if the rules let them cross. Makes no call. */
export function prepare(deps: MigrationDeps, crossing: Crossing): Preparation {
  const { deployment, transform, count } = deps;
  const { source, user, login } = crossing;
  const origin: Origin = deps.identityThere?.(user) ?? {
    userId: userIdOf(deployment.userId, { poolId: source.poolId, sub: user.sub }),
    legacy: { sourceId: source.id, sub: user.sub },
  };
  const { userId } = origin;
  const mapped = mapAttributes(
    user.attributes,
    { mapping: deployment.attributes, transform, target: deployment.target },
    origin,
  );
  const decision = allow(
    crossing.create,
    { ...user, hasVerifiedContact: hasVerifiedContact(mapped.attributes) },
    deployment,
  );
  if (decision.kind !== "create") return { ok: false, decision };
  const placed = placeLogin(deployment.target, {
    login,
    sourceUsername: user.username,
    attributes: mapped.attributes,
    userId,
    sourceCaseSensitive: source.caseSensitive,
  });
  if (!placed.ok) return { ok: false, decision: { kind: "generic", reason: placed.reason } };
  for (const { attribute, reason } of mapped.dropped)
    count("AttributesDropped", { attribute, reason });
  for (const attribute of mapped.missing) {
    if (placed.attributes[attribute] === undefined)
      count("RequiredAttributeMissing", { attribute });
  }
  const { attributes, usernames } = placed;
  return { ok: true, decision, attributes, userId, usernames };
}

/** Announces the user and builds the answer to Cognito. */
export async function cross(
  deps: MigrationDeps,
  crossing: Crossing,
  prepared: Extract<Preparation, { ok: true }>,
): Promise<CrossedUser> {
  const { attributes, decision, userId, usernames } = prepared;
  const username = await freeUsername(deps, usernames);
  await announce(deps, crossing, { userId, mfa: decision.mfa, username });
  return {
    userAttributes: { ...attributes, ...(username !== undefined && { username }) },
    finalUserStatus: decision.status,
    messageAction: "SUPPRESS",
  };
}

async function announce(
  { deployment, target, clock, publish, count }: MigrationDeps,
  { source, user, method }: Crossing,
  said: Pick<Create, "mfa"> & { readonly userId: string; readonly username: string | undefined },
): Promise<void> {
  const event = migratedEvent(
    { stage: deployment.stage, region: target.region, clock },
    {
      ...said,
      method,
      source: { id: source.id, poolId: source.poolId, region: source.region, sub: user.sub },
      target: { poolId: target.poolId, region: target.region },
    },
  );
  try {
    await publish([event]);
  } catch {
    // A sign-in never fails because of us: `reconcile` rebuilds what was not said from the user's attributes.
    count("UserMigratedNotPublished");
  }
}

/**
 * Somebody else may have the username already: from another source, or made by an administrator. Where
 * looking is not possible the last one stands: it is the userId, which nobody else has.
 */
async function freeUsername(
  deps: MigrationDeps,
  usernames: readonly string[],
): Promise<string | undefined> {
  if (usernames.length < 2) return usernames[0];
  for (const username of usernames.slice(0, -1)) {
    const found = await deps.target.findUser(username, callSignal(deps));
    if (found.outcome === "user-not-found") return username;
  }
  return usernames.at(-1);
}

function hasVerifiedContact(attributes: Attributes): boolean {
  return CONTACTS.some(
    (contact) =>
      attributes[contact] !== undefined && attributes[VERIFIED_FLAGS[contact]] === "true",
  );
}
