import { signInByPassword } from "../auth.ts";
import { respondToAuthChallenge } from "../challenges.ts";
import { secretHash } from "../secret-hash.ts";
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

export function answerChallenge(ctx: Ctx, client: Client, form: URLSearchParams): Promise<Outcome> {
  const name = form.get("username") ?? "";
  const challenge = form.get("challenge") ?? "";
  const attributes = [...form].filter(([key]) => key.startsWith("userAttributes."));
  return step(ctx, (hosted) =>
    respondToAuthChallenge(hosted, {
      ChallengeName: challenge,
      ClientId: client.id,
      Session: form.get("session"),
      ChallengeResponses: {
        USERNAME: name,
        [ANSWER_FIELD[challenge] ?? "ANSWER"]: form.get("answer") ?? "",
        ...Object.fromEntries(attributes),
        ...withSecret(client, name),
      },
    }),
  );
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
