import { createHmac } from "node:crypto";
import {
  AdminInitiateAuthCommand,
  type AdminInitiateAuthCommandOutput,
  AdminRespondToAuthChallengeCommand,
  type ChallengeNameType,
  CodeMismatchException,
  type CognitoIdentityProviderClient,
  ExpiredCodeException,
  InvalidLambdaResponseException,
  NotAuthorizedException,
  PasswordResetRequiredException,
  RevokeTokenCommand,
  UnexpectedLambdaException,
  UserLambdaValidationException,
  UserNotConfirmedException,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";
import type { DeployedSource } from "../config/deployment.ts";
import type { SourceAnswer } from "../migration/answer.ts";
import { isUsername } from "../migration/shapes.ts";
import type { SourcePool } from "../migration/source.ts";
import { lookUpUser } from "./pool-user.ts";
import { unavailable } from "./sdk.ts";

/** A source pool behind the SDK. The client is made once and shared by all calls. */
export function sourcePool(
  client: CognitoIdentityProviderClient,
  source: Pick<DeployedSource, "id" | "region" | "userPoolId" | "clientId" | "caseSensitive">,
  clientSecret: string | undefined,
): SourcePool {
  const { id, region, userPoolId, clientId, caseSensitive } = source;
  const pool = { UserPoolId: userPoolId, ClientId: clientId };
  // The hash is over the username as it is sent in the same call.
  const hashOf = (username: string) =>
    clientSecret === undefined
      ? {}
      : {
          SECRET_HASH: createHmac("sha256", clientSecret)
            .update(username + clientId)
            .digest("base64"),
        };
  return {
    id,
    poolId: userPoolId,
    region,
    caseSensitive,
    async authenticate(login, password, abortSignal) {
      // Cognito refuses such a name as a bad parameter, which would look like a fault of ours.
      if (!isUsername(login)) return { outcome: "user-not-found" };
      const command = new AdminInitiateAuthCommand({
        ...pool,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: login, PASSWORD: password, ...hashOf(login) },
      });
      return answerOf(() => client.send(command, { abortSignal }));
    },
    async respond({ name, session }, username, responses, abortSignal) {
      const command = new AdminRespondToAuthChallengeCommand({
        ...pool,
        // A name that the SDK's list lacks is still the one that the pool gave.
        ChallengeName: name as ChallengeNameType,
        Session: session,
        ChallengeResponses: { USERNAME: username, ...responses, ...hashOf(username) },
      });
      return answerOf(() => client.send(command, { abortSignal }));
    },
    getUser: (username, signal) => lookUpUser(client, userPoolId, username, signal),
    async revoke(refreshToken, abortSignal) {
      await client.send(
        new RevokeTokenCommand({
          ClientId: clientId,
          Token: refreshToken,
          ...(clientSecret !== undefined && { ClientSecret: clientSecret }),
        }),
        { abortSignal },
      );
    },
  };
}

async function answerOf(
  call: () => Promise<AdminInitiateAuthCommandOutput>,
): Promise<SourceAnswer> {
  try {
    return toAnswer(await call());
  } catch (error) {
    return toRefusal(error);
  }
}

/** A 200 proves nothing by itself: either there are tokens, or a challenge says what is missing. */
function toAnswer(output: AdminInitiateAuthCommandOutput): SourceAnswer {
  const { AuthenticationResult: result, ChallengeName, ChallengeParameters, Session } = output;
  if (result?.IdToken !== undefined) {
    return {
      outcome: "authenticated",
      tokens: { idToken: result.IdToken, refreshToken: result.RefreshToken },
    };
  }
  return {
    outcome: "challenge",
    name: ChallengeName ?? "NONE",
    session: Session ?? "",
    parameters: ChallengeParameters ?? {},
  };
}

/**
 * The one case that is told by its text: without this a changed client secret would read as a wrong
 * password for everybody. Source: texts that many deployed clients match.
 */
const SECRET_REFUSED = /SECRET_HASH was not received|Unable to verify secret hash/;

/** By class: Cognito's texts differ between Regions and years. */
function toRefusal(error: unknown): SourceAnswer {
  if (error instanceof NotAuthorizedException) {
    return SECRET_REFUSED.test(error.message)
      ? { outcome: "unavailable", reason: "denied" }
      : { outcome: "rejected" };
  }
  if (error instanceof UserNotFoundException) return { outcome: "user-not-found" };
  if (error instanceof UserNotConfirmedException) return { outcome: "not-confirmed" };
  if (error instanceof PasswordResetRequiredException) return { outcome: "reset-required" };
  if (error instanceof CodeMismatchException) return { outcome: "code-wrong" };
  if (error instanceof ExpiredCodeException) return { outcome: "code-expired" };
  // The source's own pre-authentication trigger said no to this user.
  if (error instanceof UserLambdaValidationException) return { outcome: "rejected" };
  if (
    error instanceof UnexpectedLambdaException ||
    error instanceof InvalidLambdaResponseException
  ) {
    return { outcome: "unavailable", reason: "server" };
  }
  return unavailable(error);
}
