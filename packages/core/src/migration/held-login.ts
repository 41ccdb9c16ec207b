import { CONTACTS, OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import { callSignal, type MigrationDeps } from "./deps.ts";
import { Refusal } from "./refusal.ts";
import type { SourcePool } from "./source.ts";
import { loginForms } from "./username.ts";

/** Who wants to sign up in the new pool. */
export interface SignUp {
  /** As typed, or the id that Cognito made where an address is the username. */
  readonly username: string;
  readonly attributes: Attributes;
}

type Deps = Pick<MigrationDeps, "deployment" | "sources" | "deadline" | "count">;

/**
 * Keeps a login free for the one who has it in a source: somebody else could sign up with it first,
 * and the owner's password would never be asked for again.
 * @throws Refusal when a source holds it, or cannot be asked
 */
export async function refuseHeldLogin(deps: Deps, signUp: SignUp): Promise<void> {
  const logins = loginsOf(deps, signUp);
  const lookups = await Promise.all(
    deps.sources.flatMap((source) =>
      formsIn(deps, source, logins).map(async (login) => ({
        source,
        found: await source.getUser(login, callSignal(deps)),
      })),
    ),
  );
  if (lookups.some(({ found }) => found.outcome === "found")) throw new Refusal("ACCOUNT_EXISTS");
  for (const { source, found } of lookups) {
    if (found.outcome !== "unavailable") continue;
    deps.count("SourceUnavailable", { source: source.id, reason: found.reason });
    throw new Refusal("TRY_AGAIN_LATER");
  }
}

/**
 * A user whom the migration itself creates. Which trigger source that has is not documented; no app
 * client may write this attribute, so nobody can sign up with it.
 */
export function isMigrationsOwn({ attributes }: Pick<SignUp, "attributes">): boolean {
  return Object.hasOwn(attributes, OWN_ATTRIBUTES.userId);
}

function loginsOf({ deployment }: Deps, { username, attributes }: SignUp): readonly string[] {
  const contacts = CONTACTS.filter((contact) => Object.hasOwn(attributes, contact)).map(
    (contact) => attributes[contact] ?? "",
  );
  const isMade =
    deployment.target.usernameAttributes.length > 0 && /^[0-9a-f-]{36}$/.test(username);
  return (isMade ? contacts : [username, ...contacts]).filter((login) => login !== "");
}

function formsIn(
  { deployment }: Deps,
  source: SourcePool,
  logins: readonly string[],
): readonly string[] {
  const forms = logins.flatMap((login) =>
    loginForms(login, source.caseSensitive, deployment.target.caseSensitive),
  );
  return [...new Set(forms)];
}
