import { VERIFIED_FLAGS } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import type { Authenticated, Unavailable } from "./answer.ts";
import { type Asked, askSources, type Credentials } from "./ask-sources.ts";
import { attributesRead } from "./attributes.ts";
import { type CrossedUser, type Crossing, cross, prepare } from "./cross.ts";
import { type Create, type Decision, decide, type GenericReason } from "./decide.ts";
import { callSignal, type MigrationDeps } from "./deps.ts";
import { readIdToken } from "./id-token.ts";
import { Refusal } from "./refusal.ts";
import { contactKind, sameName } from "./shapes.ts";
import type { SourcePool, UserLookup } from "./source.ts";
import { loginForms } from "./username.ts";

/** Of the trigger's time, for taking the source's tokens back: it must never decide over a sign-in. */
const REVOKE_MS = 800;

/**
 * Lets a user of a source sign in to the new pool with the old password. Undefined is Cognito's own
 * generic answer. Safe to repeat: the same user gets the same answer and the same event.
 * @throws Refusal when a code is needed, or a source cannot be asked
 */
export async function signInFromSource(
  deps: MigrationDeps,
  credentials: Credentials,
): Promise<CrossedUser | undefined> {
  const asked = await askSources(deps, credentials);
  if (asked === undefined) return conclude(deps, generic("rejected"));
  const { source, answer } = asked;
  const revoked = answer.outcome === "authenticated" ? revoke(deps, source, answer) : undefined;
  try {
    const decision = decide(answer, deps.deployment, asked.secondFactorPassed);
    if (decision.kind === "generic" && decision.reason === "source-misconfigured")
      deps.count("SourceMisconfigured", { source: source.id });
    if (decision.kind !== "create") return conclude(deps, decision, source);
    const found = await userOf(deps, asked);
    if (found.outcome === "user-not-found") return conclude(deps, generic("user-not-found"));
    if (found.outcome === "unavailable") return conclude(deps, tryLater(found), source);
    return await crossOrConclude(deps, {
      source,
      user: found.user,
      create: decision,
      login: credentials.login,
      method: deps.identityThere ? "relocation" : "password",
    });
  } finally {
    await revoked;
  }
}

/**
 * Lets a user of a source ask the new pool for a reset code. The source is only looked up: the code
 * that reaches a verified contact is the proof. Undefined is Cognito's own generic answer.
 * @throws Refusal when a source cannot be asked
 */
export async function forgotPasswordFromSource(
  deps: MigrationDeps,
  { login }: Pick<Credentials, "login">,
): Promise<CrossedUser | undefined> {
  if (deps.deployment.forgotPassword === "refuse") {
    return conclude(deps, generic("forgot-password-off"));
  }
  let refused = generic("user-not-found");
  for (const source of deps.sources) {
    const found = await lookUp(deps, source, login);
    if (found.outcome === "unavailable") return conclude(deps, tryLater(found), source);
    if (found.outcome === "user-not-found") continue;
    const create: Create = { kind: "create", status: "RESET_REQUIRED", mfa: "none" };
    const crossing: Crossing = {
      source,
      user: found.user,
      create,
      login,
      method: deps.identityThere ? "relocation" : "forgot_password",
    };
    const prepared = prepare(deps, crossing);
    if (prepared.ok) {
      // Nobody has proved anything: where the user lives is not for whoever asks.
      if (deps.homes?.livesHere(prepared.attributes) === false)
        return conclude(deps, generic("lives-elsewhere"), source);
      const objection = await objectionOf(deps, crossing, prepared.attributes);
      conclude(deps, objection ?? prepared.decision, source);
      return objection ? undefined : cross(deps, crossing, prepared);
    }
    // The same person may be well in the next source.
    refused = prepared.decision;
  }
  return conclude(deps, refused);
}

async function crossOrConclude(
  deps: MigrationDeps,
  crossing: Crossing,
): Promise<CrossedUser | undefined> {
  const prepared = prepare(deps, crossing);
  if (!prepared.ok) return conclude(deps, prepared.decision, crossing.source);
  const { attributes, userId } = prepared;
  if (deps.homes?.livesHere(attributes) === false) {
    // What proves nothing yet must not tell where somebody lives either.
    if (crossing.create.status !== "CONFIRMED")
      return conclude(deps, generic("lives-elsewhere"), crossing.source);
    await deps.homes.sendHome(attributes, userId, crossing.login);
  }
  const objection = await objectionOf(deps, crossing, prepared.attributes);
  conclude(deps, objection ?? prepared.decision, crossing.source);
  return objection ? undefined : cross(deps, crossing, prepared);
}

/**
 * Whether somebody else has more right to the login. An address that nobody verified here may be another
 * person's, who proved it in another source: that person would be locked out for good.
 */
async function objectionOf(
  deps: MigrationDeps,
  { source, login }: Crossing,
  attributes: Attributes,
): Promise<Decision | undefined> {
  const contact = contactKind(login);
  if (!contact || attributes[VERIFIED_FLAGS[contact]] === "true") return undefined;
  for (const other of deps.sources) {
    if (other === source) continue;
    const found = await lookUp(deps, other, login);
    if (found.outcome === "unavailable") return tryLater(found);
    if (found.outcome === "user-not-found") continue;
    const held = found.user.attributes;
    const isProved = held[VERIFIED_FLAGS[contact]] === "true";
    if (isProved && sameName(held[contact] ?? "", login, false)) return generic("proved-elsewhere");
  }
  return undefined;
}

/** The one place where a decision is counted, and where the ones with a text end the flow. */
function conclude(deps: MigrationDeps, decision: Decision, source?: SourcePool): undefined {
  const { count } = deps;
  switch (decision.kind) {
    case "create":
      count("MigrationDecision", { decision: "create", reason: decision.status });
      return undefined;
    case "generic":
      count("MigrationDecision", { decision: "generic", reason: decision.reason });
      return undefined;
    case "ask-for-code":
      count("MigrationDecision", { decision: "ask-for-code", reason: decision.refusal });
      throw new Refusal(decision.refusal);
    case "try-again-later": {
      const { reason } = decision;
      count("MigrationDecision", { decision: "try-again-later", reason });
      if (source) {
        count("SourceUnavailable", { source: source.id, reason });
        if (reason === "denied" || reason === "gone")
          count("SourceMisconfigured", { source: source.id });
      }
      throw new Refusal("TRY_AGAIN_LATER");
    }
  }
}

/** From the ID token if it tells all that the mapping reads, so that the good path is one call; else from the source. */
async function userOf(deps: MigrationDeps, asked: Asked): Promise<UserLookup> {
  const { source, answer, username } = asked;
  if (answer.outcome !== "authenticated") return source.getUser(username, callSignal(deps));
  // A token does not tell the user ID to every client.
  const token = deps.identityThere ? undefined : readIdToken(answer.tokens.idToken);
  const read = attributesRead({
    mapping: deps.deployment.attributes,
    transform: deps.transform,
    target: deps.deployment.target,
  });
  if (token && read && token.tells(read)) return { outcome: "found", user: token.user };
  return source.getUser(token?.user.username ?? username, callSignal(deps));
}

async function lookUp(deps: MigrationDeps, source: SourcePool, login: string): Promise<UserLookup> {
  let found: UserLookup = { outcome: "user-not-found" };
  const forms = loginForms(login, source.caseSensitive, deps.deployment.target.caseSensitive);
  for (const form of forms) {
    found = await source.getUser(form, callSignal(deps));
    if (found.outcome !== "user-not-found") break;
  }
  return found;
}

async function revoke(
  { deadline, count }: MigrationDeps,
  source: SourcePool,
  { tokens }: Authenticated,
): Promise<void> {
  if (tokens.refreshToken === undefined) return;
  const signal = AbortSignal.any([AbortSignal.timeout(REVOKE_MS), deadline.signal()]);
  try {
    await source.revoke(tokens.refreshToken, signal);
  } catch {
    // Best effort: they expire by themselves, and nobody but us ever had them.
    count("SourceTokensNotRevoked", { source: source.id });
  }
}

function generic(reason: GenericReason): Decision {
  return { kind: "generic", reason };
}

function tryLater({ reason }: Unavailable): Decision {
  return { kind: "try-again-later", reason };
}
