import { notAuthorized } from "../errors.ts";
import { sessionLifetimeMs } from "../pools/client-settings.ts";
import { type Client, type Ctx, type Factor, randomToken, type User } from "../state.ts";
import type { Destination } from "../users/messages.ts";
import type { CustomFlow } from "./custom-auth.ts";

export type ChallengeName =
  | "PASSWORD_VERIFIER"
  | "NEW_PASSWORD_REQUIRED"
  | "SMS_MFA"
  | "SOFTWARE_TOKEN_MFA"
  | "EMAIL_OTP"
  | "SELECT_MFA_TYPE"
  | "MFA_SETUP"
  | "CUSTOM_CHALLENGE"
  | "SELECT_CHALLENGE"
  | "PASSWORD"
  | "PASSWORD_SRP"
  | "SMS_OTP"
  | "WEB_AUTHN"
  | "DEVICE_SRP_AUTH"
  | "DEVICE_PASSWORD_VERIFIER"
  /** Not a challenge: what ConfirmSignUp gives, for a sign-in that needs no second code. */
  | "SIGN_UP_CONFIRMED"
  /** Not a challenge: what SignUp gives, for ConfirmSignUp. */
  | "SIGN_UP";

/** A challenge that waits for its answer. */
export interface Session {
  readonly challenge: ChallengeName;
  readonly client: Client;
  /** Absent where the challenge is pretended for a name that nobody has. */
  readonly user?: User;
  /** What was typed, where the challenge is pretended. */
  readonly name?: string;
  readonly expiresAtMs: number;
  used: boolean;
  /** Set once a temporary password was replaced in this sign-in: it names the token trigger's source. */
  readonly newPassword: boolean;
  /** The device that the client says it is. */
  readonly deviceKey?: string;
  /** Set where the code is a second factor's: a first factor's is refused in other words. */
  readonly factor?: Factor;
  /** The code that was sent. */
  readonly code?: string;
  /** The address it went to. */
  readonly sentTo?: Destination;
  /** Whether the user gave that address just now, in a set-up, and has it once the code comes back. */
  readonly setsUp?: true;
  readonly srp?: { readonly A: string; readonly B: string; readonly b: Buffer };
  /** What a passkey has to sign. */
  readonly passkey?: { readonly challenge: string };
  /** The factor that MFA_SETUP offers, and whether it has been proved. */
  readonly totp?: { readonly secret: string; readonly verified: boolean };
  /** The custom flow that the challenge is a step of. */
  readonly custom?: CustomFlow;
}

type NewSession = Omit<Session, "expiresAtMs" | "used" | "newPassword"> & { newPassword?: boolean };

// Ended sessions are kept a while, so that their late answer is told why it fails.
const KEEP_ENDED_MS = 3_600_000;

/** Opens a session and gives its token. @param token chosen by the caller where it doubles as a secret block */
export function openSession(ctx: Ctx, session: NewSession, token = randomToken(180)): string {
  const nowMs = ctx.deps.clock();
  for (const [key, { expiresAtMs }] of ctx.sessions) {
    if (nowMs < expiresAtMs + KEEP_ENDED_MS) break;
    ctx.sessions.delete(key);
  }
  const expiresAtMs = nowMs + sessionLifetimeMs(session.client.settings);
  ctx.sessions.set(token, { newPassword: false, ...session, expiresAtMs, used: false });
  return token;
}

/**
 * The open session of a token. It stays open until `closeSession`, so a wrong code can be corrected.
 * @throws AwsError NotAuthorizedException for one that is unknown, used, expired, or another client's
 */
export function readSession(ctx: Ctx, token: string, client?: Client): Session {
  const session = ctx.sessions.get(token);
  if (session === undefined || (client !== undefined && session.client !== client)) {
    throw notAuthorized("Invalid session for the user.");
  }
  if (session.used) {
    throw notAuthorized("Invalid session for the user, session can only be used once.");
  }
  if (ctx.deps.clock() >= session.expiresAtMs) {
    throw notAuthorized("Invalid session for the user, session is expired.");
  }
  return session;
}

/** Whether a token is of a session that is open still, and of these. Never throws: some calls do without one. */
export function isOpen(
  ctx: Ctx,
  token: string,
  of: Pick<Session, "challenge" | "client" | "user">,
): boolean {
  const session = ctx.sessions.get(token);
  return (
    session !== undefined &&
    !session.used &&
    ctx.deps.clock() < session.expiresAtMs &&
    session.challenge === of.challenge &&
    session.client === of.client &&
    session.user === of.user
  );
}

/** Ends a session before anything is awaited: of two equal answers only one passes. */
export function closeSession(session: Session): void {
  session.used = true;
}
