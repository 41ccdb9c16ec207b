import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const SocialIdentityLinked = defineEvent({
  name: "SocialIdentityLinked",
  version: 1,
  description: "A user can sign in through a provider now, and is the same user.",
  publishedBy: ["social"],
  data: z.object({
    userId: z.string(),
    /** The identity provider's name in the user pool, such as `Google`. */
    provider: z.string(),
  }),
});
