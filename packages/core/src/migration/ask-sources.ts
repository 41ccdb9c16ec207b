import type { SourceAnswer } from "./answer.ts";
import { asksForSecondFactor } from "./decide.ts";
import { callSignal, type MigrationDeps } from "./deps.ts";
import { passSecondFactor, resumeSecondFactor } from "./mfa.ts";
import type { SourcePool } from "./source.ts";
import { loginForms } from "./username.ts";

export interface Credentials {
  /** As typed. */
  readonly login: string;
  readonly password: string;
  readonly mfaCode: string | undefined;
}

/** An answer, and who gave it about whom. */
export interface Asked {
  readonly source: SourcePool;
  readonly answer: SourceAnswer;
  /** A name under which that source knows the user. */
  readonly username: string;
  readonly secondFactorPassed: boolean;
}

/**
 * Asks the sources in their order. A source that knows nothing is followed by the next one: one that
 * hides unknown users answers as for a wrong password. So is one whose answer proves nothing about the
 * password, or an account that somebody left unconfirmed would lock out its owner in the next source;
 * that answer stands if no later source has a better one. A source that cannot be asked ends it: the
 * user may be there.
 */
export async function askSources(
  deps: MigrationDeps,
  credentials: Credentials,
): Promise<Asked | undefined> {
  const resumed = await resume(deps, credentials);
  if (resumed) return resumed;
  const unproved: Asked[] = [];
  for (const source of deps.sources) {
    const asked = await askSource(deps, source, credentials);
    switch (asked.answer.outcome) {
      case "rejected":
      case "user-not-found":
        continue;
      case "reset-required":
      case "not-confirmed":
        unproved.push(asked);
        continue;
      default:
        return asked;
    }
  }
  return unproved.find(({ answer }) => answer.outcome === "reset-required") ?? unproved[0];
}

async function askSource(
  deps: MigrationDeps,
  source: SourcePool,
  { login, password, mfaCode }: Credentials,
): Promise<Asked> {
  let answer: SourceAnswer = { outcome: "rejected" };
  let username = login;
  for (username of loginForms(login, source.caseSensitive, deps.deployment.target.caseSensitive)) {
    answer = await source.authenticate(username, password, callSignal(deps));
    if (answer.outcome !== "rejected" && answer.outcome !== "user-not-found") break;
  }
  if (answer.outcome !== "challenge")
    return { source, answer, username, secondFactorPassed: false };
  // Admin flows want the stored username, not the alias that was typed (Cognito guide, "Authentication flow").
  username = answer.parameters["USER_ID_FOR_SRP"] ?? username;
  if (deps.deployment.mfa !== "verify" || !asksForSecondFactor(answer))
    return { source, answer, username, secondFactorPassed: false };
  const owner = { sourceId: source.id, login, password };
  const result = await passSecondFactor(
    deps,
    source,
    { challenge: answer, username },
    owner,
    mfaCode,
  );
  return { source, answer: result.answer, username, secondFactorPassed: result.passed };
}

async function resume(
  deps: MigrationDeps,
  { login, password, mfaCode }: Credentials,
): Promise<Asked | undefined> {
  if (mfaCode === undefined || deps.deployment.mfa !== "verify") return undefined;
  for (const source of deps.sources) {
    const owner = { sourceId: source.id, login, password };
    const resumed = await resumeSecondFactor(deps, source, owner, mfaCode);
    if (resumed) {
      const { answer, passed, username } = resumed;
      return { source, answer, username, secondFactorPassed: passed };
    }
  }
  return undefined;
}
