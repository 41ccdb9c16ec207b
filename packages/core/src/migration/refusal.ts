import { AppError, type ErrorKind } from "../kernel/errors.ts";
import type { Region } from "../kernel/ids.ts";

/**
 * Everything that a trigger ever says to an end user: a closed list, so that no login, password or
 * internal text can get into it. Apps act on the word before the colon. No full stop: Cognito adds one.
 */
const REFUSALS = {
  MFA_CODE_REQUIRED: {
    kind: "denied",
    text: "enter your verification code and sign in again",
  },
  MFA_CODE_WRONG: {
    kind: "denied",
    text: "that verification code is not right, please try another",
  },
  ACCOUNT_EXISTS: { kind: "conflict", text: "sign in with your existing account" },
  /** Followed by the region. The look-up says the same to everybody. */
  WRONG_REGION: { kind: "denied", text: "sign in at" },
  TRY_AGAIN_LATER: { kind: "unavailable", text: "please try again in a moment" },
} as const satisfies Record<string, { kind: ErrorKind; text: string }>;

export type RefusalName = keyof typeof REFUSALS;

/**
 * Ends a trigger with a text that reaches the person: Cognito answers `UserLambdaValidationException`,
 * `<Trigger> failed with error <message>.` (Cognito guide, "Lambda triggers"). Never thrown where it
 * would tell whether an account exists or a password was right, save after a right password.
 */
export class Refusal extends AppError {
  readonly kind: ErrorKind;
  readonly code: string;

  constructor(name: RefusalName, options?: ErrorOptions & { readonly region?: Region }) {
    const { kind, text } = REFUSALS[name];
    super([`${name}: ${text}`, options?.region ?? []].flat().join(" "), {}, options);
    this.kind = kind;
    this.code = `migration.${name.toLowerCase()}`;
  }
}
