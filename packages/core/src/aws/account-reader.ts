import type { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import type { AccountReader } from "../onboarding/recipient.ts";
import { lookUpBySub } from "./pool-user.ts";

/** A read that nobody waits for. */
const CALL_MS = 5000;

/** Finds accounts in the new pools, each by a client of its own region. */
export function accountReader(
  clientOf: (region: string) => CognitoIdentityProviderClient,
): AccountReader {
  return {
    async find({ region, poolId, username }) {
      const signal = () => AbortSignal.timeout(CALL_MS);
      const found = await lookUpBySub(clientOf(region), poolId, username, signal);
      if (found.outcome === "found") return found.user;
      if (found.outcome === "user-not-found") return "not-found";
      const isRefusal = found.reason === "denied" || found.reason === "gone";
      return isRefusal ? "refused" : "no-answer";
    },
  };
}
