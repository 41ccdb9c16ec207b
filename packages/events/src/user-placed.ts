import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const UserPlaced = defineEvent({
  name: "UserPlaced",
  version: 1,
  description: "A user's home region was decided: at first, or anew by another policy.",
  publishedBy: ["place-user", "advance-cohorts"],
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
