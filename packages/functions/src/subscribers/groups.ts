import { carryGroups } from "@carryover/core/groups/commands";
import { UserIdMapped } from "@carryover/events/user-id-mapped";
import { groupsDeps } from "../runtime/groups.ts";
import { on, subscriber } from "../runtime/subscriber.ts";
import { subscribers } from "../subscribers.ts";

const deps = groupsDeps(subscribers.groups);

export const handler = subscriber(
  "groups",
  on(UserIdMapped, (event, { log }) => carryGroups({ ...deps, log }, event)),
);
