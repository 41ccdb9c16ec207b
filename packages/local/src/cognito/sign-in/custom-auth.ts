import {
  invalidParameter,
  notAuthorized,
  passwordResetRequired,
  userNotConfirmed,
  userNotFound,
} from "../errors.ts";
import { required } from "../input.ts";
import { hidesUsers } from "../pools/client-settings.ts";
import type { Client, Ctx, User } from "../state.ts";
import {
  eventAttributes,
  isObject,
  runTrigger,
  triggerArn,
  unrecognizable,
} from "../triggers/triggers.ts";
import { namedUser } from "../users/client-user.ts";
import { challengeOne, isUsable, poolFactors } from "./mfa-challenge.ts";
import { type ChallengeName, openSession } from "./sessions.ts";
import { finishSignIn, preAuthenticate, refuseDisabled, type SignInAttempt } from "./sign-in.ts";
import { challengePassword, checkPublicKey } from "./srp-challenge.ts";

/** One entry of a trigger's `session`, oldest first: facts/cognito.md 2.3. */
interface ChallengeResult {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  readonly challengeMetadata: string | null;
}

/** What a custom flow carries from step to step. */
export interface CustomFlow {
  /** As the user typed it: the triggers' `userName` where nobody has the name. */
  readonly name: string;
  readonly results: readonly ChallengeResult[];
  /** The client's SRP_A, where the flow began with the password. */
  readonly srpA?: string;
  /** Of the challenge that waits for its answer. */
  readonly secrets?: Record<string, string>;
  readonly metadata?: string | null;
}

/** One step of a custom flow. */
interface Step {
  readonly client: Client;
  /** Absent where nobody has the name and the client hides that. */
  readonly user: User | undefined;
  readonly flow: CustomFlow;
  /** Absent at InitiateAuth, whose metadata does not get here: facts/cognito.md 2.2. */
  readonly clientMetadata: Record<string, string> | undefined;
}

type ChallengeTrigger =
  | "DefineAuthChallenge"
  | "CreateAuthChallenge"
  | "VerifyAuthChallengeResponse";

/** Begins CUSTOM_AUTH. @throws AwsError as the flow's triggers and the state of the user decide */
export async function startCustom(ctx: Ctx, attempt: SignInAttempt): Promise<object> {
  const { client, parameters, metadata } = attempt;
  const name = required(parameters, "USERNAME");
  const user = namedUser(client, name, parameters.SECRET_HASH);
  if (user === undefined && !hidesUsers(client.settings)) throw userNotFound();
  if (triggerArn(client.pool, "DefineAuthChallenge") === undefined) throw notConfigured();
  const srpA = startingKey(parameters);
  if (srpA !== undefined) checkPublicKey(srpA);
  if (user !== undefined) {
    refuseDisabled(user);
    if (user.status === "UNCONFIRMED") throw userNotConfirmed();
    if (user.status === "RESET_REQUIRED") throw passwordResetRequired();
  }
  await preAuthenticate(ctx, client, user ?? name, metadata);
  const flow: CustomFlow =
    srpA === undefined ? { name, results: [] } : { name, results: [passed("SRP_A")], srpA };
  return define(ctx, { client, user, flow, clientMetadata: undefined });
}

function notConfigured() {
  return invalidParameter("Custom auth lambda trigger is not configured for the user pool.");
}

/** Clients say `CHALLENGE_NAME`, the API model `ChallengeName`: facts/cognito.md 2.3. */
function startingKey(parameters: Record<string, string>): string | undefined {
  const first = parameters.CHALLENGE_NAME ?? parameters.ChallengeName;
  if (first === "SRP_A") return required(parameters, "SRP_A");
  return first === undefined ? parameters.SRP_A : undefined;
}

function passed(challengeName: string): ChallengeResult {
  return { challengeName, challengeResult: true, challengeMetadata: null };
}

/** Goes on with a flow after a built-in challenge that the user has passed. */
export function continueCustom(ctx: Ctx, step: Step, challenge: ChallengeName): Promise<object> {
  const flow = { ...step.flow, results: [...step.flow.results, passed(challenge)] };
  return define(ctx, { ...step, flow });
}

/** Takes the answer to a CUSTOM_CHALLENGE, whose session the caller has closed. */
export async function answerCustom(ctx: Ctx, step: Step, answer: string): Promise<object> {
  const { secrets = {}, metadata = null } = step.flow;
  const response = await runChallengeTrigger(
    ctx,
    step,
    "VerifyAuthChallengeResponse",
    { privateChallengeParameters: secrets, challengeAnswer: answer },
    { answerCorrect: null },
  );
  const result = {
    challengeName: "CUSTOM_CHALLENGE",
    challengeResult: response.answerCorrect === true,
    challengeMetadata: metadata,
  };
  const { name, results, srpA } = step.flow;
  const flow = {
    name,
    results: [...results, result],
    ...(srpA !== undefined && { srpA }),
  };
  return define(ctx, { ...step, flow });
}

/** Asks the define trigger what comes next, and does it. */
async function define(ctx: Ctx, step: Step): Promise<object> {
  const response = await runChallengeTrigger(
    ctx,
    step,
    "DefineAuthChallenge",
    { session: step.flow.results },
    { challengeName: null, issueTokens: null, failAuthentication: null },
  );
  if (response.failAuthentication === true) throw notAuthorized();
  const { client, user, clientMetadata } = step;
  if (response.issueTokens === true) {
    // Nobody is there to give tokens to, whatever the trigger says.
    if (user === undefined) throw notAuthorized();
    return finishSignIn(ctx, { client, user, clientMetadata });
  }
  switch (response.challengeName) {
    case "CUSTOM_CHALLENGE":
      return create(ctx, step, response.challengeName);
    case "PASSWORD_VERIFIER": {
      const { srpA } = step.flow;
      if (srpA === undefined) throw unrecognizable();
      return challengePassword(ctx, {
        client,
        user: user ?? step.flow.name,
        srpA,
        custom: step.flow,
      });
    }
    case "SMS_MFA":
    case "SOFTWARE_TOKEN_MFA":
    case "EMAIL_OTP": {
      const factor = response.challengeName;
      if (user === undefined) throw notAuthorized();
      const offered = poolFactors(client.pool).includes(factor) && isUsable(user, factor);
      if (!offered) throw unrecognizable();
      return challengeOne(ctx, { client, user, clientMetadata, custom: step.flow }, factor);
    }
    default:
      throw unrecognizable();
  }
}

async function create(ctx: Ctx, step: Step, challengeName: string): Promise<object> {
  const { client, user, flow } = step;
  const response = await runChallengeTrigger(
    ctx,
    step,
    "CreateAuthChallenge",
    { challengeName, session: flow.results },
    { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
  );
  const metadata = response.challengeMetadata;
  return {
    ChallengeName: challengeName,
    Session: openSession(ctx, {
      challenge: "CUSTOM_CHALLENGE",
      client,
      ...(user === undefined ? { name: flow.name } : { user }),
      custom: {
        ...flow,
        secrets: texts(response.privateChallengeParameters),
        metadata: typeof metadata === "string" ? metadata : null,
      },
    }),
    ChallengeParameters: {
      USERNAME: user?.username ?? flow.name,
      ...texts(response.publicChallengeParameters),
    },
  };
}

/** A map of strings; null and absent are empty. @throws AwsError InvalidLambdaResponseException */
function texts(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw unrecognizable();
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== "string") throw unrecognizable();
      return [key, text];
    }),
  );
}

/** @throws AwsError InvalidParameterException where the pool lacks the trigger; the trigger's own errors */
async function runChallengeTrigger(
  ctx: Ctx,
  { client, user, flow, clientMetadata }: Step,
  name: ChallengeTrigger,
  request: object,
  response: object,
): Promise<Record<string, unknown>> {
  const answer = await runTrigger(ctx, client.pool, {
    name,
    source: `${name}_Authentication`,
    userName: user?.username ?? flow.name,
    clientId: client.id,
    request: {
      userAttributes: user === undefined ? {} : eventAttributes(user),
      ...request,
      ...(clientMetadata !== undefined && { clientMetadata }),
      ...(hidesUsers(client.settings) && { userNotFound: user === undefined }),
    },
    response,
  });
  if (answer === undefined) throw notConfigured();
  return answer;
}
