import { apis } from "@carryover/functions/apis";
import { jobs } from "@carryover/functions/jobs";
import { subscribers } from "@carryover/functions/subscribers";
import { systemWorkers } from "@carryover/functions/systems";
import { triggers } from "@carryover/functions/triggers";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundleClients, bundleHandlers } from "./test/bundle.ts";

/**
 * How much larger than its SDK clients alone a function may be: its cold start grows with it. A person
 * waits for a trigger. Nobody waits for the others, which are spared no more than what they do not use:
 * ElectroDB is 225 KB.
 */
const TRIGGER = 1.15;
const OTHER = 1.95;
/** Bytes of one that calls nothing of AWS: zod's checks of an event, and what every subscriber has. */
const WITHOUT_CLIENT = 75_000;
/** Those that need a library which no other function has. */
const LARGE: Readonly<Record<string, number>> = {
  // React, and what makes text of a mail.
  "send-onboarding-mail": 3.5,
  // Standard Webhooks, and address ranges.
  webhook: 2.05,
  // The client of the database.
  postgres: 2.2,
};

const adoption = { "attach-triggers": { handler: "stacks/adopt/attach-triggers.handler" } };
const functions = Object.entries({
  ...triggers,
  ...subscribers,
  ...jobs,
  ...apis,
  ...systemWorkers,
  ...adoption,
});

describe("the bundles of the functions", () => {
  let bundles: ReadonlyMap<string, Bundle>;
  /** Of clients that several functions have, once. */
  const baselines = new Map<string, Promise<Bundle>>();
  beforeAll(async () => {
    bundles = await bundleHandlers(functions.map(([, { handler }]) => handler));
  });

  it.each(functions)("%s is not much larger than its SDK clients", async (name, { handler }) => {
    const { clients, bytes } = bundles.get(handler) as Bundle;
    if (clients.length === 0) {
      expect(bytes).toBeLessThan(WITHOUT_CLIENT);
      return;
    }
    const baseline = baselines.get(String(clients)) ?? bundleClients(clients);
    baselines.set(String(clients), baseline);

    expect(bytes / (await baseline).bytes).toBeLessThan(
      name in triggers ? TRIGGER : (LARGE[name] ?? OTHER),
    );
  });
});
