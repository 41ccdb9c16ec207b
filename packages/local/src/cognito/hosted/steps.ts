import { signInByPassword } from "../sign-in/auth.ts";
import { respondToAuthChallenge } from "../sign-in/challenges.ts";
import { associateSoftwareToken, verifySoftwareToken } from "../sign-in/mfa.ts";
import { secretHash } from "../sign-in/secret-hash.ts";
import type { Client, Ctx, User } from "../state.ts";

/** What is asked for after a password, as the API has it. */
export interface Challenge {
  readonly ChallengeName: string;
  readonly Session: string;
  readonly ChallengeParameters: Record<string, string>;
}
export type Outcome = { readonly signedIn: User } | { readonly challenge: Challenge };

/** Runs a step of the API's own sign-in, which ends here with the user instead of with tokens. */
async function step(ctx: Ctx, run: (ctx: Ctx) => Promise<object> | object): Promise<Outcome> {
  let user: User | undefined;
  const result = await run({
    ...ctx,
    onSignedIn: (who) => {
      user = who;
    },
  });
  if (user !== undefined) return { signedIn: user };
  return { challenge: result as Challenge };
}

export function tryPassword(ctx: Ctx, client: Client, form: URLSearchParams): Promise<Outcome> {
  const name = form.get("username") ?? "";
  const parameters = {
    USERNAME: name,
    PASSWORD: form.get("password") ?? "",
    ...withSecret(client, name),
  };
  return step(ctx, (hosted) =>
    signInByPassword(hosted, { client, parameters, metadata: undefined }),
  );
}

/** Which field of the answer what was typed goes into. */
export const ANSWER_FIELD: Record<string, string> = {
  NEW_PASSWORD_REQUIRED: "NEW_PASSWORD",
  SOFTWARE_TOKEN_MFA: "SOFTWARE_TOKEN_MFA_CODE",
  SMS_MFA: "SMS_MFA_CODE",
  EMAIL_OTP: "EMAIL_OTP_CODE",
  SELECT_MFA_TYPE: "ANSWER",
};

/** Goes on to set up an authenticator app: its secret, and the session for the first code. */
export async function offerSecret(
  ctx: Ctx,
  session: string,
): Promise<{ readonly secret: string; readonly next: string }> {
  const offered: { SecretCode?: string; Session?: string } = await associateSoftwareToken(ctx, {
    Session: session,
  });
  return { secret: offered.SecretCode ?? "", next: offered.Session ?? "" };
}

export async function answerChallenge(
  ctx: Ctx,
  client: Client,
  form: URLSearchParams,
): Promise<Outcome> {
  const name = form.get("username") ?? "";
  const challenge = form.get("challenge") ?? "";
  const attributes = [...form].filter(([key]) => key.startsWith("userAttributes."));
  const session =
    challenge === "MFA_SETUP" ? await proveApp(ctx, form) : (form.get("session") ?? "");
  return step(ctx, (hosted) =>
    respondToAuthChallenge(hosted, {
      ChallengeName: challenge,
      ClientId: client.id,
      Session: session,
      ChallengeResponses: {
        USERNAME: name,
        [ANSWER_FIELD[challenge] ?? "ANSWER"]: form.get("answer") ?? "",
        ...Object.fromEntries(attributes),
        ...withSecret(client, name),
      },
    }),
  );
}

/** Takes the first code of an authenticator app; the session that the sign-in goes on with. */
async function proveApp(ctx: Ctx, form: URLSearchParams): Promise<string> {
  const proved: { Session?: string } = await verifySoftwareToken(ctx, {
    Session: form.get("session") ?? "",
    UserCode: form.get("answer") ?? "",
  });
  return proved.Session ?? "";
}

function withSecret(client: Client, name: string): { SECRET_HASH?: string } {
  const hash = secretHash(client, name);
  return hash === undefined ? {} : { SECRET_HASH: hash };
}

/** How the API wants to be told which client and user a call is about. */
export function named(client: Client, name: string) {
  const hash = secretHash(client, name);
  return {
    ClientId: client.id,
    Username: name,
    ...(hash !== undefined && { SecretHash: hash }),
  };
}
