import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const UserSignedIn = defineEvent({
  name: "UserSignedIn",
  version: 1,
  description: "A user signed in to a new pool. For one who crossed it also says the old side.",
  publishedBy: ["post-authentication"],
  data: z.object({
    userId: z.string(),
    poolId: z.string(),
    region: z.string(),
    sub: z.string(),
    clientId: z.string(),
    legacySub: z.optional(z.string()),
    /** The source's name in carryover.config.ts. */
    legacySource: z.optional(z.string()),
  }),
});
