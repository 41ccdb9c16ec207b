import * as z from "zod/mini";
import { PoolId, Region, SourceId, Sub, UserId } from "../kernel/ids.ts";
import { type Link, type ListedReview, ReviewDecision, ReviewKey } from "./schema.ts";

const linked = { poolId: PoolId, sub: Sub, userId: UserId, linkedAt: z.string() };

const LinkRecord = z.discriminatedUnion("side", [
  z.object({ ...linked, side: z.literal("old"), sourceId: SourceId }),
  z.object({ ...linked, side: z.literal("new"), region: Region }),
]);

const ReviewRecord = z.extend(ReviewKey, {
  otherUserId: z.optional(UserId),
  sourceId: z.optional(SourceId),
  openedAt: z.string(),
  closedAt: z.optional(z.string()),
});

const DecidedRecord = z.object({
  decision: ReviewDecision,
  decidedAt: z.string(),
  decidedBy: z.string(),
  reason: z.string(),
});

/** A link as the table holds it. @throws ZodError when somebody else wrote the item */
export function linkFrom(item: unknown): Link {
  return z.parse(LinkRecord, item);
}

/** A review as the table holds it. @throws ZodError when somebody else wrote the item */
export function reviewFrom(item: { readonly decision?: string | undefined }): ListedReview {
  const { otherUserId, sourceId, closedAt, ...review } = z.parse(ReviewRecord, item);
  return {
    ...review,
    ...(otherUserId !== undefined && { otherUserId }),
    ...(sourceId !== undefined && { sourceId }),
    ...(item.decision !== undefined && { decided: z.parse(DecidedRecord, item) }),
    ...(closedAt !== undefined && { closedAt }),
  };
}
