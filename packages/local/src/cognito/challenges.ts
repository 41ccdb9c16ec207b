import * as z from "zod/mini";
import { AwsError } from "../service.ts";
import { checkChanges, checkWritable, withUnverified } from "./attributes.ts";
import { answerCustom, continueCustom } from "./custom-auth.ts";
import { codeMismatch, invalidParameter, notAuthorized } from "./errors.ts";
import {
  ClientIdField,
  Metadata,
  operation,
  PoolIdField,
  required,
  SessionField,
  StringMap,
} from "./input.ts";
import { challengeOne, isUsable, poolFactors } from "./mfa-challenge.ts";
import { verifyPassword } from "./password-verifier.ts";
import { checkPolicy, setPassword } from "./passwords.ts";
import { checkSecretHash } from "./secret-hash.ts";
import { type ChallengeName, closeSession, readSession, type Session } from "./sessions.ts";
import { finishSignIn, missingRequired, refuseDisabled, requireFactor } from "./sign-in.ts";
import {
  type Client,
  type Ctx,
  clientIn,
  clientOf,
  type Factor,
  poolOf,
  type User,
} from "./state.ts";
import { matchingStep } from "./totp.ts";
import { isWhom, namesOf, normalise, writeAttributes } from "./user-index.ts";

const Answer = z.object({
  ChallengeName: z.string(),
  ClientId: ClientIdField,
  Session: z.optional(SessionField),
  ChallengeResponses: z.optional(StringMap),
  ClientMetadata: Metadata,
});
type Answer = z.infer<typeof Answer>;

export const respondToAuthChallenge = operation(Answer, (ctx, input) =>
  respond(ctx, clientOf(ctx, input.ClientId), input),
);

export const adminRespondToAuthChallenge = operation(
  z.extend(Answer, { UserPoolId: PoolIdField }),
  (ctx, input) => respond(ctx, clientIn(poolOf(ctx, input.UserPoolId), input.ClientId), input),
);

/** An answer whose session has been found to be open and the user's. */
interface Turn {
  readonly ctx: Ctx;
  readonly client: Client;
  readonly user: User;
  readonly session: Session;
  readonly responses: Record<string, string>;
  readonly clientMetadata: Record<string, string> | undefined;
}

async function respond(ctx: Ctx, client: Client, input: Answer): Promise<object> {
  const responses = input.ChallengeResponses ?? {};
  const clientMetadata = input.ClientMetadata;
  const name = required(responses, "USERNAME");
  if (input.ChallengeName === "PASSWORD_VERIFIER") {
    return verifyPassword(ctx, { client, responses, clientMetadata });
  }
  if (input.Session === undefined) throw invalidParameter("Missing required parameter Session");
  const session = readSession(ctx, input.Session, client);
  const { user } = session;
  checkSecretHash(client, [name, ...namesOf(user)], responses.SECRET_HASH);
  if (session.challenge !== input.ChallengeName) throw foreignSession();
  if (session.challenge === "CUSTOM_CHALLENGE") {
    return takeCustomAnswer({ ctx, client, session, responses, clientMetadata, name });
  }
  if (user === undefined || !isWhom(client.pool, user, name)) throw foreignSession();
  refuseDisabled(user);
  return ANSWERS[session.challenge]({ ctx, client, user, session, responses, clientMetadata });
}

function foreignSession(): AwsError {
  return notAuthorized("Invalid session for the user.");
}

const ANSWERS: Record<
  Exclude<ChallengeName, "CUSTOM_CHALLENGE">,
  (turn: Turn) => Promise<object>
> = {
  NEW_PASSWORD_REQUIRED: replacePassword,
  SOFTWARE_TOKEN_MFA: answerTotp,
  SMS_MFA: (turn) => answerCode(turn, "SMS_MFA_CODE"),
  EMAIL_OTP: (turn) => answerCode(turn, "EMAIL_OTP_CODE"),
  SELECT_MFA_TYPE: selectFactor,
  MFA_SETUP: finishSetup,
  PASSWORD_VERIFIER: () => Promise.reject(foreignSession()),
};

/** Each answer is the only one of its session, right or wrong: the triggers decide whether there is another. */
async function takeCustomAnswer(
  turn: Omit<Turn, "user"> & { readonly name: string },
): Promise<object> {
  const { ctx, client, session, name, clientMetadata = {} } = turn;
  const { user, custom } = session;
  const answer = required(turn.responses, "ANSWER");
  if (custom === undefined) throw foreignSession();
  const { pool } = client;
  const same =
    user === undefined
      ? normalise(pool, name) === normalise(pool, custom.name)
      : isWhom(pool, user, name);
  if (!same) throw foreignSession();
  if (user !== undefined) refuseDisabled(user);
  closeSession(session);
  return answerCustom(ctx, { client, user, flow: custom, clientMetadata }, answer);
}

const ATTRIBUTE_PREFIX = "userAttributes.";

function replacePassword(turn: Turn): Promise<object> {
  const { ctx, client, user, session, responses, clientMetadata } = turn;
  const { pool } = client;
  const nowMs = ctx.deps.clock();
  if (user.status !== "FORCE_CHANGE_PASSWORD") throw foreignSession();
  const password = required(responses, "NEW_PASSWORD");
  const changes = new Map(
    Object.entries(responses)
      .filter(([key]) => key.startsWith(ATTRIBUTE_PREFIX))
      .map(([key, value]) => [key.slice(ATTRIBUTE_PREFIX.length), value]),
  );
  checkPolicy(pool, password);
  const wanted = missingRequired(client, user);
  if (wanted.some((name) => !changes.get(name))) {
    throw invalidParameter("Invalid user attributes: required attributes are missing");
  }
  refuseSettled(client, changes.keys(), wanted);
  checkWritable(client, changes.keys());
  checkChanges(pool, user, changes);
  closeSession(session);
  writeAttributes(pool, user, withUnverified(user, changes), nowMs);
  setPassword(pool, user, password, "CONFIRMED", nowMs);
  return requireFactor(ctx, { client, user, clientMetadata, newPassword: true });
}

/** What is already set cannot be changed on this occasion: facts/cognito.md 3.2, 4.2. */
function refuseSettled(client: Client, names: Iterable<string>, wanted: readonly string[]): void {
  for (const name of names) {
    if (name.endsWith("_verified")) {
      throw notAuthorized(`Cannot modify the non-mutable attribute ${name}`);
    }
    if (client.pool.schema.get(name)?.required && !wanted.includes(name)) {
      throw notAuthorized(`Cannot modify an already provided ${name}`);
    }
  }
}

async function answerTotp(turn: Turn): Promise<object> {
  const code = required(turn.responses, "SOFTWARE_TOKEN_MFA_CODE");
  acceptTotp(turn.user, turn.user.mfa.totpSecret, code, turn.ctx.deps.clock());
  return finish(turn);
}

/** Accepts a code once. @throws AwsError CodeMismatchException; ExpiredCodeException for one used before */
function acceptTotp(user: User, secret: string | undefined, code: string, nowMs: number): void {
  const step = secret === undefined ? undefined : matchingStep(secret, code, nowMs);
  if (step === undefined) throw codeMismatch();
  if (step <= user.mfa.lastTotpStep) {
    throw new AwsError("ExpiredCodeException", "Your software token has already been used once.");
  }
  user.mfa.lastTotpStep = step;
}

async function answerCode(turn: Turn, parameter: string): Promise<object> {
  if (required(turn.responses, parameter) !== turn.session.code) throw codeMismatch();
  return finish(turn);
}

function finish({ ctx, client, user, session, clientMetadata }: Turn): Promise<object> {
  closeSession(session);
  const { custom, challenge } = session;
  if (custom !== undefined && (challenge === "SOFTWARE_TOKEN_MFA" || isCodeChallenge(challenge))) {
    return continueCustom(
      ctx,
      { client, user, flow: custom, clientMetadata: clientMetadata ?? {} },
      challenge,
    );
  }
  return finishSignIn(ctx, { client, user, clientMetadata, newPassword: session.newPassword });
}

function isCodeChallenge(name: ChallengeName): name is "SMS_MFA" | "EMAIL_OTP" {
  return name === "SMS_MFA" || name === "EMAIL_OTP";
}

async function selectFactor(turn: Turn): Promise<object> {
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
    { client, user, clientMetadata, newPassword: session.newPassword },
    factor,
  );
}

/** The session is the one that VerifySoftwareToken gave, where a TOTP was set up. */
async function finishSetup(turn: Turn): Promise<object> {
  const { user, session } = turn;
  if (session.totp?.verified !== true) {
    throw foreignSession();
  }
  user.mfa.totpSecret = session.totp.secret;
  user.mfa.enabled.add("SOFTWARE_TOKEN_MFA");
  user.mfa.preferred ??= "SOFTWARE_TOKEN_MFA";
  return finish(turn);
}
