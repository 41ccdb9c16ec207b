import { systemClock } from "@carryover/core/kernel/clock";
import {
  noteArrival,
  noteCrossing,
  noteInvitation,
  noteSent,
  noteUnreachable,
} from "@carryover/core/onboarding/commands";
import { OnboardingMailSent } from "@carryover/events/onboarding-mail-sent";
import { UserCannotBeReached } from "@carryover/events/user-cannot-be-reached";
import { UserInvited } from "@carryover/events/user-invited";
import { UserMigrated } from "@carryover/events/user-migrated";
import { UserSignedIn } from "@carryover/events/user-signed-in";
import { linkedOnboardingStore, onboardingLink, senderWaker } from "../runtime/onboarding.ts";
import { on, subscriber } from "../runtime/subscriber.ts";
import { linked } from "../runtime/wire.ts";

const deps = {
  store: linkedOnboardingStore(),
  templates: onboardingLink().mail?.templates ?? [],
  sourceIds: new Set<string>(linked("Migration").sources.map(({ id }) => id)),
  wakeSender: senderWaker(),
  clock: systemClock,
};

export const handler = subscriber(
  "onboarding",
  on(UserMigrated, (event, { log }) => noteCrossing({ ...deps, log }, event)),
  on(UserSignedIn, (event, { log }) => noteArrival({ ...deps, log }, event)),
  on(UserInvited, (event, { log }) => noteInvitation({ ...deps, log }, event)),
  on(UserCannotBeReached, (event) => noteUnreachable(deps, event)),
  on(OnboardingMailSent, (event, { log }) => noteSent({ ...deps, log }, event)),
);
