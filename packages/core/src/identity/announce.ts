import { UserIdMapped } from "@carryover/events/user-id-mapped";
import { type EventOrigin, makeEvent, type Publish } from "../events/event.ts";
import type { Facts } from "../kernel/errors.ts";
import type { UserId } from "../kernel/ids.ts";
import { type IdPair, pairId } from "./schema.ts";
import type { IdentityStore } from "./store.ts";

/** The event that made the service act. */
export interface Cause {
  readonly id: string;
  readonly correlationId: string;
}

export interface IdentityDeps {
  readonly identities: IdentityStore;
  /** Rejects when an event could not be handed over: the message is then received again. */
  readonly publish: Publish;
  readonly origin: EventOrigin;
  readonly log: (level: "info" | "warn" | "error", message: string, facts?: Facts) => void;
}

/** Says which accounts are the same person. Safe to repeat: a pair has one id for good. */
export async function announce(
  { publish, origin }: Pick<IdentityDeps, "publish" | "origin">,
  userId: UserId,
  pairs: readonly IdPair[],
  cause: Cause,
): Promise<void> {
  if (pairs.length === 0) return;
  await publish(
    pairs.map((pair) => {
      const links = {
        id: pairId(pair),
        correlationId: cause.correlationId,
        causationId: cause.id,
      };
      const { old, new: other } = pair;
      return makeEvent(UserIdMapped, origin, links, {
        userId,
        old: { sourceId: old.sourceId, poolId: old.poolId, sub: old.sub },
        new: { poolId: other.poolId, region: other.region, sub: other.sub },
      });
    }),
  );
}
