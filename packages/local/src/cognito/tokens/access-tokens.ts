import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { notAuthorized, userNotConfirmed, userNotFound } from "../errors.ts";
import {
  type Client,
  type Ctx,
  clientIn,
  type Pool,
  type TokenFamily,
  type User,
} from "../state.ts";
import { normalise } from "../users/user-index.ts";
import { signingKeys } from "./signing-keys.ts";
import { issuer, isVoid, SIGN_IN_SCOPE } from "./tokens.ts";

interface SignedInUser {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  /** The sign-in that the token comes from; absent where the client has no token revocation. */
  readonly family?: TokenFamily | undefined;
  readonly scopes: readonly string[];
}

/**
 * The user whom an access token is for.
 * @param scope what the token must be good for: the API's own operations, unless said otherwise
 * @throws AwsError NotAuthorizedException, UserNotFoundException, UserNotConfirmedException; ResourceNotFoundException
 * where the app client is gone
 */
export async function readAccessToken(
  ctx: Ctx,
  token: string,
  scope = SIGN_IN_SCOPE,
): Promise<SignedInUser> {
  const pool = ctx.pools.get(poolIdOf(token));
  if (pool === undefined) throw invalid();
  const claims = await verified(ctx, pool, token);
  if (claims.token_use !== "access") throw invalid();
  const client = clientIn(pool, String(claims.client_id));
  const user = holder(pool, claims);
  if (!user.enabled) throw notAuthorized("User is disabled.");
  const origin = claims.origin_jti;
  const family = typeof origin === "string" ? pool.families.get(origin) : undefined;
  const signedOut =
    family === undefined ? (claims.iat ?? 0) * 1000 < user.signedOutAtMs : isVoid(family);
  if (signedOut) throw notAuthorized("Access Token has been revoked");
  const scopes = String(claims.scope ?? "").split(" ");
  if (!scopes.includes(scope)) throw notAuthorized("Access Token does not have required scopes");
  return { pool, client, user, family, scopes };
}

/** By the name, which somebody else may have got since. Source: radkawar/stackd, testdata/aws/cognito/profile_workflows.json. */
function holder(pool: Pool, claims: JWTPayload): User {
  const user = pool.users.get(normalise(pool, String(claims.username ?? "")));
  if (user === undefined) throw userNotFound();
  if (user.sub === claims.sub) return user;
  throw user.status === "UNCONFIRMED" ? userNotConfirmed() : notAuthorized("Invalid access token.");
}

function poolIdOf(token: string): string {
  try {
    return decodeJwt(token).iss?.split("/").at(-1) ?? "";
  } catch {
    // Not a JWT at all: no pool has issued it.
    return "";
  }
}

async function verified(ctx: Ctx, pool: Pool, token: string): Promise<JWTPayload> {
  const { access } = await signingKeys(pool);
  try {
    const { payload } = await jwtVerify(token, access.publicKey, {
      issuer: issuer(ctx, pool),
      algorithms: ["RS256"],
      currentDate: new Date(ctx.deps.clock()),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw notAuthorized("Access Token has expired");
    const isForged = error instanceof errors.JWSSignatureVerificationFailed;
    // An ID token has a key of its own, and so fails here too.
    if (isForged && decodeJwt(token).token_use === "access") {
      throw notAuthorized("Could not verify signature for Access Token");
    }
    throw invalid();
  }
}

function invalid() {
  return notAuthorized("Invalid Access Token");
}
