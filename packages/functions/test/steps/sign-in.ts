import {
  AdminGetUserCommand,
  type AuthenticationResultType,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { clientsFor } from "@carryover/local/clients";
import { JwtRsaVerifier } from "aws-jwt-verify";
import { PASSWORD, type TestStage } from "./stage.ts";

/** Signs in to the new pool through the unmodified SDK, as an app does: once more when it is told to. */
export function signIn(
  test: TestStage,
  login: string,
  options: SignInOptions = {},
): Promise<AuthenticationResultType> {
  return unlessBusy(() => signInOnce(test, login, options));
}

/** Signs in, and takes the first answer that comes. */
export async function signInOnce(
  { clients, target }: TestStage,
  login: string,
  { password = PASSWORD, metadata = {} }: SignInOptions = {},
): Promise<AuthenticationResultType> {
  const { AuthenticationResult, ChallengeName } = await clients.cognito.send(
    new InitiateAuthCommand({
      ClientId: target.clientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: login, PASSWORD: password },
      ClientMetadata: metadata,
    }),
  );
  if (AuthenticationResult) return AuthenticationResult;
  throw new Error(`signed in halfway: ${ChallengeName}`);
}

/**
 * Tries again when a trigger says so: it has five seconds, whatever else the machine is doing.
 * @throws what the last try threw
 */
export async function unlessBusy<Answer>(call: () => Promise<Answer>, tries = 5): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (tries === 1 || !String(error).includes("TRY_AGAIN_LATER")) throw error;
    return unlessBusy(call, tries - 1);
  }
}

export interface SignInOptions {
  readonly password?: string;
  readonly metadata?: Record<string, string>;
}

/** Checks a token as a backend does, by the pool's public keys. @throws Error when it is not valid */
export async function verified(
  { target }: TestStage,
  token: string | undefined,
): Promise<Record<string, unknown>> {
  const keys = await fetch(`${target.issuer}/.well-known/jwks.json`);
  const verifier = JwtRsaVerifier.create({ issuer: target.issuer, audience: null });
  verifier.cacheJwks((await keys.json()) as Parameters<typeof verifier.cacheJwks>[0]);
  return verifier.verify(token ?? "");
}

/** The sub that somebody has in a source, as its owner reads it. */
export async function oldSub(
  { stage }: TestStage,
  source: string,
  username: string,
): Promise<string> {
  const pool = stage.sources.get(source);
  if (!pool) throw new Error(`no source ${source}`);
  const { cognito } = clientsFor(stage.ready.endpoint, pool.region, pool.account);
  const { UserAttributes = [] } = await cognito.send(
    new AdminGetUserCommand({ UserPoolId: pool.userPoolId, Username: username }),
  );
  return UserAttributes.find(({ Name }) => Name === "sub")?.Value ?? "";
}
