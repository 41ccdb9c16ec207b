import { invalidParameter, notAuthorized, userNotConfirmed, userNotFound } from "../errors.ts";
import { required } from "../input.ts";
import { hidesUsers } from "../pools/client-settings.ts";
import type { Client, Ctx, User } from "../state.ts";
import { namedUser } from "../users/client-user.ts";
import { digits } from "../users/codes.ts";
import { destination, mask, sendMessage } from "../users/messages.ts";
import { passwordMatches } from "../users/passwords.ts";
import { availableFactors, type FirstFactor, pretendedFactors } from "./first-factors.ts";
import { challengePasskey } from "./passkey-sign-in.ts";
import { pretendedDestination } from "./pretended.ts";
import { closeSession, openSession, readSession, type Session } from "./sessions.ts";
import {
  checkPassword,
  continueSignIn,
  finishSignIn,
  preAuthenticate,
  refuseDisabled,
  type SignInAttempt,
} from "./sign-in.ts";
import { challengePassword, checkPublicKey } from "./srp-challenge.ts";

// Longer than the six of other codes: facts/cognito.md 3.2, seen live.
const CODE_DIGITS = 8;

/** One step of a choice-based sign-in. */
interface Choice {
  readonly client: Client;
  /** A name where nobody has it and the client hides that. */
  readonly user: User | string;
  /** What the step carries: a password or `SRP_A` may come along with the choice. */
  readonly parameters: Record<string, string>;
  readonly clientMetadata?: Record<string, string> | undefined;
}

/** Begins USER_AUTH. @param session of ConfirmSignUp: its code has proved the address a moment ago */
export async function startChoice(
  ctx: Ctx,
  attempt: SignInAttempt,
  session?: string,
): Promise<object> {
  const { client, parameters, metadata } = attempt;
  const name = required(parameters, "USERNAME");
  const found = namedUser(client, name, parameters.SECRET_HASH);
  if (found === undefined && !hidesUsers(client.settings)) throw userNotFound();
  const user = found ?? name;
  if (found !== undefined) {
    refuseDisabled(found);
    if (found.status === "UNCONFIRMED") throw userNotConfirmed();
  }
  await preAuthenticate(ctx, client, user, metadata);
  if (session !== undefined) return finishConfirmed(ctx, client, user, session);
  const choice = { client, user, parameters };
  const available = factorsOf(choice);
  const preferred = available.find((factor) => factor === parameters.PREFERRED_CHALLENGE);
  if (preferred !== undefined) return begin(ctx, choice, preferred);
  return {
    ChallengeName: "SELECT_CHALLENGE",
    Session: openSession(ctx, { challenge: "SELECT_CHALLENGE", client, ...whose(user) }),
    AvailableChallenges: available,
    ChallengeParameters: {},
  };
}

function factorsOf({ client: { pool }, user }: Choice): FirstFactor[] {
  return typeof user === "string" ? pretendedFactors(pool) : availableFactors(pool, user);
}

function whose(user: User | string): Pick<Session, "user" | "name"> {
  return typeof user === "string" ? { name: user } : { user };
}

/** A user who has just confirmed the address by its code need not prove it again. */
async function finishConfirmed(
  ctx: Ctx,
  client: Client,
  user: User | string,
  token: string,
): Promise<object> {
  const session = readSession(ctx, token, client);
  if (session.challenge !== "SIGN_UP_CONFIRMED" || session.user !== user) {
    throw notAuthorized("Invalid session for the user.");
  }
  closeSession(session);
  return finishSignIn(ctx, { client, user: session.user });
}

/** Takes the answer to SELECT_CHALLENGE. */
export async function select(ctx: Ctx, choice: Choice, session: Session): Promise<object> {
  const answer = required(choice.parameters, "ANSWER");
  const factor = factorsOf(choice).find((name) => name === answer);
  if (factor === undefined) throw invalidParameter(`Invalid challenge selected: ${answer}`);
  closeSession(session);
  return begin(ctx, choice, factor);
}

/** Goes as far with a factor as the step's parameters allow. */
async function begin(ctx: Ctx, choice: Choice, factor: FirstFactor): Promise<object> {
  const { client, user, parameters } = choice;
  if (factor === "EMAIL_OTP" || factor === "SMS_OTP") return sendFirstCode(ctx, choice, factor);
  // A `CREDENTIAL` that comes along with the choice is not taken: which challenge it would sign is not documented.
  if (factor === "WEB_AUTHN" && typeof user !== "string") {
    return {
      ...challengePasskey(ctx, { client, user }),
      AvailableChallenges: factorsOf(choice),
    };
  }
  if (factor === "PASSWORD" && parameters.PASSWORD) return takePassword(ctx, choice);
  if (factor === "PASSWORD_SRP" && parameters.SRP_A) return takePublicKey(ctx, choice);
  return {
    ChallengeName: factor,
    Session: openSession(ctx, { challenge: factor, client, ...whose(user) }),
    AvailableChallenges: factorsOf(choice),
    ChallengeParameters: {},
  };
}

/** The password of a choice, or the answer to PASSWORD. @throws AwsError as a password sign-in */
export async function takePassword(ctx: Ctx, choice: Choice): Promise<object> {
  const { client, user, clientMetadata } = choice;
  const password = required(choice.parameters, "PASSWORD");
  if (typeof user === "string") {
    passwordMatches(client.pool, undefined, password);
    throw notAuthorized();
  }
  checkPassword(ctx, client, user, password);
  const deviceKey = choice.parameters.DEVICE_KEY;
  return continueSignIn(ctx, { client, user, clientMetadata, deviceKey });
}

/** The `SRP_A` of a choice, or the answer to PASSWORD_SRP: what follows is PASSWORD_VERIFIER. */
export async function takePublicKey(ctx: Ctx, choice: Choice): Promise<object> {
  const srpA = required(choice.parameters, "SRP_A");
  checkPublicKey(srpA);
  return challengePassword(ctx, { client: choice.client, user: choice.user, srpA });
}

async function sendFirstCode(
  ctx: Ctx,
  choice: Choice,
  factor: "EMAIL_OTP" | "SMS_OTP",
): Promise<object> {
  const { client, user, clientMetadata } = choice;
  const attribute = factor === "EMAIL_OTP" ? "email" : "phone_number";
  const code = digits(CODE_DIGITS);
  const target = typeof user === "string" ? undefined : destination(user, attribute);
  if (typeof user !== "string") {
    if (target === undefined) throw invalidParameter("User has no address for the code.");
    await sendMessage(ctx, client.pool, {
      kind: "Authentication",
      user,
      clientId: client.id,
      code,
      destination: target,
      clientMetadata,
    });
  }
  const to = target?.to ?? pretendedDestination(client.pool, String(user), attribute);
  return {
    ChallengeName: factor,
    Session: openSession(ctx, {
      challenge: factor,
      client,
      ...whose(user),
      // Nobody can answer what was pretended: no code belongs to it.
      ...(target !== undefined && { code, sentTo: target }),
    }),
    AvailableChallenges: factorsOf(choice),
    ChallengeParameters: {
      USERNAME: typeof user === "string" ? user : user.username,
      CODE_DELIVERY_DELIVERY_MEDIUM: factor === "EMAIL_OTP" ? "EMAIL" : "SMS",
      CODE_DELIVERY_DESTINATION: target === undefined ? to : mask(to),
    },
  };
}
