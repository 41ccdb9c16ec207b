import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const UserSignedUp = defineEvent({
  name: "UserSignedUp",
  version: 1,
  description: "A person whom no source pool knew confirmed a new account and has a user ID now.",
  publishedBy: ["post-confirmation"],
  data: z.object({
    userId: z.string(),
    poolId: z.string(),
    region: z.string(),
    sub: z.string(),
  }),
});
