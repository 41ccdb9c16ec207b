import { timingSafeEqual } from "node:crypto";
import { notAuthorized } from "../errors.ts";
import { required } from "../input.ts";
import type { Client, Ctx } from "../state.ts";
import { countFailure, forgiveFailures, refuseLockedOut } from "../users/passwords.ts";
import { isWhom, namesOf } from "../users/user-index.ts";
import { continueCustom } from "./custom-auth.ts";
import { checkSecretHash } from "./secret-hash.ts";
import { closeSession, readSession } from "./sessions.ts";
import { continueSignIn, refuseDisabled } from "./sign-in.ts";
import { expectedSignature } from "./srp.ts";

interface Proof {
  readonly client: Client;
  readonly responses: Record<string, string>;
  readonly clientMetadata: Record<string, string> | undefined;
}

/** Takes the answer to PASSWORD_VERIFIER: it is recognised by its secret block, which ends with it. */
export async function verifyPassword(ctx: Ctx, proof: Proof): Promise<object> {
  const { client, responses, clientMetadata = {} } = proof;
  const name = required(responses, "USERNAME");
  const signature = Buffer.from(required(responses, "PASSWORD_CLAIM_SIGNATURE"), "base64");
  const block = required(responses, "PASSWORD_CLAIM_SECRET_BLOCK");
  const timestamp = required(responses, "TIMESTAMP");
  const session = readSession(ctx, block, client);
  const { user, srp } = session;
  checkSecretHash(client, [name, ...namesOf(user)], responses.SECRET_HASH);
  closeSession(session);
  if (srp === undefined) throw notAuthorized();
  const known = user !== undefined && isWhom(client.pool, user, name);
  if (known) refuseDisabled(user);
  const nowMs = ctx.deps.clock();
  if (known) refuseLockedOut(user, nowMs);
  // Computed for nobody too, so that nobody cannot be told by the time it takes.
  const expected = expectedSignature({
    poolId: client.pool.id,
    username: user?.username ?? name,
    srpA: srp.A,
    srpB: srp.B,
    b: srp.b,
    verifier: user?.password?.verifier ?? client.pool.secret,
    secretBlock: Buffer.from(block, "base64"),
    timestamp,
  });
  if (!known || user.password === undefined) throw notAuthorized();
  const right =
    expected !== undefined &&
    expected.length === signature.length &&
    timingSafeEqual(expected, signature);
  if (!right) {
    countFailure(user, nowMs);
    throw notAuthorized();
  }
  forgiveFailures(user);
  const { custom } = session;
  // A temporary password has to be replaced first, and its answer ends the flow: its triggers are not
  // asked again (amazon-cognito-identity-js issue 341).
  if (custom === undefined || user.status !== "CONFIRMED") {
    const deviceKey = responses.DEVICE_KEY;
    return continueSignIn(ctx, { client, user, clientMetadata, deviceKey });
  }
  return continueCustom(ctx, { client, user, flow: custom, clientMetadata }, "PASSWORD_VERIFIER");
}
