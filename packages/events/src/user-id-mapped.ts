import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const UserIdMapped = defineEvent({
  name: "UserIdMapped",
  version: 1,
  description:
    "An old sub and a new sub are the same person. Once for each pair of an old and a new account, and again only with the same id.",
  publishedBy: ["identity", "merge-sources"],
  data: z.object({
    userId: z.string(),
    old: z.object({
      /** The source's name in carryover.config.ts. */
      sourceId: z.string(),
      poolId: z.string(),
      sub: z.string(),
    }),
    new: z.object({ poolId: z.string(), region: z.string(), sub: z.string() }),
  }),
});
