import { sendToQueue } from "@carryover/core/aws/task-queue";
import { control, Order } from "@carryover/core/downstream/control";
import * as z from "zod/mini";
import { fanOutDeps, sqs } from "../runtime/downstream.ts";
import { queueConsumer } from "../runtime/queue-consumer.ts";
import { log } from "../runtime/telemetry.ts";
import { linked } from "../runtime/wire.ts";

const { url } = linked("DownstreamControlQueue");
const deps = { ...fanOutDeps(), log, next: (order: Order) => sendToQueue(sqs, url, [order]) };

export const handler = queueConsumer(async ({ body, messageId }) => {
  try {
    await control(deps, z.parse(Order, JSON.parse(body)), messageId);
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    log("warn", "downstream order not carried out", { messageId, reason });
    throw error;
  }
});
