import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

/** The ways a user can cross from a source pool to a new one. */
export const MigrationMethod = z.enum([
  "password",
  "forgot_password",
  "invitation",
  "import",
  "passwordless",
  "social",
  "relocation",
]);
export type MigrationMethod = z.infer<typeof MigrationMethod>;

/** What became of the second factor: the user had none, its code was verified, or it has to be set up again. */
export const MigratedMfa = z.enum(["none", "verified", "reenrol"]);
export type MigratedMfa = z.infer<typeof MigratedMfa>;

export const UserMigrated = defineEvent({
  name: "UserMigrated",
  version: 1,
  description:
    "A user of a source pool was let cross by the trigger; should the new pool still refuse, it comes again at the next try, with the same id. Says the old side only: UserSignedIn knows the new sub.",
  publishedBy: ["user-migration"],
  data: z.object({
    userId: z.string(),
    method: MigrationMethod,
    source: z.object({
      /** The source's name in carryover.config.ts. */
      id: z.string(),
      poolId: z.string(),
      region: z.string(),
      sub: z.string(),
    }),
    target: z.object({
      poolId: z.string(),
      region: z.string(),
      /** Only where the username is the user ID: any other is a name that a person chose. */
      username: z.optional(z.string()),
    }),
    mfa: MigratedMfa,
  }),
});
