import { acknowledge, learnPair } from "@carryover/core/downstream/commands";
import { DownstreamAcknowledged } from "@carryover/events/downstream-acknowledged";
import { UserIdMapped } from "@carryover/events/user-id-mapped";
import { fanOutDeps } from "../runtime/downstream.ts";
import { on, subscriber } from "../runtime/subscriber.ts";

const deps = fanOutDeps();

export const handler = subscriber(
  "downstream",
  on(UserIdMapped, (event, { log }) => learnPair({ ...deps, log }, event)),
  on(DownstreamAcknowledged, (event, { log }) => acknowledge({ ...deps, log }, event)),
);
