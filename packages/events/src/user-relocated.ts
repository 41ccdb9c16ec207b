import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const UserRelocated = defineEvent({
  name: "UserRelocated",
  version: 1,
  description:
    "A user lives in another region now; the user ID is the same. The old copy is deleted after the grace period.",
  publishedBy: ["place-user"],
  data: z.object({
    userId: z.string(),
    /** The region that was home before. */
    from: z.optional(z.string()),
    /** A region. */
    to: z.string(),
    /** A short code: the name of the rule, `default`, `found-here` or `operator`. New codes may come. */
    reason: z.string(),
    /** The version of the placement policy in carryover.config.ts. */
    policyVersion: z.string(),
  }),
});
