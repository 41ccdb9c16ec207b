import type { EventData, EventDetail } from "@carryover/events/define";
import type { DownstreamAcknowledged } from "@carryover/events/downstream-acknowledged";
import type { UserIdMapped } from "@carryover/events/user-id-mapped";
import * as z from "zod/mini";
import { SystemName } from "../config/downstream-schema.ts";
import { isoTime } from "../kernel/clock.ts";
import { UserId } from "../kernel/ids.ts";
import { parserOf } from "../kernel/parsed.ts";
import { announce } from "./announce.ts";
import type { DownstreamDeps } from "./deps.ts";
import { DownstreamInputError, DownstreamMissingError, DownstreamRaceError } from "./errors.ts";
import { pending } from "./progress.ts";
import { type Cause, Pair, type Progress } from "./schema.ts";

const parsed = parserOf(DownstreamInputError, "the event does not name its ids well");

/** Said by others: what is no user ID may be an address, and would be in a log. */
const Acknowledged = z.object({ userId: UserId, system: SystemName });

/**
 * `UserIdMapped`: the pair is kept for good, and each system has it before it. Safe to repeat, in any order.
 * @throws DownstreamInputError, DownstreamStoreError, DownstreamQueueError
 */
export async function learnPair(
  deps: DownstreamDeps,
  { metadata, data }: EventDetail<EventData<typeof UserIdMapped>>,
): Promise<void> {
  const pair = parsed(Pair, data);
  await deps.store.recordPair(pair, isoTime(deps.origin.clock()));
  const cause = { id: metadata.id, correlationId: metadata.correlationId };
  for (const system of Object.keys(deps.systems)) await start(deps, system, [pair], () => cause);
}

/** Makes pairs a system's work, unless they are already. Safe to repeat. */
export async function start(
  { store, send, origin }: Pick<DownstreamDeps, "store" | "send" | "origin">,
  system: string,
  pairs: readonly Pair[],
  causeOf: (pair: Pair) => Cause,
): Promise<void> {
  for (let from = 0; from < pairs.length; from += AT_ONCE) {
    const begun = await Promise.all(
      pairs
        .slice(from, from + AT_ONCE)
        .map((pair) => store.begin(pending(system, pair, causeOf(pair), origin.clock()))),
    );
    // A repeat of what is done needs nothing. What is pending may have lost its message.
    const waiting = begun.filter(({ status }) => status === "pending");
    await send(
      system,
      waiting.map(({ pair, cause }) => ({ task: "apply", pair, cause })),
    );
  }
}

/** As many as go into one call of the queue. */
const AT_ONCE = 10;

/**
 * `DownstreamAcknowledged`, or a call that says the same: the system is done with the person. Safe to repeat.
 * @throws DownstreamInputError, DownstreamMissingError when there is no such person in the system yet,
 *   DownstreamStoreError, DownstreamRaceError, PublishError
 */
export async function acknowledge(
  deps: Omit<DownstreamDeps, "send" | "systems">,
  { data }: Pick<EventDetail<EventData<typeof DownstreamAcknowledged>>, "data">,
): Promise<void> {
  const { userId, system } = parsed(Acknowledged, data);
  const { changed = 0 } = data;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const known = await deps.store.ofUser(userId, system);
    if (known.length === 0) {
      throw new DownstreamMissingError("the system has nothing to do for this user", {
        system,
        userId,
      });
    }
    const saved = await Promise.all(known.map((progress) => finish(deps, progress, changed)));
    if (saved.every((isSaved) => isSaved)) return;
  }
  throw new DownstreamRaceError("the progress changed in between", { system, userId });
}

/** The system's own function may note at the same moment that it waits. */
const TRIES = 3;

/** @returns false when the progress is no longer what it was */
async function finish(
  deps: Omit<DownstreamDeps, "send" | "systems">,
  progress: Progress,
  changed: number,
): Promise<boolean> {
  if (progress.status === "done" || progress.status === "verified") {
    await announce(deps, progress);
    return true;
  }
  const now = isoTime(deps.origin.clock());
  const done: Progress = {
    ...progress,
    status: "done",
    changed,
    reason: undefined,
    dueAt: now,
    updatedAt: now,
  };
  if (!(await deps.store.save(done, progress))) return false;
  await announce(deps, done);
  return true;
}
