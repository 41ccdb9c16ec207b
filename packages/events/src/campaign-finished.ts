import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const CampaignFinished = defineEvent({
  name: "CampaignFinished",
  version: 1,
  description: "A campaign went through all of its users, or was ended by its operator.",
  publishedBy: ["campaign"],
  data: z.object({
    campaignId: z.string(),
    /** Users by what became of them, such as `invited`. */
    counts: z.record(z.string(), z.int().check(z.nonnegative())),
  }),
});
