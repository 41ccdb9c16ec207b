import { VERIFIED_FLAGS } from "../config/attributes.ts";
import type { DeployedTarget } from "../config/deployment.ts";
import type { Attributes } from "../config/schema.ts";
import type { GenericReason } from "./decide.ts";
import { contactKind, foldCase, isUsername, sameName } from "./shapes.ts";

export interface LoginToPlace {
  /** What the person typed. */
  readonly login: string;
  /** The username that the source holds. */
  readonly sourceUsername: string;
  /** As mapped for the new pool. */
  readonly attributes: Attributes;
  /** Unique in the new pool without looking. */
  readonly userId: string;
  /** Whether the source takes names that differ in case only for two. */
  readonly sourceCaseSensitive: boolean;
}

export type PlacedLogin =
  | {
      readonly ok: true;
      readonly attributes: Attributes;
      /** Usernames to give the user, best first; empty where the typed login is the username. */
      readonly usernames: readonly string[];
    }
  | { readonly ok: false; readonly reason: GenericReason };

/**
 * How the new pool can hold somebody under the login that they typed. Cognito looks for exactly that
 * right after the trigger (Cognito guide, "Migrate user Lambda trigger", `username`).
 */
export function placeLogin(target: DeployedTarget, input: LoginToPlace): PlacedLogin {
  const kind = contactKind(input.login);
  if (target.usernameAttributes.length > 0) {
    return kind && target.usernameAttributes.includes(kind)
      ? carryTyped(target, input, kind, { ifMissing: "add", mustBeVerified: false })
      : no("login-not-usable");
  }
  if (kind && target.aliasAttributes.includes(kind)) {
    // Unverified, it is no alias: the person could not sign in with it, and might not even own it.
    const carried = carryTyped(target, input, kind, { ifMissing: "refuse", mustBeVerified: true });
    return carried.ok ? { ...carried, usernames: otherUsernames(target, input) } : carried;
  }
  const { login, sourceUsername, attributes } = input;
  const caseSensitive = input.sourceCaseSensitive && target.caseSensitive;
  if (sameName(login, sourceUsername, caseSensitive)) {
    return { ok: true, attributes, usernames: [] };
  }
  const { preferred_username: preferred = "" } = attributes;
  if (
    target.aliasAttributes.includes("preferred_username") &&
    sameName(login, preferred, caseSensitive)
  ) {
    return {
      ok: true,
      attributes: { ...attributes, preferred_username: login },
      usernames: otherUsernames(target, input),
    };
  }
  return no("login-not-usable");
}

/**
 * The logins to try in a source: as typed, and in lower case where the source tells cases apart, the
 * new pool does not, and so people will not know which case theirs has.
 */
export function loginForms(
  login: string,
  sourceCaseSensitive: boolean,
  targetCaseSensitive: boolean,
): readonly string[] {
  const lower = foldCase(login);
  return sourceCaseSensitive && !targetCaseSensitive && lower !== login ? [login, lower] : [login];
}

function carryTyped(
  target: DeployedTarget,
  { login, attributes, sourceCaseSensitive }: LoginToPlace,
  kind: "email" | "phone_number",
  rule: { readonly ifMissing: "add" | "refuse"; readonly mustBeVerified: boolean },
): PlacedLogin {
  const held = attributes[kind];
  if (held === undefined) {
    if (rule.ifMissing === "refuse") return no("login-not-usable");
    // Without its flag: nobody proved it.
    return { ok: true, attributes: { ...attributes, [kind]: login }, usernames: [] };
  }
  // One of the two pools takes the spellings for one address, so the flag is true of either.
  if (!sameName(login, held, sourceCaseSensitive && target.caseSensitive)) {
    return no("login-not-usable");
  }
  if (rule.mustBeVerified && attributes[VERIFIED_FLAGS[kind]] !== "true") {
    return no("contact-not-verified");
  }
  return { ok: true, attributes: { ...attributes, [kind]: login }, usernames: [] };
}

function otherUsernames(target: DeployedTarget, input: LoginToPlace): readonly string[] {
  const { sourceUsername, userId, login } = input;
  // A pool with an address as alias refuses usernames of that shape, and a username must not look like somebody's address.
  const usable =
    isUsername(sourceUsername) &&
    contactKind(sourceUsername) === undefined &&
    !sameName(sourceUsername, login, target.caseSensitive);
  return usable && sourceUsername !== userId ? [sourceUsername, userId] : [userId];
}

function no(reason: GenericReason): PlacedLogin {
  return { ok: false, reason };
}
