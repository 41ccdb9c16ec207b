import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const DownstreamUpdated = defineEvent({
  name: "DownstreamUpdated",
  version: 1,
  description: "A downstream system knows a user by the user ID now. Once per user and system.",
  publishedBy: ["downstream"],
  data: z.object({
    userId: z.string(),
    /** The system's name in carryover.config.ts. */
    system: z.string(),
    attempts: z.int().check(z.positive()),
    /** Items or rows that carried the old sub and carry the user ID now; 0 when there was nothing to change. */
    changed: z.int().check(z.nonnegative()),
  }),
});
