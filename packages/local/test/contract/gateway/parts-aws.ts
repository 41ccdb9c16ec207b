import { inject, onTestFinished } from "vitest";
import { type AwsClients, awsClients } from "../aws-clients.ts";
import { awsNames, ofBusesAndQueues } from "../aws-names.ts";
import { prefixOfTest } from "../aws-run.ts";
import { removeEvents, removeQueues } from "../aws-sweep.ts";
import { only } from "../only-stage.ts";
import type { Parts } from "./parts.ts";

/**
 * AWS in the place of a stage's parts: there are clients for buses and queues, of which each test has its own, and
 * what else it asks for skips it.
 */
export function awsParts(): Parts {
  const run = inject("contractRun");
  const prefix = prefixOfTest(run);
  const names = awsNames(ofBusesAndQueues, { prefix, account: run.account });
  const regions = new Map<string, AwsClients>();
  const clients = (region = "us-east-1") => {
    const known = regions.get(region) ?? awsClients(names, { region, settleMs: run.settleMs });
    regions.set(region, known);
    return known;
  };
  // At once, because an account may have a hundred buses in a region.
  onTestFinished(async () => {
    for (const [region, { events, sqs }] of regions) {
      events.destroy();
      sqs.destroy();
      const mine = (name: string) => name.startsWith(prefix);
      await removeEvents(region, mine);
      await removeQueues(region, mine);
    }
  });
  return {
    onStage: false,
    eventBridge: (region) => clients(region).events,
    queues: (region) => clients(region).sqs,
    get client() {
      return only("its services")();
    },
    get endpoint() {
      return only("its address")();
    },
    get clock() {
      return only("its clock")();
    },
    get faults() {
      return only("its faults")();
    },
    get requests() {
      return only("its counters")();
    },
    get mailbox() {
      return only("its mailbox")();
    },
    get lambda() {
      return only("its functions")();
    },
    get sqs() {
      return only("its inside")();
    },
    get internalErrors() {
      return only("its inside")();
    },
  };
}
