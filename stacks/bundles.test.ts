import { jobs } from "@carryover/functions/jobs";
import { subscribers } from "@carryover/functions/subscribers";
import { triggers } from "@carryover/functions/triggers";
import { describe, expect, it } from "vitest";
import { bundleClients, bundleHandler } from "./test/bundle.ts";

/**
 * How much larger than its SDK clients alone a function may be: its cold start grows with it. The goal
 * for triggers is 1.15 (issue 3). These are what is reached, rounded up: lower them, never raise them.
 */
const LIMITS: Readonly<Record<string, number>> = {
  "user-migration": 1.33,
  "pre-sign-up": 1.26,
  "post-confirmation": 1.28,
  "post-authentication": 1.27,
  "pre-token-generation": 1.26,
  identity: 3.1,
  "merge-sources": 3.1,
  "drain-fallback": 1.3,
};

describe("the bundles of the functions", () => {
  it.each(Object.entries({ ...triggers, ...subscribers, ...jobs }))(
    "%s is not much larger than its SDK clients",
    async (name, { handler }) => {
      const bundle = await bundleHandler(handler);
      const baseline = await bundleClients(bundle.clients);

      expect(bundle.clients.length).toBeGreaterThan(0);
      expect(bundle.bytes / baseline.bytes).toBeLessThan(LIMITS[name] ?? 0);
    },
  );
});
