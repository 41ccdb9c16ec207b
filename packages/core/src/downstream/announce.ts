import { DownstreamFailed } from "@carryover/events/downstream-failed";
import { DownstreamUpdated } from "@carryover/events/downstream-updated";
import { makeEvent } from "../events/event.ts";
import { derivedId } from "../kernel/ids.ts";
import type { DownstreamDeps } from "./deps.ts";
import type { Progress } from "./schema.ts";

/** Says how a change ended; nothing while it is pending. Safe to repeat: one id for each run and end. */
export async function announce(
  { publish, origin }: Pick<DownstreamDeps, "publish" | "origin">,
  { system, pair, pairId, cause, run, status, attempts, changed, reason }: Progress,
): Promise<void> {
  if (status === "pending") return;
  const failed = status === "failed";
  const name = failed ? DownstreamFailed.name : DownstreamUpdated.name;
  const links = {
    id: derivedId(name, system, pairId, String(run)),
    correlationId: cause.correlationId,
    causationId: cause.id,
  };
  const data = { userId: pair.userId, system, attempts: Math.max(1, attempts), changed };
  await publish([
    failed
      ? makeEvent(DownstreamFailed, origin, links, {
          ...data,
          ...(reason !== undefined && { reason }),
        })
      : makeEvent(DownstreamUpdated, origin, links, data),
  ]);
}
