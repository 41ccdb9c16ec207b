import * as z from "zod/mini";
import { codeMismatch, invalidParameter } from "../errors.ts";
import { Metadata, operation, required, StringMap } from "../input.ts";
import {
  type Client,
  type Ctx,
  clientIn,
  clientOf,
  type Pool,
  poolOf,
  type User,
} from "../state.ts";
import { isWhom, namesOf, normalise } from "../users/user-index.ts";
import { select, takePassword, takePublicKey } from "./choice.ts";
import { answerCustom } from "./custom-auth.ts";
import { challengeDevice, verifyDevice } from "./device-proof.ts";
import { answerCode, answerTotp, finishSetup, selectFactor } from "./factor-answers.ts";
import { replacePassword } from "./new-password.ts";
import { answerPasskey } from "./passkey-sign-in.ts";
import { verifyPassword } from "./password-verifier.ts";
import { checkSecretHash } from "./secret-hash.ts";
import { type ChallengeName, closeSession, readSession, type Session } from "./sessions.ts";
import { refuseDisabled } from "./sign-in.ts";
import { foreignSession, type Turn } from "./turn.ts";

const Answer = z.object({
  ChallengeName: z.string(),
  ClientId: z.string(),
  Session: z.optional(z.string()),
  ChallengeResponses: z.optional(StringMap),
  ClientMetadata: Metadata,
});
type Answer = z.infer<typeof Answer>;

export const respondToAuthChallenge = operation(Answer, async (ctx, input) => {
  const answer = await respond(ctx, clientOf(ctx, input.ClientId), input);
  // In the API model the other three operations have it, and this one has not.
  const { AvailableChallenges: _, ...rest } = answer as { AvailableChallenges?: unknown };
  return rest;
});

export const adminRespondToAuthChallenge = operation(
  z.extend(Answer, { UserPoolId: z.string() }),
  (ctx, input) => respond(ctx, clientIn(poolOf(ctx, input.UserPoolId), input.ClientId), input),
);

async function respond(ctx: Ctx, client: Client, input: Answer): Promise<object> {
  const responses = input.ChallengeResponses ?? {};
  const clientMetadata = input.ClientMetadata;
  const name = required(responses, "USERNAME");
  if (input.ChallengeName === "PASSWORD_VERIFIER") {
    return verifyPassword(ctx, { client, responses, clientMetadata });
  }
  if (input.ChallengeName === "DEVICE_PASSWORD_VERIFIER") {
    return verifyDevice(ctx, client, responses, clientMetadata);
  }
  if (input.Session === undefined) throw invalidParameter("Missing required parameter Session");
  const session = readSession(ctx, input.Session, client);
  checkSecretHash(client, [name, ...namesOf(session.user)], responses.SECRET_HASH);
  if (session.challenge !== input.ChallengeName) throw foreignSession();
  const user = whom(client.pool, session, name);
  if (typeof user !== "string") refuseDisabled(user);
  const turn = { ctx, client, session, responses, clientMetadata };
  const first = FIRST_ANSWERS[session.challenge];
  if (first !== undefined) return first({ ...turn, user });
  if (typeof user === "string") throw codeMismatch();
  const answer = ANSWERS[session.challenge];
  if (answer === undefined) throw foreignSession();
  return answer({ ...turn, user });
}

/** Whose session it is, if it is of whom the answer names: a name where the challenge is pretended. */
function whom(pool: Pool, { user, name: pretended }: Session, name: string): User | string {
  const same =
    user === undefined
      ? pretended !== undefined && normalise(pool, pretended) === normalise(pool, name)
      : isWhom(pool, user, name);
  if (!same) throw foreignSession();
  return user ?? name;
}

type FirstTurn = Omit<Turn, "user"> & { readonly user: User | string };

/** The answers that are also taken from nobody, so that nobody looks like somebody. */
const FIRST_ANSWERS: Partial<Record<ChallengeName, (turn: FirstTurn) => Promise<object>>> = {
  CUSTOM_CHALLENGE: takeCustomAnswer,
  SELECT_CHALLENGE: (turn) => select(turn.ctx, choiceOf(turn), turn.session),
  PASSWORD: (turn) => {
    closeSession(turn.session);
    return takePassword(turn.ctx, choiceOf(turn));
  },
  PASSWORD_SRP: (turn) => {
    closeSession(turn.session);
    return takePublicKey(turn.ctx, choiceOf(turn));
  },
};

function choiceOf({ client, user, responses: parameters, clientMetadata }: FirstTurn) {
  return { client, user, parameters, clientMetadata };
}

const ANSWERS: Partial<Record<ChallengeName, (turn: Turn) => Promise<object>>> = {
  NEW_PASSWORD_REQUIRED: replacePassword,
  SOFTWARE_TOKEN_MFA: answerTotp,
  SMS_MFA: (turn) => answerCode(turn, "SMS_MFA_CODE"),
  EMAIL_OTP: (turn) => answerCode(turn, "EMAIL_OTP_CODE"),
  SMS_OTP: (turn) => answerCode(turn, "SMS_OTP_CODE"),
  WEB_AUTHN: answerPasskey,
  SELECT_MFA_TYPE: selectFactor,
  MFA_SETUP: finishSetup,
  DEVICE_SRP_AUTH: challengeDevice,
};

/** Each answer is the only one of its session, right or wrong: the triggers decide whether there is another. */
async function takeCustomAnswer(turn: FirstTurn): Promise<object> {
  const { ctx, client, session, clientMetadata = {} } = turn;
  const answer = required(turn.responses, "ANSWER");
  if (session.custom === undefined) throw foreignSession();
  closeSession(session);
  const user = typeof turn.user === "string" ? undefined : turn.user;
  return answerCustom(ctx, { client, user, flow: session.custom, clientMetadata }, answer);
}
