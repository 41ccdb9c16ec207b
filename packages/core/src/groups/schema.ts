import * as z from "zod/mini";
import { AppError } from "../kernel/errors.ts";
import { PoolId, Region, SourceId, Sub, UserId } from "../kernel/ids.ts";
import { parserOf } from "../kernel/parsed.ts";

/** `UserIdMapped`, with the proof that each id has its form. */
export const MappedFacts = z.object({
  userId: UserId,
  old: z.object({ sourceId: SourceId, poolId: PoolId, sub: Sub }),
  new: z.object({ poolId: PoolId, region: Region, sub: Sub }),
});

/** An event says something that cannot be an id. */
export class GroupsInputError extends AppError {
  readonly kind = "invalid";
  readonly code = "groups.input";
}

/** @throws GroupsInputError naming the fields, never their values */
export const parsed = parserOf(GroupsInputError, "the event does not name its ids well");
