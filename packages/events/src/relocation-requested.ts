import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const RelocationRequested = defineEvent({
  name: "RelocationRequested",
  version: 1,
  description: "A user is to live in another region. Happens at the user's next sign-in.",
  publishedBy: ["place-user", "advance-cohorts", "placement"],
  data: z.object({
    userId: z.string(),
    /** The region that is home until then. */
    from: z.optional(z.string()),
    /** A region. */
    to: z.string(),
    /** A short code: the name of the rule, `default`, `found-here` or `operator`. New codes may come. */
    reason: z.string(),
    /** The version of the placement policy in carryover.config.ts. */
    policyVersion: z.string(),
  }),
});
