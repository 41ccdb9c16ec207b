import { ensureUserId } from "@carryover/core/identity/give-user-id";
import { claimsWith } from "@carryover/core/identity/token-claims";
import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { userOfEvent } from "../runtime/event-user.ts";
import { userIdKeeper } from "../runtime/target.ts";
import { trigger } from "../runtime/trigger.ts";

const keeperFor = userIdKeeper();

/** Puts `user_id` into ID and access tokens, for every user, also when they are refreshed. */
export const handler = trigger<PreTokenGenerationV2TriggerEvent>(
  "pre-token-generation",
  async (event) => {
    const user = userOfEvent(event);
    const userId = await ensureUserId(keeperFor(user.poolId), user);
    return { claimsAndScopeOverrideDetails: claimsWith(userId, event.request.groupConfiguration) };
  },
  { onFailure: "let-through" },
);
