import type { NewPoolUser } from "@carryover/core/identity/give-user-id";
import { PoolId, Region, Sub } from "@carryover/core/kernel/ids";
import * as z from "zod/mini";

const UserEvent = z.object({
  region: Region,
  userPoolId: PoolId,
  userName: z.string(),
  callerContext: z.object({ clientId: z.string() }),
  request: z.object({
    // The form of Cognito's own values is theirs: anything but text is none of ours.
    userAttributes: z.intersection(z.record(z.string(), z.unknown()), z.object({ sub: Sub })),
  }),
});

/** The user that a trigger of a new pool is called for. @throws ZodError when it is no such event */
export function userOfEvent(event: unknown): NewPoolUser & {
  readonly region: Region;
  readonly clientId: string;
} {
  const { region, userPoolId, userName, callerContext, request } = z.parse(UserEvent, event);
  const texts = Object.entries(request.userAttributes).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    poolId: userPoolId,
    sub: request.userAttributes.sub,
    username: userName,
    attributes: Object.fromEntries(texts),
    region,
    clientId: callerContext.clientId,
  };
}
