import {
  type CognitoIdentityProviderClient,
  CognitoIdentityProviderServiceException,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
} from "@aws-sdk/client-cognito-identity-provider";
import { generate } from "otplib";
import type { Mailbox } from "./mailbox.ts";
import type { Person } from "./population.ts";

/** What somebody has after a journey. */
export type Outcome =
  | { readonly crossed: true; readonly idToken: string; readonly accessToken: string }
  | {
      readonly crossed: false;
      /** The error's name, then its text: what the app sees. */
      readonly answer: string;
    };

/** An app's sign-in page: a client of the new pool, and nothing else. */
export interface App {
  readonly client: CognitoIdentityProviderClient;
  readonly clientId: string;
  readonly mailbox: Mailbox;
  /** Tries a wrong password in the old pool, as somebody would who guesses. */
  guessInSource(login: string): Promise<void>;
}

export const NEW_PASSWORD = "Brand-New-Password-1!";

/** Plays one person at the new pool's sign-in page, from the first try to the last. */
export async function visit(app: App, person: Person, journey: Journey): Promise<Outcome> {
  const { login, password } = person;
  switch (journey) {
    case "sign-in":
      return signIn(app, login, password);
    case "wrong-password":
      return signIn(app, login, `${password}x`);
    case "totp":
      return withCode(app, person, () => generate({ secret: person.totpSecret ?? "" }));
    case "sms":
      return withCode(app, person, () => app.mailbox.codeFor(person.phone ?? ""));
    case "mail":
      return withCode(app, person, () => app.mailbox.codeFor(login));
    case "reset-then-sign-in":
      return unless(await signIn(app, login, password), "PasswordResetRequiredException", () =>
        resetAndSignIn(app, login),
      );
    case "forgot-password":
      return resetAndSignIn(app, login);
    case "locked-out":
      for (let guess = 0; guess < 8; guess++) await app.guessInSource(login);
      return signIn(app, login, password);
  }
}

/** A person's way in, when everything is up. */
export type Journey = Exclude<Person["journey"], "source-down">;

export function signIn(
  app: App,
  login: string,
  password: string,
  metadata: Record<string, string> = {},
): Promise<Outcome> {
  return outcomeOf(() => patiently(() => tokensFor(app, login, password, metadata)));
}

/** Without trying again. */
export function signInOnce(app: App, login: string, password: string): Promise<Outcome> {
  return outcomeOf(() => tokensFor(app, login, password, {}));
}

/**
 * As an app should: somebody who is told to try again in a moment does so.
 * @throws what the last try threw
 */
export async function patiently<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !String(error).includes("TRY_AGAIN_LATER")) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 250));
    }
  }
}

const MOST_ATTEMPTS = 5;

function tokensFor(
  { client, clientId }: App,
  login: string,
  password: string,
  metadata: Record<string, string>,
): Promise<InitiateAuthCommandOutput> {
  return client.send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: login, PASSWORD: password },
      ClientMetadata: metadata,
    }),
  );
}

async function outcomeOf(attempt: () => Promise<InitiateAuthCommandOutput>): Promise<Outcome> {
  try {
    const { AuthenticationResult, ChallengeName } = await attempt();
    const { IdToken, AccessToken } = AuthenticationResult ?? {};
    return IdToken && AccessToken
      ? { crossed: true, idToken: IdToken, accessToken: AccessToken }
      : { crossed: false, answer: `challenge ${ChallengeName ?? "without a name"}` };
  } catch (error) {
    return refused(error);
  }
}

/** The first try goes without a code: the app learns that it needs one, and asks for it. */
async function withCode(
  app: App,
  { login, password }: Person,
  code: () => string | Promise<string>,
): Promise<Outcome> {
  return unless(await signIn(app, login, password), "MFA_CODE_REQUIRED", async () =>
    signIn(app, login, password, { mfaCode: await code() }),
  );
}

async function resetAndSignIn(app: App, login: string): Promise<Outcome> {
  const { client, clientId, mailbox } = app;
  const user = { ClientId: clientId, Username: login };
  try {
    await patiently(() => client.send(new ForgotPasswordCommand(user)));
    const code = await mailbox.findCodeFor(login);
    if (code === undefined) return { crossed: false, answer: "no mail" };
    await client.send(
      new ConfirmForgotPasswordCommand({ ...user, ConfirmationCode: code, Password: NEW_PASSWORD }),
    );
  } catch (error) {
    return refused(error);
  }
  return signIn(app, login, NEW_PASSWORD);
}

async function unless(
  first: Outcome,
  expected: string,
  next: () => Promise<Outcome>,
): Promise<Outcome> {
  if (!first.crossed && first.answer.includes(expected)) return next();
  return first.crossed ? { crossed: false, answer: `let in without ${expected}` } : first;
}

function refused(error: unknown): Outcome {
  if (!(error instanceof CognitoIdentityProviderServiceException)) throw error;
  return { crossed: false, answer: `${error.name}: ${error.message}` };
}
