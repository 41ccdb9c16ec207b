import { sendToQueue } from "@carryover/core/aws/task-queue";
import type { DownstreamSystem, SystemKind } from "@carryover/core/config/downstream-schema";
import { Task } from "@carryover/core/downstream/schema";
import type { System } from "@carryover/core/downstream/system";
import { work } from "@carryover/core/downstream/work";
import { AppError, type Facts } from "@carryover/core/kernel/errors";
import * as z from "zod/mini";
import type { SystemWorker } from "../systems.ts";
import { commonDeps, configuredSystems, sqs } from "./downstream.ts";
import { type QueueHandler, queueConsumer } from "./queue-consumer.ts";
import { count, log } from "./telemetry.ts";
import { linked } from "./wire.ts";

/** Kept back from the function's time for its own reads, write and event. */
const OWN_MS = 8000;

type Settings<Kind extends SystemKind> = Extract<DownstreamSystem, { kind: Kind }>;

/** The form of every function that works on one downstream system: one message, one piece of work. */
export function systemWorker<Kind extends SystemKind>(
  kind: Kind,
  { timeoutSeconds }: SystemWorker,
  systemOf: (settings: Settings<Kind>) => System,
): QueueHandler {
  const { name, queueUrl } = linked("DownstreamSystem");
  const settings = configuredSystems()[name];
  if (settings?.kind !== kind) throw new Error(`the configuration has no ${kind} system ${name}`);
  const deps = {
    ...commonDeps(),
    name,
    settings,
    system: systemOf(settings as Settings<Kind>),
    budgetMs: timeoutSeconds * 1000 - OWN_MS,
    random: Math.random,
    send: (_: string, tasks: readonly Task[]) => sendToQueue(sqs, queueUrl, tasks),
  };
  return queueConsumer(async ({ body, messageId }) => {
    let facts: Facts = { system: name, messageId };
    try {
      const task = z.parse(Task, JSON.parse(body));
      facts = { ...facts, task: task.task, userId: task.pair.userId };
      const context = { ...facts, correlationId: task.cause.correlationId };
      await work(
        { ...deps, log: (level, message, more) => log(level, message, { ...context, ...more }) },
        task,
      );
    } catch (error) {
      log("warn", "downstream work not done", { ...facts, ...causeOf(error) });
      count("DownstreamWorkNotDone", { system: name });
      throw error;
    }
  });
}

/** Never the message of an error that is not ours. */
function causeOf(error: unknown): Facts {
  if (error instanceof AppError) return { ...error.facts, errorCode: error.code };
  return { error: error instanceof Error ? error.name : typeof error };
}
