import { AwsError } from "../../service.ts";
import {
  codeMismatch,
  invalidParameter,
  softwareTokenMissing,
  wrongFactorCode,
} from "../errors.ts";
import { required } from "../input.ts";
import type { Ctx, Factor, Pool, User } from "../state.ts";
import { aliasConflicts, checkChanges, claimAliases } from "../users/attributes.ts";
import { writeAttributes } from "../users/user-index.ts";
import { continueCustom } from "./custom-auth.ts";
import { challengeOne, isUsable, poolFactors } from "./mfa-challenge.ts";
import { closeSession, type Session } from "./sessions.ts";
import { finishSignIn } from "./sign-in.ts";
import { matchingStep } from "./totp.ts";
import { foreignSession, type Turn } from "./turn.ts";

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
  if (session.setsUp) keepAddress(ctx, client.pool, user, session.sentTo);
  else markVerified(ctx, client.pool, user, session.sentTo);
  return finish(turn);
}

/** @throws AwsError AliasExistsException */
function keepAddress(ctx: Ctx, pool: Pool, user: User, sentTo: Session["sentTo"]): void {
  if (sentTo === undefined) return;
  const nowMs = ctx.deps.clock();
  const changes = new Map([
    [sentTo.attribute as string, sentTo.to],
    [`${sentTo.attribute}_verified`, "true"],
  ]);
  const whole = new Map([...user.attributes, ...changes]);
  claimAliases(pool, whole, { force: false, nowMs, self: user });
  writeAttributes(pool, user, changes, nowMs);
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

function finish(turn: Turn): Promise<object> {
  const { ctx, client, user, session, clientMetadata } = turn;
  closeSession(session);
  if (session.custom !== undefined) {
    const step = { client, user, flow: session.custom, clientMetadata: clientMetadata ?? {} };
    return continueCustom(ctx, step, session.challenge);
  }
  return finishSignIn(ctx, signInOf(turn));
}

/** Takes the answer to SELECT_MFA_TYPE, in the older or the newer word for a code by e-mail: facts 3.2. */
export async function selectFactor(turn: Turn): Promise<object> {
  const { ctx, client, user, session } = turn;
  const answer = required(turn.responses, "ANSWER");
  const wanted = answer === "EMAIL_MFA" ? "EMAIL_OTP" : answer;
  const factor = poolFactors(client.pool).find((name: Factor) => name === wanted);
  if (factor === undefined || !isUsable(user, factor)) {
    throw invalidParameter("Invalid MFA type selected");
  }
  closeSession(session);
  return challengeOne(ctx, signInOf(turn), factor);
}

function signInOf({ client, user, session, clientMetadata }: Turn) {
  const { newPassword, deviceKey, custom } = session;
  return { client, user, clientMetadata, newPassword, deviceKey, ...(custom && { custom }) };
}

/**
 * Takes the answer to MFA_SETUP: the session that VerifySoftwareToken gave, or an address, which then is proved by a
 * code as aws-amplify/amplify-swift's EmailMFAOnlyTests have it, run on AWS.
 */
export async function finishSetup(turn: Turn): Promise<object> {
  const { EMAIL: address } = turn.responses;
  if (address !== undefined) return setUpEmail(turn, address);
  if (turn.session.totp?.verified !== true) throw foreignSession();
  return finish(turn);
}

async function setUpEmail(turn: Turn, address: string): Promise<object> {
  const { ctx, client, user, session } = turn;
  if (!poolFactors(client.pool).includes("EMAIL_OTP")) {
    throw invalidParameter("Invalid MFA type selected");
  }
  checkChanges(client.pool, user, new Map([["email", address]]));
  closeSession(session);
  return challengeOne(ctx, signInOf(turn), "EMAIL_OTP", address);
}
