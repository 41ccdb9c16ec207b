import { signedInEvent } from "@carryover/core/identity/sign-in-event";
import { systemClock } from "@carryover/core/kernel/clock";
import type { PostAuthenticationTriggerEvent } from "aws-lambda";
import { userOfEvent } from "../runtime/event-user.ts";
import { linkedRegional } from "../runtime/links.ts";
import { triggerPublish } from "../runtime/publish.ts";
import { trigger } from "../runtime/trigger.ts";

const { stage, region } = linkedRegional("Migration");
const origin = { stage, region, clock: systemClock };
const publish = triggerPublish();

/** Says that a user signed in. A sign-in never fails because of it. */
export const handler = trigger<PostAuthenticationTriggerEvent>(
  "post-authentication",
  async (event) => {
    const user = userOfEvent(event);
    await publish([signedInEvent(origin, user, user)]);
    return undefined;
  },
  { onFailure: "let-through" },
);
