import { eventSystem } from "@carryover/core/downstream/event-system";
import { systemWorker } from "../runtime/system-worker.ts";
import { systemWorkers } from "../systems.ts";

export const handler = systemWorker("event", systemWorkers.event, eventSystem);
