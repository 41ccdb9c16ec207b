import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const UserCannotBeReached = defineEvent({
  name: "UserCannotBeReached",
  version: 1,
  description:
    "A user's mail came back for good, or the user complained about it. No more mail is sent to this user, by no campaign.",
  publishedBy: ["mail-feedback"],
  data: z.object({
    userId: z.string(),
    /** The region whose mail service said so. */
    region: z.string(),
    reason: z.enum(["bounce", "complaint"]),
  }),
});
