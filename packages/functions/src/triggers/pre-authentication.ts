import { OWN_ATTRIBUTES } from "@carryover/core/config/attributes";
import { UserId } from "@carryover/core/kernel/ids";
import { Refusal } from "@carryover/core/migration/refusal";
import { whereabouts, whereaboutsOf } from "@carryover/core/placement/whereabouts";
import type { PreAuthenticationTriggerEvent } from "aws-lambda";
import * as z from "zod/mini";
import { directory } from "../runtime/directory.ts";
import { linkedRegional } from "../runtime/links.ts";
import { trigger } from "../runtime/trigger.ts";

const { region: here } = linkedRegional("Migration");
const homes = directory();
let moveClientId: string | undefined;

/**
 * Tells somebody who signs in where they do not live where to go: before the password is looked at, and so
 * to everybody who knows the login, as the look-up does. A sign-in does not fail because the directory is down.
 */
export const handler = trigger<PreAuthenticationTriggerEvent>(
  "pre-authentication",
  async ({ userName, callerContext, request }) => {
    moveClientId ??= (await homes.directory.poolIn(here)).moveClientId;
    // Another region takes the user over, and asks for the password here.
    if (callerContext.clientId === moveClientId) return undefined;
    const region = await regionOf(userName, request);
    if (region !== undefined && region !== here) throw new Refusal("WRONG_REGION", { region });
    return undefined;
  },
  { onFailure: "let-through" },
);

async function regionOf(
  userName: string,
  { userAttributes, userNotFound }: PreAuthenticationTriggerEvent["request"],
) {
  if (userNotFound === true)
    return (await whereabouts(homes.directory, homes.keys, userName)).region;
  const userId = z.safeParse(UserId, userAttributes[OWN_ATTRIBUTES.userId]);
  return userId.success ? whereaboutsOf(homes.directory, homes.keys, userId.data, here) : undefined;
}
