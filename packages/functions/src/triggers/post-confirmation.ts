import { giveUserId } from "@carryover/core/identity/give-user-id";
import { hasCrossed, signedUpEvent } from "@carryover/core/identity/sign-in-event";
import { systemClock } from "@carryover/core/kernel/clock";
import type { PostConfirmationTriggerEvent } from "aws-lambda";
import { userOfEvent } from "../runtime/event-user.ts";
import { linkedRegional } from "../runtime/links.ts";
import { triggerPublish } from "../runtime/publish.ts";
import { userIdKeeper } from "../runtime/target.ts";
import { trigger } from "../runtime/trigger.ts";

const { stage, region } = linkedRegional("Migration");
const origin = { stage, region, clock: systemClock };
const publish = triggerPublish();
const keeperFor = userIdKeeper();

/**
 * Gives a user who has none an ID, and says that a new one signed up. It also runs after a forgotten
 * password, which makes nobody new. A confirmation never fails because of it.
 */
export const handler = trigger<PostConfirmationTriggerEvent>(
  "post-confirmation",
  async (event) => {
    const user = userOfEvent(event);
    const userId = await giveUserId(keeperFor(user.poolId), user);
    if (event.triggerSource === "PostConfirmation_ConfirmSignUp" && !hasCrossed(user)) {
      await publish([signedUpEvent(origin, user, user.region, userId)]);
    }
    return undefined;
  },
  { onFailure: "let-through" },
);
