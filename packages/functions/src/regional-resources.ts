import type { Deployment } from "@carryover/core/config/deployment";
import * as z from "zod/mini";

/**
 * What every region has (stacks/regional.ts), with the shapes of the links. Apart from the others, because a
 * trigger loads all shapes of this list, and its cold start is part of a sign-in.
 */
export const regionalResources = {
  /**
   * The stage's configuration, data only. Its shape is the compiler's to hold: `deploymentOf` makes it of a
   * configuration that was checked, in the deployment that brings the function's code.
   */
  Migration: z.looseObject({ stage: z.string() }) as unknown as z.ZodMiniType<Deployment>,
  /** The event bus of the function's own region. */
  Bus: z.object({ name: z.string(), arn: z.string() }),
  /** Where an event waits that the bus would not take. */
  FallbackQueue: z.object({ url: z.string() }),
  /** Sessions of half-finished second factors in the sources: encrypted, three minutes. */
  MfaSessionTable: z.object({ name: z.string() }),
  /** 32 random bytes in base64, made once for a stage. Not empty. */
  SessionKey: z.object({ value: z.string().check(z.regex(/^.+$/)) }),
  /** Who lives where, and whose a login is by its keyed hash. In the home region, used from every region. */
  PlacementTable: z.object({ name: z.string() }),
  /** 32 random bytes in base64, made once for a stage: without them nobody can try logins on the directory. */
  PlacementKey: z.object({ value: z.string().check(z.regex(/^.+$/)) }),
} as const;

export type RegionalResourceName = keyof typeof regionalResources;
