import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { UserId } from "../kernel/ids.ts";
import { claimsWith } from "./token-claims.ts";

const userId = z.parse(UserId, "11111111-1111-4111-8111-111111111111");

describe("the claims", () => {
  it("are in both tokens, and without groups nothing is said about groups", () => {
    const claims = { claimsToAddOrOverride: { user_id: userId } };
    const none = { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null };
    const expected = { idTokenGeneration: claims, accessTokenGeneration: claims };
    expect(claimsWith(userId, undefined)).toEqual(expected);
    expect(claimsWith(userId, {})).toEqual(expected);
    expect(claimsWith(userId, none)).not.toHaveProperty("groupOverrideDetails");
  });

  it("leave a user's groups as they are", () => {
    const groups = {
      groupsToOverride: ["admins"],
      iamRolesToOverride: ["arn:aws:iam::000000000000:role/admin"],
      preferredRole: "arn:aws:iam::000000000000:role/admin",
    };
    expect(claimsWith(userId, groups).groupOverrideDetails).toEqual(groups);
  });
});
