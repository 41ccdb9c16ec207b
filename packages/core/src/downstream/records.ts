import * as z from "zod/mini";
import { type Pair, Pair as PairShape, type Progress, ProgressStatus } from "./schema.ts";

/** A pair as the table's items have it: flat. */
export function pairItem({ userId, old, new: other }: Pair) {
  return {
    userId,
    sourceId: old.sourceId,
    oldPoolId: old.poolId,
    oldSub: old.sub,
    newPoolId: other.poolId,
    newRegion: other.region,
    newSub: other.sub,
  };
}

type PairItem = Readonly<Record<keyof ReturnType<typeof pairItem>, string>>;

/** @throws ZodError when somebody else wrote the item */
export function pairFrom(item: PairItem): Pair {
  return z.parse(PairShape, {
    userId: item.userId,
    old: { sourceId: item.sourceId, poolId: item.oldPoolId, sub: item.oldSub },
    new: { poolId: item.newPoolId, region: item.newRegion, sub: item.newSub },
  });
}

export function progressItem({ pair, cause, ...rest }: Progress) {
  return {
    ...pairItem(pair),
    causeId: cause.id,
    correlationId: cause.correlationId,
    system: rest.system,
    pairId: rest.pairId,
    status: rest.status,
    attempts: rest.attempts,
    changed: rest.changed,
    run: rest.run,
    dueAt: rest.dueAt,
    updatedAt: rest.updatedAt,
    version: rest.version,
    ...(rest.notBefore !== undefined && { notBefore: rest.notBefore }),
    ...(rest.reason !== undefined && { reason: rest.reason }),
    ...(rest.cursor !== undefined && { cursor: rest.cursor }),
    ...(rest.remaining !== undefined && { remaining: rest.remaining }),
  };
}

type ProgressItem = Omit<ReturnType<typeof progressItem>, keyof PairItem> & PairItem;

/** @throws ZodError when somebody else wrote the item */
export function progressFrom(item: ProgressItem): Progress {
  return {
    system: item.system,
    pairId: item.pairId,
    pair: pairFrom(item),
    cause: { id: item.causeId, correlationId: item.correlationId },
    status: z.parse(ProgressStatus, item.status),
    attempts: item.attempts,
    changed: item.changed,
    run: item.run,
    dueAt: item.dueAt,
    updatedAt: item.updatedAt,
    version: item.version,
    notBefore: item.notBefore,
    reason: item.reason,
    cursor: item.cursor,
    remaining: item.remaining,
  };
}
