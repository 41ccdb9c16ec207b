import * as z from "zod/mini";
import type { UserIdStrategy } from "../config/policies.ts";
import { derivedId, UserId } from "../kernel/ids.ts";

/**
 * The ID that a user of a source keeps for good. Always the same for the same user, so that the
 * three tries that Cognito makes agree without a read or a write.
 */
export function userIdOf(
  strategy: UserIdStrategy,
  old: { readonly poolId: string; readonly sub: string },
): UserId {
  switch (strategy) {
    case "keep-old-sub":
      return z.parse(UserId, old.sub);
    case "mint":
      return z.parse(UserId, derivedId(old.poolId, old.sub));
  }
}
