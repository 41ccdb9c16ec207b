import { UserSignedIn } from "@carryover/events/user-signed-in";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import { type EventOrigin, makeEvent, type OutgoingEvent } from "../events/event.ts";
import { derivedId, freshId, type Region, type UserId } from "../kernel/ids.ts";
import type { NewPoolUser } from "./give-user-id.ts";
import { heldUserId } from "./held-user-id.ts";

/** Where a trigger runs: the pool's region is the event's own. */
export interface SignInPlace {
  readonly region: Region;
  readonly clientId: string;
}

/** Each sign-in is a fact of its own, so its id is new. */
export function signedInEvent(
  origin: EventOrigin,
  user: NewPoolUser,
  { region, clientId }: SignInPlace,
): OutgoingEvent {
  const id = freshId();
  const { poolId, sub, attributes } = user;
  const legacySub = attributes[OWN_ATTRIBUTES.legacySub];
  const legacySource = attributes[OWN_ATTRIBUTES.legacySource];
  return makeEvent(
    UserSignedIn,
    origin,
    { id, correlationId: id },
    {
      userId: heldUserId(attributes, user).userId,
      poolId,
      region,
      sub,
      clientId,
      ...(legacySub && { legacySub }),
      ...(legacySource && { legacySource }),
    },
  );
}

/** Once for each account: Cognito may call the trigger up to three times for one confirmation. */
export function signedUpEvent(
  origin: EventOrigin,
  { poolId, sub }: NewPoolUser,
  region: Region,
  userId: UserId,
): OutgoingEvent {
  const id = derivedId(UserSignedUp.name, poolId, sub);
  return makeEvent(
    UserSignedUp,
    origin,
    { id, correlationId: id },
    { userId, poolId, region, sub },
  );
}

/** Whether a user came from a source, and so is not new. */
export function hasCrossed({ attributes }: Pick<NewPoolUser, "attributes">): boolean {
  return Boolean(attributes[OWN_ATTRIBUTES.legacySource]);
}
