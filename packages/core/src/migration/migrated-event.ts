import {
  type MigratedMfa,
  type MigrationMethod,
  UserMigrated,
} from "@carryover/events/user-migrated";
import { type EventOrigin, makeEvent, type OutgoingEvent } from "../events/event.ts";
import { derivedId } from "../kernel/ids.ts";

export interface MigratedFacts {
  readonly userId: string;
  readonly method: MigrationMethod;
  readonly source: {
    readonly id: string;
    readonly poolId: string;
    readonly region: string;
    readonly sub: string;
  };
  readonly target: { readonly poolId: string; readonly region: string };
  /** As the new pool has it, or is to have it. */
  readonly username: string | undefined;
  readonly mfa: MigratedMfa;
}

/** That somebody crossed. One id for each old account and new pool, however often it is said, and by whom. */
export function migratedEvent(origin: EventOrigin, facts: MigratedFacts): OutgoingEvent {
  const { userId, method, source, target, username, mfa } = facts;
  const id = derivedId(UserMigrated.name, source.poolId, source.sub, target.poolId);
  return makeEvent(
    UserMigrated,
    origin,
    { id, correlationId: id },
    {
      userId,
      method,
      source,
      target: {
        poolId: target.poolId,
        region: target.region,
        // Any other username is a name that the person chose.
        ...(username === userId && { username: userId }),
      },
      mfa,
    },
  );
}
