import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { preparePlatform } from "./platform.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder for what the stacks declare, which all test files share, or why there is none. */
    readonly evaluations: { readonly folder: string } | { readonly missing: string };
  }
}

/** Before the first test of the stacks. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const platform = await preparePlatform();
  if (!platform.available) {
    provide("evaluations", { missing: platform.reason });
    return async () => {};
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), "carryover-evaluations-"));
  provide("evaluations", { folder });
  return () => rm(folder, { recursive: true });
}
