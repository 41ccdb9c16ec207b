/** Why nothing can be said about a user: never a reason to call a password wrong. */
export type UnavailableReason =
  | "throttled"
  | "timeout"
  | "server"
  | "network"
  /** The product may not ask: rights, role, or a client that does not allow the flow. */
  | "denied"
  /** The pool or the app client is not there any more. */
  | "gone";

export interface Unavailable {
  readonly outcome: "unavailable";
  readonly reason: UnavailableReason;
}

/** The tokens that checking a password minted in the source. Never logged, never in an event. */
export interface SourceTokens {
  readonly idToken: string;
  readonly refreshToken: string | undefined;
}

/** What the source wants next. A challenge is no success: its name says whether it proves the password. */
export interface Challenge {
  readonly outcome: "challenge";
  /** Cognito's `ChallengeName`. */
  readonly name: string;
  readonly session: string;
  readonly parameters: Readonly<Partial<Record<string, string>>>;
}

export interface Authenticated {
  readonly outcome: "authenticated";
  readonly tokens: SourceTokens;
}

/** What a source pool answered to a password, or to the response to its challenge. */
export type SourceAnswer =
  | Authenticated
  | Challenge
  /** Wrong password, locked out, disabled, federated, or no such user behind `PreventUserExistenceErrors`. */
  | { readonly outcome: "rejected" }
  | { readonly outcome: "user-not-found" }
  /** Whether the source looked at the password first is not documented: proves nothing. */
  | { readonly outcome: "not-confirmed" }
  /** Proves nothing either. */
  | { readonly outcome: "reset-required" }
  /** The session stays usable (seen live with six wrong codes in a row, 2026-09). */
  | { readonly outcome: "code-wrong" }
  | { readonly outcome: "code-expired" }
  | Unavailable;
