import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const OnboardingMailFailed = defineEvent({
  name: "OnboardingMailFailed",
  version: 1,
  description: "A user's mail was given up: no further try is made by itself.",
  publishedBy: ["send-onboarding-mail", "mail-feedback"],
  data: z.object({
    userId: z.string(),
    /** The template's name, such as `welcome`. */
    template: z.string(),
    /** A short code, such as `no_address`. New codes may come: treat one that you do not know as a failure. */
    reason: z.optional(z.string()),
  }),
});
