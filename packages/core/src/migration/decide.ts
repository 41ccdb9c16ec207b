import type { MigratedMfa } from "@carryover/events/user-migrated";
import type { MfaPolicy, UnconfirmedPolicy } from "../config/policies.ts";
import type { Challenge, SourceAnswer, UnavailableReason } from "./answer.ts";

/** Why a user got Cognito's own generic answer. Counted, never shown. */
export type GenericReason =
  | "rejected"
  | "user-not-found"
  | "mfa-refused"
  | "source-misconfigured"
  | "not-confirmed"
  | "disabled"
  | "federated"
  | "status-not-usable"
  | "no-verified-contact"
  | "login-not-usable"
  | "contact-not-verified"
  /** Another source's user proved that the address is theirs, and this one did not. */
  | "proved-elsewhere"
  | "forgot-password-off"
  /** The policy gives the user another home, and nobody has proved to be the user yet. */
  | "lives-elsewhere";

export interface Create {
  readonly kind: "create";
  readonly status: "CONFIRMED" | "RESET_REQUIRED";
  readonly mfa: MigratedMfa;
}

export type Decision =
  | Create
  | { readonly kind: "generic"; readonly reason: GenericReason }
  | { readonly kind: "ask-for-code"; readonly refusal: "MFA_CODE_REQUIRED" | "MFA_CODE_WRONG" }
  | { readonly kind: "try-again-later"; readonly reason: UnavailableReason };

export interface Policy {
  readonly mfa: MfaPolicy;
  readonly unconfirmed: UnconfirmedPolicy;
}

/** Issued after a right password in the password flow (API reference, InitiateAuth). */
const SECOND_FACTORS: readonly string[] = [
  "SOFTWARE_TOKEN_MFA",
  "SMS_MFA",
  "EMAIL_OTP",
  "SELECT_MFA_TYPE",
];

export function asksForSecondFactor(answer: SourceAnswer): answer is Challenge {
  return answer.outcome === "challenge" && SECOND_FACTORS.includes(answer.name);
}

/**
 * What a source's answer means for the user. A `create` still depends on the user: see `allow`.
 * @param secondFactorPassed the answer came to a code that the source took
 */
export function decide(answer: SourceAnswer, policy: Policy, secondFactorPassed = false): Decision {
  switch (answer.outcome) {
    case "authenticated":
      return { kind: "create", status: "CONFIRMED", mfa: secondFactorPassed ? "verified" : "none" };
    case "challenge":
      return decideOnChallenge(answer, policy, secondFactorPassed);
    case "reset-required":
      return { kind: "create", status: "RESET_REQUIRED", mfa: "none" };
    case "not-confirmed":
      return policy.unconfirmed === "reset"
        ? { kind: "create", status: "RESET_REQUIRED", mfa: "none" }
        : generic("not-confirmed");
    case "rejected":
    case "user-not-found":
      return generic(answer.outcome);
    case "code-wrong":
    case "code-expired":
      return { kind: "ask-for-code", refusal: "MFA_CODE_WRONG" };
    case "unavailable":
      return { kind: "try-again-later", reason: answer.reason };
  }
}

function decideOnChallenge(
  answer: Challenge,
  policy: Policy,
  secondFactorPassed: boolean,
): Decision {
  if (SECOND_FACTORS.includes(answer.name)) {
    switch (policy.mfa) {
      case "verify":
        return { kind: "ask-for-code", refusal: "MFA_CODE_REQUIRED" };
      case "re-enrol":
        return { kind: "create", status: "CONFIRMED", mfa: "reenrol" };
      case "refuse":
        return generic("mfa-refused");
    }
  }
  const mfa = secondFactorPassed ? "verified" : "none";
  switch (answer.name) {
    case "NEW_PASSWORD_REQUIRED":
      return { kind: "create", status: "RESET_REQUIRED", mfa };
    case "MFA_SETUP":
      return { kind: "create", status: "CONFIRMED", mfa };
    default:
      // PASSWORD_VERIFIER, CUSTOM_CHALLENGE, SELECT_CHALLENGE, device challenges, and whatever
      // Cognito adds: nothing is proved by a challenge that is not listed.
      return generic("source-misconfigured");
  }
}

/** What a `create` has to know about the user. */
export interface UserFacts {
  readonly enabled: boolean;
  /** Cognito's `UserStatus`, undefined where an ID token vouches for it. */
  readonly status: string | undefined;
  readonly hasSecondFactor: boolean;
  /** In the attributes that the user will have in the new pool: a reset code has to reach them there. */
  readonly hasVerifiedContact: boolean;
}

/** Whether a user for whom the answer was good may cross. Cognito's look-up answers for users who could never sign in, too. */
export function allow(create: Create, user: UserFacts, policy: Policy): Decision {
  if (!user.enabled) return generic("disabled");
  switch (user.status) {
    case undefined:
    case "CONFIRMED":
    case "RESET_REQUIRED":
    case "FORCE_CHANGE_PASSWORD":
      break;
    case "EXTERNAL_PROVIDER":
      return generic("federated");
    case "UNCONFIRMED":
      if (create.status === "RESET_REQUIRED" && policy.unconfirmed === "reset") break;
      return generic("not-confirmed");
    default:
      return generic("status-not-usable");
  }
  if (create.status === "CONFIRMED") return create;
  if (!user.hasVerifiedContact) return generic("no-verified-contact");
  if (create.mfa !== "none" || !user.hasSecondFactor) return create;
  // A reset by a mailed code asks for no second factor: whoever reads the mail would be let in without it.
  return policy.mfa === "re-enrol" ? { ...create, mfa: "reenrol" } : generic("mfa-refused");
}

function generic(reason: GenericReason): Decision {
  return { kind: "generic", reason };
}
