import { createHmac } from "node:crypto";
import {
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { type Clients, clientsFor } from "@carryover/local/clients";
import type { Stage } from "@carryover/local/stage";
import pLimit from "p-limit";
import { mailboxAt } from "./mailbox.ts";
import type { Person } from "./population.ts";
import {
  type App,
  NEW_PASSWORD,
  type Outcome,
  patiently,
  signIn,
  signInOnce,
  visit,
} from "./visitor.ts";

export interface Played {
  readonly person: Person;
  readonly outcome: Outcome;
}

export interface Everyone {
  readonly people: readonly Played[];
  /** People whom no old pool knew, who sign up. */
  readonly newcomers: readonly Outcome[];
  /** Strangers who try to sign up with a login that an old pool holds: the answers they got. */
  readonly squatters: readonly string[];
  /** What somebody got who tried to change the user ID with an own access token. */
  readonly forgery: string;
}

const AT_ONCE = 4;
const NEWCOMERS = 5;
const SQUATTERS = 3;

/** Everybody visits; those who come while the old pool is down come first. */
export async function playEveryone(
  stage: Stage,
  clients: Clients,
  people: readonly Person[],
  onVisit: (kind: string) => void,
): Promise<Everyone> {
  const app = appOf(stage, clients);
  const played: Played[] = [];
  const done = (person: Person, outcome: Outcome) => {
    played.push({ person, outcome });
    onVisit(person.kind);
  };
  const unlucky = people.filter(({ journey }) => journey === "source-down");
  for (const person of unlucky) done(person, await visitWhileDown(app, stage, person));

  const limit = pLimit(AT_ONCE);
  await Promise.all(
    people.map((person) =>
      limit(async () => {
        const { journey } = person;
        if (journey !== "source-down") done(person, await visit(app, person, journey));
      }),
    ),
  );
  const held = people.filter(({ kind }) => kind === "disabled in the old pool");
  const newcomers = [];
  for (let index = 1; index <= NEWCOMERS; index++) newcomers.push(await signUp(app, index));
  return {
    people: played,
    newcomers,
    squatters: await Promise.all(held.slice(0, SQUATTERS).map(({ login }) => squat(app, login))),
    forgery: await forge(app, newcomers[0]),
  };
}

function appOf(stage: Stage, { cognito }: Clients): App {
  const { ready, sources } = stage;
  const home = ready.targets.find(({ region }) => region === ready.region);
  const legacy = sources.get("legacy");
  if (!home || !legacy) throw new Error("the demo's stage lacks its home pool or its legacy pool");
  const old = clientsFor(ready.endpoint, legacy.region).cognito;
  return {
    client: cognito,
    clientId: home.clientId,
    mailbox: mailboxAt(ready.mailbox),
    guessInSource: async (login) => {
      const hash = createHmac("sha256", legacy.secret?.value ?? "")
        .update(login + legacy.clientId)
        .digest("base64");
      await old
        .send(
          new InitiateAuthCommand({
            ClientId: legacy.clientId,
            AuthFlow: "USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME: login, PASSWORD: "a-guess", SECRET_HASH: hash },
          }),
        )
        // A guess is meant to fail: the lock that follows is what counts.
        .catch(() => undefined);
    },
  };
}

/** The old pool does not answer: the person is told to try again, does so when it is back, and crosses. */
async function visitWhileDown(app: App, stage: Stage, person: Person): Promise<Outcome> {
  const faults = `${stage.ready.endpoint}/_local/faults`;
  const userPoolId = stage.sources.get("legacy")?.userPoolId;
  const fault = { service: "cognito-idp", userPoolId, effect: { kind: "cut-off" } };
  await fetch(faults, { method: "POST", body: JSON.stringify(fault) });
  const first = await signInOnce(app, person.login, person.password);
  await fetch(faults, { method: "DELETE" });
  if (first.crossed || !first.answer.includes("TRY_AGAIN_LATER")) {
    return { crossed: false, answer: "was not told to try again" };
  }
  return visit(app, person, "sign-in");
}

async function signUp(app: App, index: number): Promise<Outcome> {
  const { client, clientId, mailbox } = app;
  const login = `newcomer.${index}@example.net`;
  const user = { ClientId: clientId, Username: login };
  const UserAttributes = [{ Name: "email", Value: login }];
  await patiently(() =>
    client.send(new SignUpCommand({ ...user, Password: NEW_PASSWORD, UserAttributes })),
  );
  await client.send(
    new ConfirmSignUpCommand({ ...user, ConfirmationCode: await mailbox.codeFor(login) }),
  );
  return signIn(app, login, NEW_PASSWORD);
}

function squat({ client, clientId }: App, login: string): Promise<string> {
  const UserAttributes = [{ Name: "email", Value: login }];
  const user = { ClientId: clientId, Username: login, Password: NEW_PASSWORD };
  return answerOf(patiently(() => client.send(new SignUpCommand({ ...user, UserAttributes }))));
}

function forge({ client }: App, somebody: Outcome | undefined): Promise<string> {
  if (!somebody?.crossed) return Promise.resolve("nobody to try it");
  return answerOf(
    client.send(
      new UpdateUserAttributesCommand({
        AccessToken: somebody.accessToken,
        UserAttributes: [{ Name: "custom:user_id", Value: "00000000-0000-4000-8000-000000000000" }],
      }),
    ),
  );
}

/** What somebody was told who should have been refused. */
async function answerOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "let through";
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
