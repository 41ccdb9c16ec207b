import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const UserInvited = defineEvent({
  name: "UserInvited",
  version: 1,
  description:
    "A campaign created a user in a new pool who may come in by invitation. Once per user and campaign. The mail is the onboarding service's.",
  publishedBy: ["campaign"],
  data: z.object({
    userId: z.string(),
    campaignId: z.string(),
    target: z.object({
      poolId: z.string(),
      region: z.string(),
      /** In the new pool. Missing where the username is the user ID. */
      sub: z.optional(z.string()),
    }),
  }),
});
