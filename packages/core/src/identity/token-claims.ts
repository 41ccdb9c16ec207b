import type { UserId } from "../kernel/ids.ts";

/** A user's groups as the event of the trigger has them. */
export interface Groups {
  readonly groupsToOverride?: readonly string[] | undefined;
  readonly iamRolesToOverride?: readonly string[] | undefined;
  readonly preferredRole?: string | null | undefined;
}

/**
 * The V2 answer of the pre-token-generation trigger that puts `user_id` into both tokens. An empty
 * `groupOverrideDetails` would take the user's groups away, so groups are handed back as they came, and
 * the field is left out where there are none (Cognito guide, "Pre token generation Lambda trigger").
 */
export function claimsWith(userId: UserId, groups: Groups | undefined) {
  const claims = { claimsToAddOrOverride: { user_id: userId } };
  const { groupsToOverride = [], iamRolesToOverride = [], preferredRole } = groups ?? {};
  return {
    idTokenGeneration: claims,
    accessTokenGeneration: claims,
    ...(groupsToOverride.length > 0 && {
      groupOverrideDetails: {
        groupsToOverride: [...groupsToOverride],
        iamRolesToOverride: [...iamRolesToOverride],
        ...(preferredRole && { preferredRole }),
      },
    }),
  };
}
