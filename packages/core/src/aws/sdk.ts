import {
  AccessDeniedException,
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
  CognitoIdentityProviderServiceException,
  InternalErrorException,
  LimitExceededException,
  ResourceNotFoundException,
  TooManyRequestsException,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Unavailable, UnavailableReason } from "../migration/answer.ts";

/** Inside a trigger's five seconds: the SDK's own defaults alone can take longer. One retry at most. */
export const CALL_LIMITS = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 600,
    requestTimeout: 1500,
    throwOnRequestTimeout: true,
  },
} as const;

/** A client for calls inside a trigger. Made once, at module scope. Without credentials: the function's own. */
export function cognitoClient(
  region: string,
  credentials?: CognitoIdentityProviderClientConfig["credentials"],
): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient({
    region,
    ...CALL_LIMITS,
    ...(credentials && { credentials }),
  });
}

/** Names that AWS services give to throttling besides the modelled ones (AWS SDK guide, "Retry behavior"). */
const THROTTLING: readonly string[] = [
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
];

/**
 * What a failed call means when it says nothing about a user.
 * @throws the error itself when it is no failure of a call, but a bug
 */
export function unavailable(error: unknown): Unavailable {
  return { outcome: "unavailable", reason: reasonOf(error) };
}

function reasonOf(error: unknown): UnavailableReason {
  if (!(error instanceof Error)) throw error;
  if (error.name === "AbortError" || error.name === "TimeoutError") return "timeout";
  if (error instanceof TooManyRequestsException || error instanceof LimitExceededException)
    return "throttled";
  if (THROTTLING.includes(error.name)) return "throttled";
  if (error instanceof ResourceNotFoundException) return "gone";
  if (error instanceof InternalErrorException) return "server";
  if (error instanceof AccessDeniedException) return "denied";
  if (error.name === "CredentialsProviderError") return "denied";
  const fault = "$fault" in error ? error.$fault : undefined;
  if (fault === "server") return "server";
  // STS refusing the role is no exception of this client, but has a fault as well.
  if (fault === "client" || error instanceof CognitoIdentityProviderServiceException)
    return "denied";
  // Node's socket and name resolution errors have a code; what is left is nobody's answer.
  if ("code" in error) return "network";
  throw error;
}
