import * as z from "zod/mini";
import { isoTime } from "../kernel/clock.ts";
import { start } from "./commands.ts";
import type { DownstreamDeps } from "./deps.ts";
import { PATIENCE_SECONDS, startedAnew } from "./progress.ts";
import { type Cause, type Pair, type Progress, pairIdOf } from "./schema.ts";
import { SHARDS } from "./store.ts";

/** A message in the control queue. The schedule sends `{}`. */
export const Order = z.union([
  /** Every user of a system, or those that failed, page by page. */
  z.object({
    order: z.enum(["backfill", "verify", "dry-run", "retry"]),
    system: z.string(),
    /** The list of pairs that is read, and where in it. */
    shard: z.optional(z.string()),
    cursor: z.optional(z.string()),
    /** ISO-8601: what failed later has been tried since, and is not tried without end. */
    failedUntil: z.optional(z.string()),
  }),
  /** Sends what is due. Without a system: of all. */
  z.object({
    order: z._default(z.literal("sweep"), "sweep"),
    system: z.optional(z.string()),
  }),
]);
export type Order = z.infer<typeof Order>;

export interface ControlDeps extends DownstreamDeps {
  /** Puts an order into the control queue: the next page of this one. */
  readonly next: (order: Order) => Promise<void>;
}

const PAGE = 100;

/**
 * Carries out an order, one page of it. Safe to repeat: a page that is done twice makes no more than
 * messages that find their work done.
 * @throws DownstreamStoreError, DownstreamQueueError
 */
export async function control(deps: ControlDeps, order: Order, orderId: string): Promise<void> {
  const cause = { id: orderId, correlationId: orderId };
  if (order.order === "sweep") return sweep(deps, order.system);
  if (!Object.hasOwn(deps.systems, order.system)) {
    deps.log("error", "the configuration has no such system", { system: order.system });
    return;
  }
  if (order.order === "retry") {
    const now = isoTime(deps.origin.clock());
    return retryPage(deps, order.system, order.failedUntil ?? now);
  }
  const { shard = SHARDS[0] ?? "0", cursor } = order;
  const page = await deps.store.pairs(shard, { limit: PAGE, cursor });
  await pageOf(deps, order.order, order.system, page.items, cause);
  const following = page.cursor === undefined ? SHARDS[SHARDS.indexOf(shard) + 1] : shard;
  deps.log("info", "downstream order", { ...order, cursor: undefined, pairs: page.items.length });
  if (following === undefined) return;
  await deps.next({
    order: order.order,
    system: order.system,
    shard: following,
    ...(page.cursor !== undefined && { cursor: page.cursor }),
  });
}

async function pageOf(
  deps: ControlDeps,
  order: "backfill" | "verify" | "dry-run",
  system: string,
  pairs: readonly Pair[],
  cause: Cause,
): Promise<void> {
  if (order === "backfill") {
    return start(deps, system, pairs, (pair) => causeOf(system, pair, cause));
  }
  await deps.send(
    system,
    pairs.map((pair) => ({ task: order, pair, cause })),
  );
}

/** Not the order's own: a page that comes twice must not look like two causes. */
function causeOf(system: string, pair: Pair, { correlationId }: Cause): Cause {
  return { id: `${system}/${pairIdOf(pair)}`, correlationId };
}

/** The first page of what failed: each item that is started anew leaves the list. */
async function retryPage(deps: ControlDeps, system: string, failedUntil: string): Promise<void> {
  const { store, origin } = deps;
  const page = await store.list(system, "failed", { limit: PAGE, dueUntil: failedUntil });
  for (const failed of page.items) {
    const again = startedAnew(failed, origin.clock());
    // Whoever was quicker has started it.
    if (await store.save(again, failed)) await deps.send(system, [taskOf(again)]);
  }
  deps.log("info", "downstream order", { order: "retry", system, pairs: page.items.length });
  if (page.items.length > 0) await deps.next({ order: "retry", system, failedUntil });
}

/** Also makes good for messages that were lost: what is pending is always due at some time. */
async function sweep(deps: ControlDeps, only: string | undefined): Promise<void> {
  const { store, origin, systems } = deps;
  const known = new Map((await store.systems()).map((state) => [state.system, state]));
  for (const system of Object.keys(systems)) {
    if (only !== undefined && only !== system) continue;
    const state = known.get(system);
    if (!state) await store.addSystem(system, isoTime(origin.clock()));
    if (state?.paused) continue;
    const page = await store.list(system, "pending", {
      limit: PAGE,
      dueUntil: isoTime(origin.clock()),
    });
    for (const due of page.items) await sendDue(deps, due);
    if (page.items.length > 0) {
      deps.log("info", "downstream sweep", { system, due: page.items.length });
    }
    if (page.cursor !== undefined) await deps.next({ order: "sweep", system });
  }
}

async function sendDue({ store, send, origin }: ControlDeps, due: Progress): Promise<void> {
  const nowMs = origin.clock();
  const patient: Progress = {
    ...due,
    dueAt: isoTime(nowMs + PATIENCE_SECONDS * 1000),
    updatedAt: isoTime(nowMs),
  };
  // Somebody works on it just now, or another sweep was quicker.
  if (!(await store.save(patient, due))) return;
  await send(due.system, [taskOf(due)]);
}

function taskOf({ pair, cause }: Progress) {
  return { task: "apply" as const, pair, cause };
}
