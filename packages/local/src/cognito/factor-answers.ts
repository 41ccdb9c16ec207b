import { AwsError } from "../service.ts";
import { aliasConflicts } from "./attributes.ts";
import { continueCustom } from "./custom-auth.ts";
import { codeMismatch, invalidParameter, softwareTokenMissing, wrongFactorCode } from "./errors.ts";
import { required } from "./input.ts";
import { challengeOne, isUsable, poolFactors } from "./mfa-challenge.ts";
import { closeSession, type Session } from "./sessions.ts";
import { finishSignIn } from "./sign-in.ts";
import type { Ctx, Factor, Pool, User } from "./state.ts";
import { matchingStep } from "./totp.ts";
import { foreignSession, type Turn } from "./turn.ts";
import { writeAttributes } from "./user-index.ts";

/** Takes the answer to SOFTWARE_TOKEN_MFA. */
export async function answerTotp(turn: Turn): Promise<object> {
  const code = required(turn.responses, "SOFTWARE_TOKEN_MFA_CODE");
  acceptTotp(turn.user, turn.user.mfa.totpSecret, code, turn.ctx.deps.clock());
  return finish(turn);
}

/** Accepts a code once. @throws AwsError CodeMismatchException; ExpiredCodeException for one used before */
function acceptTotp(user: User, secret: string | undefined, code: string, nowMs: number): void {
  if (secret === undefined) {
    throw softwareTokenMissing("Software Token MFA does not exist for the user.");
  }
  const step = matchingStep(secret, code, nowMs);
  if (step === undefined) throw wrongFactorCode("SOFTWARE_TOKEN_MFA");
  if (step <= user.mfa.lastTotpStep) {
    throw new AwsError("ExpiredCodeException", "Your software token has already been used once.");
  }
  user.mfa.lastTotpStep = step;
}

/** Takes a code that was sent, as a second factor or as the first. It stays good after a wrong one. */
export async function answerCode(turn: Turn, parameter: string): Promise<object> {
  const { ctx, client, user, session } = turn;
  if (required(turn.responses, parameter) !== session.code) {
    throw session.factor === undefined ? codeMismatch() : wrongFactorCode(session.factor);
  }
  markVerified(ctx, client.pool, user, session.sentTo);
  return finish(turn);
}

/** Whoever has the code has the address. A verified address could be another's alias: then it stays as it is. */
function markVerified(ctx: Ctx, pool: Pool, user: User, sentTo: Session["sentTo"]): void {
  if (sentTo === undefined || user.attributes.get(sentTo.attribute) !== sentTo.to) return;
  const flag = `${sentTo.attribute}_verified`;
  if (user.attributes.get(flag) === "true") return;
  const whole = new Map([...user.attributes, [flag, "true"] as const]);
  if (aliasConflicts(pool, whole, user).length > 0) return;
  writeAttributes(pool, user, [[flag, "true"]], ctx.deps.clock());
}

function finish({ ctx, client, user, session, clientMetadata }: Turn): Promise<object> {
  closeSession(session);
  if (session.custom !== undefined) {
    const step = { client, user, flow: session.custom, clientMetadata: clientMetadata ?? {} };
    return continueCustom(ctx, step, session.challenge);
  }
  const { newPassword, deviceKey } = session;
  return finishSignIn(ctx, { client, user, clientMetadata, newPassword, deviceKey });
}

/** Takes the answer to SELECT_MFA_TYPE, in the older or the newer word for a code by e-mail: facts 3.2. */
export async function selectFactor(turn: Turn): Promise<object> {
  const { ctx, client, user, session, clientMetadata } = turn;
  const answer = required(turn.responses, "ANSWER");
  const wanted = answer === "EMAIL_MFA" ? "EMAIL_OTP" : answer;
  const factor = poolFactors(client.pool).find((name: Factor) => name === wanted);
  if (factor === undefined || !isUsable(user, factor)) {
    throw invalidParameter("Invalid MFA type selected");
  }
  closeSession(session);
  return challengeOne(
    ctx,
    {
      client,
      user,
      clientMetadata,
      newPassword: session.newPassword,
      deviceKey: session.deviceKey,
    },
    factor,
  );
}

/** Takes the answer to MFA_SETUP. The session is the one that VerifySoftwareToken gave, where a TOTP was set up. */
export async function finishSetup(turn: Turn): Promise<object> {
  if (turn.session.totp?.verified !== true) throw foreignSession();
  return finish(turn);
}
