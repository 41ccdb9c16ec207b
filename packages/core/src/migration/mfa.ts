import type { Challenge, SourceAnswer } from "./answer.ts";
import { asksForSecondFactor } from "./decide.ts";
import { callSignal, type MigrationDeps } from "./deps.ts";
import type { KeptChallenge, SessionOwner } from "./mfa-session-store.ts";
import type { SourcePool } from "./source.ts";

/** Where the code of each second factor goes (API reference, RespondToAuthChallenge). */
const CODE_FIELD: Readonly<Record<string, string>> = {
  SOFTWARE_TOKEN_MFA: "SOFTWARE_TOKEN_MFA_CODE",
  SMS_MFA: "SMS_MFA_CODE",
  EMAIL_OTP: "EMAIL_OTP_CODE",
};

/** Best first: an authenticator's code can be at hand before anything is sent. Both names of e-mail are reported; the one offered is sent back. */
const PREFERENCE = ["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "EMAIL_MFA"] as const;

export interface SecondFactorAnswer {
  readonly answer: SourceAnswer;
  /** A code was taken by the source. */
  readonly passed: boolean;
}

type Deps = Pick<MigrationDeps, "mfaSessions" | "deadline" | "count">;

/**
 * Answers a second factor that the source asked for. Without a code that can be right, the challenge
 * itself is the answer, and its session is kept for the next attempt.
 */
export async function passSecondFactor(
  deps: Deps,
  source: SourcePool,
  asked: { readonly challenge: Challenge; readonly username: string },
  owner: SessionOwner,
  code: string | undefined,
): Promise<SecondFactorAnswer> {
  const { username } = asked;
  const answer = await selectFactor(deps, source, asked.challenge, username);
  if (!asksForSecondFactor(answer)) return { answer, passed: false };
  // Any other code was sent by this very challenge a moment ago: the person cannot have it yet.
  if (code === undefined || answer.name !== "SOFTWARE_TOKEN_MFA") {
    await keep(deps, owner, { name: answer.name, session: answer.session, username });
    return { answer, passed: false };
  }
  const result = await respond(deps, source, answer, username, code);
  if (result.answer.outcome === "code-wrong" || result.answer.outcome === "code-expired")
    await keep(deps, owner, { name: answer.name, session: answer.session, username });
  return result;
}

/**
 * Answers the challenge of an earlier attempt, so that no second message is sent. Undefined when there
 * is none that this password opens, or the source does not know it any more: the sign-in starts again.
 */
export async function resumeSecondFactor(
  deps: Deps,
  source: SourcePool,
  owner: SessionOwner,
  code: string,
): Promise<(SecondFactorAnswer & { readonly username: string }) | undefined> {
  const kept = await open(deps, owner);
  if (kept === undefined) return undefined;
  const { name, session, username } = kept;
  const challenge: Challenge = { outcome: "challenge", name, session, parameters: {} };
  const result = await respond(deps, source, challenge, username, code);
  switch (result.answer.outcome) {
    case "code-wrong":
    case "unavailable":
      return { ...result, username };
    case "rejected":
    case "user-not-found":
    case "code-expired":
      await forget(deps, owner);
      return undefined;
    default:
      await forget(deps, owner);
      return { ...result, username };
  }
}

/** The code that an app passed as `mfaCode` in ClientMetadata. */
export function mfaCodeOf(passed: string | undefined): string | undefined {
  const code = passed?.trim();
  return code !== undefined && /^\S{1,64}$/.test(code) ? code : undefined;
}

async function selectFactor(
  deps: Deps,
  source: SourcePool,
  challenge: Challenge,
  username: string,
): Promise<SourceAnswer> {
  if (challenge.name !== "SELECT_MFA_TYPE") return challenge;
  const offered = challenge.parameters["MFAS_CAN_CHOOSE"] ?? "";
  // Cognito writes the list as JSON text; nothing else in it is needed.
  const best = PREFERENCE.find((name) => offered.includes(`"${name}"`));
  if (best === undefined) return challenge;
  const answer = await source.respond(challenge, username, { ANSWER: best }, callSignal(deps));
  // A choice that is not taken is no wrong code, and no wrong password either.
  return answer.outcome === "rejected" ? challenge : answer;
}

async function respond(
  deps: Deps,
  source: SourcePool,
  challenge: Challenge,
  username: string,
  code: string,
): Promise<SecondFactorAnswer> {
  const field = CODE_FIELD[challenge.name];
  if (field === undefined) return { answer: challenge, passed: false };
  const answer = await source.respond(challenge, username, { [field]: code }, callSignal(deps));
  return {
    answer,
    passed: answer.outcome === "authenticated" || answer.outcome === "challenge",
  };
}

async function keep(deps: Deps, owner: SessionOwner, challenge: KeptChallenge): Promise<void> {
  await orCount(deps, deps.mfaSessions.keep(owner, challenge, callSignal(deps)));
}

async function open(deps: Deps, owner: SessionOwner): Promise<KeptChallenge | undefined> {
  return orCount(deps, deps.mfaSessions.open(owner, callSignal(deps)));
}

async function forget(deps: Deps, owner: SessionOwner): Promise<void> {
  await orCount(deps, deps.mfaSessions.forget(owner, callSignal(deps)));
}

async function orCount<T>({ count }: Deps, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    // The session is a convenience: without it the person gets a new code, so a sign-in must not fail here.
    count("MfaSessionStoreFailed");
    return undefined;
  }
}
