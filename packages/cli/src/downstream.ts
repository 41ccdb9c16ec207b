import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { eventBus } from "@carryover/core/aws/bus";
import { sendToQueue } from "@carryover/core/aws/task-queue";
import { SystemName } from "@carryover/core/config/downstream-schema";
import type { Order } from "@carryover/core/downstream/control";
import {
  DownstreamInputError,
  DownstreamMissingError,
  DownstreamQueueError,
} from "@carryover/core/downstream/errors";
import { ProgressStatus, type SystemState } from "@carryover/core/downstream/schema";
import { type DownstreamStore, downstreamStore } from "@carryover/core/downstream/store";
import { makeEvent } from "@carryover/core/events/event";
import { isoTime, systemClock } from "@carryover/core/kernel/clock";
import { derivedId, freshId, UserId } from "@carryover/core/kernel/ids";
import { parserOf } from "@carryover/core/kernel/parsed";
import { DownstreamAcknowledged } from "@carryover/events/downstream-acknowledged";
import Table from "cli-table3";
import * as z from "zod/mini";

const parsed = parserOf(DownstreamInputError, "not well formed");
const Acknowledged = z.object({ system: SystemName, userId: UserId });

interface AtTable {
  readonly table: string;
  readonly region: string;
}
interface AtQueue {
  readonly queue: string;
  readonly region: string;
}

/** Of the users who failed, and of a dry run, that are printed. */
const SHOWN = 50;

export async function status(only: string | undefined, options: AtTable): Promise<void> {
  const store = storeOf(options);
  const systems = only === undefined ? await store.systems() : [await found(store, only)];
  if (systems.length === 0) {
    console.log("No downstream system is known yet. One that is new is, within a minute.");
    return;
  }
  const rows = new Table({
    head: ["system", ...ProgressStatus.options, "state"],
    style: { head: [], border: [], compact: true },
  });
  for (const { system, paused, reason, since } of systems) {
    const counts = await Promise.all(
      ProgressStatus.options.map((state) => store.count(system, state)),
    );
    rows.push([system, ...counts, paused ? `paused since ${since}: ${reason ?? ""}` : "running"]);
  }
  console.log(rows.toString());
  if (only === undefined) return;
  await showFailed(store, only);
  await showDryRun(store, only);
}

async function showFailed(store: DownstreamStore, system: string): Promise<void> {
  const { items, cursor } = await store.list(system, "failed", { limit: SHOWN });
  if (items.length === 0) return;
  const rows = new Table({
    head: ["failed", "user ID", "attempts", "changed", "left over", "why"],
    style: { head: [], border: [], compact: true },
  });
  for (const { updatedAt, pair, attempts, changed, remaining = "", reason = "" } of items) {
    rows.push([updatedAt, pair.userId, attempts, changed, remaining, reason]);
  }
  console.log(rows.toString());
  if (cursor !== undefined) console.log(`… the ${SHOWN} that have waited longest`);
}

/** Sums up what the last dry run found, however many users it looked at. */
async function showDryRun(store: DownstreamStore, system: string): Promise<void> {
  let users = 0;
  let changes = 0;
  const reasons = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const page = await store.dryRuns(system, { limit: 500, cursor });
    for (const found of page.items) {
      users += 1;
      changes += found.changes;
      if (found.reason !== undefined) {
        reasons.set(found.reason, (reasons.get(found.reason) ?? 0) + 1);
      }
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (users === 0) return;
  const problems = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(", ");
  console.log(
    `dry run: ${changes} changes for ${users} users${problems && `; would not go well: ${problems}`}`,
  );
}

export async function pause(system: string, options: AtTable & { reason: string }): Promise<void> {
  const { reason } = options;
  await turn(system, options, { paused: true, reason });
  console.log(`${system} is paused. Work that runs just now ends by itself.`);
}

export async function resume(system: string, options: AtTable): Promise<void> {
  await turn(system, options, { paused: false });
  console.log(`${system} goes on within a minute.`);
}

async function turn(
  system: string,
  options: AtTable,
  to: Pick<SystemState, "paused" | "reason">,
): Promise<void> {
  const store = storeOf(options);
  await found(store, system);
  await store.setSystem({ system, ...to, since: isoTime(systemClock()) });
}

/** The command that gives an order to the queue of downstream-control. */
export function giving(order: Order["order"]) {
  return async (system: string, { queue, region }: AtQueue): Promise<void> => {
    await sendToQueue(new SQSClient({ region }), queue, [{ order, system }]);
    console.log(`Ordered. \`carryover downstream status ${system}\` says how far it is.`);
  };
}

export async function acknowledge(
  system: string,
  userId: string,
  { bus, region }: { bus: string; region: string },
): Promise<void> {
  parsed(Acknowledged, { system, userId });
  const event = makeEvent(
    DownstreamAcknowledged,
    { stage: bus, region, clock: systemClock },
    { id: derivedId(DownstreamAcknowledged.name, system, userId), correlationId: freshId() },
    { userId, system },
  );
  const publish = eventBus(new EventBridgeClient({ region }), bus, systemClock);
  const [unsent] = await publish([event], 10_000);
  if (unsent) {
    const { reason } = unsent;
    throw new DownstreamQueueError(`the bus ${bus} did not take it`, { reason });
  }
  console.log(
    `Said. \`carryover downstream status ${system}\` counts the user as done once it is heard.`,
  );
}

async function found(store: DownstreamStore, system: string): Promise<SystemState> {
  const state = await store.findSystem(system);
  if (state) return state;
  const known = (await store.systems()).map(({ system: name }) => name).join(", ");
  throw new DownstreamMissingError(
    `there is no system ${system}; there are: ${known || "none yet, and a new one within a minute"}`,
  );
}

function storeOf({ table, region }: AtTable): DownstreamStore {
  return downstreamStore(DynamoDBDocumentClient.from(new DynamoDBClient({ region })), table);
}
