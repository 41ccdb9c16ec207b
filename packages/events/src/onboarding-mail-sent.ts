import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const OnboardingMailSent = defineEvent({
  name: "OnboardingMailSent",
  version: 1,
  description:
    "The mail service took a user's mail. Once per user and template, and again only with the same id. Says nothing of delivery: UserCannotBeReached does.",
  publishedBy: ["send-onboarding-mail", "mail-feedback"],
  data: z.object({
    userId: z.string(),
    /** The template's name, such as `welcome`. */
    template: z.string(),
  }),
});
