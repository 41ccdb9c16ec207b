import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const DownstreamAcknowledged = defineEvent({
  name: "DownstreamAcknowledged",
  version: 1,
  description:
    "A system of another team says that it is done with a user. The only event that others put on the bus.",
  publishedBy: ["another team's system"],
  data: z.object({
    userId: z.string(),
    /** The system's name in carryover.config.ts. */
    system: z.string(),
    /** Items or rows that carried the old sub and carry the user ID now. */
    changed: z.optional(z.int().check(z.nonnegative())),
  }),
});
