import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const DownstreamFailed = defineEvent({
  name: "DownstreamFailed",
  version: 1,
  description:
    "A downstream system could not be brought to a user's new ID, and no further try is made by itself.",
  publishedBy: ["downstream"],
  data: z.object({
    userId: z.string(),
    /** The system's name in carryover.config.ts. */
    system: z.string(),
    attempts: z.int().check(z.positive()),
    /** Items or rows that were changed before it failed. */
    changed: z.int().check(z.nonnegative()),
    /** A short code. New codes may come: treat one that you do not know as a failure. */
    reason: z.optional(z.string()),
  }),
});
