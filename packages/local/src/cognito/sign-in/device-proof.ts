import { randomBytes, timingSafeEqual } from "node:crypto";
import { notAuthorized } from "../errors.ts";
import { required } from "../input.ts";
import type { Client, Ctx } from "../state.ts";
import { isWhom } from "../users/user-index.ts";
import { knownDevice } from "./devices.ts";
import { closeSession, openSession, readSession } from "./sessions.ts";
import { finishSignIn, refuseDisabled } from "./sign-in.ts";
import { expectedSignature, startHandshake } from "./srp.ts";
import { checkPublicKey } from "./srp-challenge.ts";
import { foreignSession, type Turn } from "./turn.ts";

/** Takes the answer to DEVICE_SRP_AUTH: the device proves by SRP that it is the one. */
export async function challengeDevice(turn: Turn): Promise<object> {
  const { ctx, client, user, session, responses } = turn;
  const srpA = required(responses, "SRP_A");
  checkPublicKey(srpA);
  const device = knownDevice(user, session.deviceKey);
  if (device?.verifier === undefined || responses.DEVICE_KEY !== device.key) throw foreignSession();
  closeSession(session);
  const { b, publicKey } = startHandshake(device.verifier.verifier);
  const secretBlock = randomBytes(720).toString("base64");
  const { newPassword, deviceKey } = session;
  openSession(
    ctx,
    {
      challenge: "DEVICE_PASSWORD_VERIFIER",
      client,
      user,
      newPassword,
      ...(deviceKey !== undefined && { deviceKey }),
      srp: { A: srpA, B: publicKey, b },
    },
    secretBlock,
  );
  return {
    ChallengeName: "DEVICE_PASSWORD_VERIFIER",
    ChallengeParameters: {
      DEVICE_KEY: device.key,
      SALT: device.verifier.salt.toString("hex"),
      SRP_B: publicKey,
      SECRET_BLOCK: secretBlock,
      USERNAME: user.username,
    },
  };
}

/** Takes the answer to DEVICE_PASSWORD_VERIFIER, which stands for the second factor. */
export async function verifyDevice(
  ctx: Ctx,
  client: Client,
  responses: Record<string, string>,
  clientMetadata: Record<string, string> | undefined,
): Promise<object> {
  const name = required(responses, "USERNAME");
  const signature = Buffer.from(required(responses, "PASSWORD_CLAIM_SIGNATURE"), "base64");
  const block = required(responses, "PASSWORD_CLAIM_SECRET_BLOCK");
  const timestamp = required(responses, "TIMESTAMP");
  const session = readSession(ctx, block, client);
  closeSession(session);
  const { user, srp, newPassword, deviceKey } = session;
  if (user === undefined || srp === undefined || !isWhom(client.pool, user, name)) {
    throw notAuthorized();
  }
  refuseDisabled(user);
  const device = knownDevice(user, deviceKey);
  if (device?.verifier === undefined) throw notAuthorized();
  const expected = expectedSignature({
    poolId: device.groupKey,
    username: device.key,
    srpA: srp.A,
    srpB: srp.B,
    b: srp.b,
    verifier: device.verifier.verifier,
    secretBlock: Buffer.from(block, "base64"),
    timestamp,
  });
  const right =
    expected !== undefined &&
    expected.length === signature.length &&
    timingSafeEqual(expected, signature);
  if (!right) throw notAuthorized();
  device.authenticatedAtMs = ctx.deps.clock();
  return finishSignIn(ctx, {
    client,
    user,
    clientMetadata,
    newPassword,
    deviceKey: device.key,
    deviceProved: true,
  });
}
