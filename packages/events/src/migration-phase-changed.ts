import * as z from "zod/mini";
import { defineEvent } from "./define.ts";

export const MigrationPhaseChanged = defineEvent({
  name: "MigrationPhaseChanged",
  version: 1,
  description: "An operator took the migration to another phase.",
  publishedBy: ["operator"],
  data: z.object({
    from: z.string(),
    to: z.string(),
    /** The operator's id, never a name or an address. */
    actor: z.string(),
  }),
});
