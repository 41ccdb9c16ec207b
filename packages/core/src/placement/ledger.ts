import { RelocationRequested } from "@carryover/events/relocation-requested";
import { UserPlaced } from "@carryover/events/user-placed";
import { UserRelocated } from "@carryover/events/user-relocated";
import { type EventOrigin, makeEvent, type OutgoingEvent, type Publish } from "../events/event.ts";
import { isoTime } from "../kernel/clock.ts";
import { derivedId, type UserId } from "../kernel/ids.ts";
import { type Account, type Draft, type Entry, follow } from "./entry.ts";
import { PlacementUnavailableError } from "./errors.ts";
import type { PlacementStore } from "./placement-store.ts";

/** What led to a step: an event's id, or a request's. */
export interface Cause {
  readonly id: string;
  readonly correlationId: string;
}

export interface LedgerDeps {
  readonly ledger: Pick<PlacementStore, "recent" | "append" | "planDeletion">;
  /** Rejects when an event could not be handed over: the message is then received again. */
  readonly publish: Publish;
  readonly origin: EventOrigin;
  /** For who records moves: the account that a user left keeps no session. Rejects to be called again. */
  readonly endSessions?: (account: Account) => Promise<void>;
}

/** Each lost race means that somebody else wrote: so many in a row are no race. */
const MOST_RACES = 8;

/**
 * Adds to a user's chain what `decide` says follows from its end, and says it on the bus. Safe to repeat
 * with the same cause, and to stop anywhere: a repeat adds what is missing and says all of it again, under
 * the same ids. Returns the present state.
 * @throws PlacementUnavailableError, PublishError: try again
 */
export async function record(
  { ledger, publish, origin, endSessions }: LedgerDeps,
  userId: UserId,
  cause: Cause,
  decide: (head: Entry | undefined) => readonly Draft[],
): Promise<Entry | undefined> {
  for (let races = 0; races < MOST_RACES; races += 1) {
    const recent = await ledger.recent(userId);
    const written = recent.filter((entry) => entry.cause === cause.id).toReversed();
    let head = recent[0];
    let isLost = false;
    for (const draft of decide(head)) {
      const at = isoTime(origin.clock());
      const entry: Entry = follow(head, draft, { userId, at, cause: cause.id });
      if (!(await ledger.append(entry))) {
        isLost = true;
        break;
      }
      head = entry;
      written.push(entry);
    }
    if (isLost) continue;
    // Before the event: once it is out, nobody comes back here.
    for (const copy of written.flatMap(({ copies }) => copies))
      await ledger.planDeletion({ userId, ...copy });
    for (const { fact, copies } of written) {
      const left = copies.at(-1);
      if (fact === "relocated" && left) await endSessions?.(left);
    }
    const events = written.flatMap((entry) => eventOf(origin, entry, cause) ?? []);
    if (events.length > 0) await publish(events);
    return head;
  }
  throw new PlacementUnavailableError("others write this user's ledger all the time", { userId });
}

/** The entry's hash makes the id: the events on the bus vouch for the chain. */
function eventOf(place: EventOrigin, entry: Entry, cause: Cause): OutgoingEvent | undefined {
  // Said again, it is still what happened then.
  const origin = { ...place, clock: () => Date.parse(entry.at) };
  const linksOf = (name: string) => ({
    id: derivedId(name, entry.userId, entry.hash),
    correlationId: cause.correlationId,
    causationId: cause.id,
  });
  const data = {
    userId: entry.userId,
    ...(entry.from !== undefined && { from: entry.from }),
    to: entry.home,
    reason: entry.reason,
    policyVersion: String(entry.policyVersion),
  };
  switch (entry.fact) {
    case "placed":
      return makeEvent(UserPlaced, origin, linksOf(UserPlaced.name), data);
    case "relocated":
      return makeEvent(UserRelocated, origin, linksOf(UserRelocated.name), data);
    case "relocation-requested":
      return makeEvent(RelocationRequested, origin, linksOf(RelocationRequested.name), {
        ...data,
        to: entry.movingTo ?? entry.home,
      });
    case "relocation-cancelled":
    case "copy-deleted":
    case "forgotten":
      return undefined;
  }
}
