import { apis } from "@carryover/functions/apis";
import { jobs } from "@carryover/functions/jobs";
import { subscribers } from "@carryover/functions/subscribers";
import { triggers } from "@carryover/functions/triggers";
import { describe, expect, it } from "vitest";
import { bundleClients, bundleHandler } from "./test/bundle.ts";

/**
 * How much larger than its SDK clients alone a function may be: its cold start grows with it. A person
 * waits for a trigger. Nobody waits for the others, which are spared no more than what they do not use:
 * ElectroDB is 225 KB.
 */
const TRIGGER = 1.15;
/** It asks the directory as well. */
const BY_NAME: Readonly<Record<string, number>> = { "user-migration-placed": 1.18 };
const OTHER = 1.95;
/** React and what makes text of a mail: in the one function that writes mails. */
const LARGE: Readonly<Record<string, number>> = { "send-onboarding-mail": 3.5 };

describe("the bundles of the functions", () => {
  const adoption = { "attach-triggers": { handler: "stacks/adopt/attach-triggers.handler" } };

  it.each(Object.entries({ ...triggers, ...subscribers, ...jobs, ...apis, ...adoption }))(
    "%s is not much larger than its SDK clients",
    async (name, { handler }) => {
      const bundle = await bundleHandler(handler);
      const baseline = await bundleClients(bundle.clients);

      expect(bundle.clients.length).toBeGreaterThan(0);
      expect(bundle.bytes / baseline.bytes).toBeLessThan(
        BY_NAME[name] ?? (name in triggers ? TRIGGER : (LARGE[name] ?? OTHER)),
      );
    },
  );
});
