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

/** A role to take on before each call, for a pool in another account. */
export interface Role {
  readonly arn: string;
  readonly externalId: string;
}

/** Inside a trigger's five seconds: the SDK's own defaults alone can take longer. One retry at most. */
const LIMITS = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 600,
    requestTimeout: 1500,
    throwOnRequestTimeout: true,
  },
} as const;

/** A client for calls inside a trigger. Made once, at module scope. */
export function cognitoClient(region: string, role?: Role): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient({
    region,
    ...LIMITS,
    ...(role && { credentials: assumed(role, region) }),
  });
}

/** Loaded only where a role is configured: a pool in the same account never pays for it at a cold start. */
function assumed(
  { arn, externalId }: Role,
  region: string,
): NonNullable<CognitoIdentityProviderClientConfig["credentials"]> {
  const provider = import("@aws-sdk/credential-providers");
  return async (context) => {
    const { fromTemporaryCredentials } = await provider;
    return fromTemporaryCredentials({
      params: { RoleArn: arn, ExternalId: externalId, RoleSessionName: "carryover" },
      clientConfig: { region, ...LIMITS },
    })(context);
  };
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
