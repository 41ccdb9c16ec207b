import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  type CreateUserPoolClientCommandInput,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MINUTE, PASSWORD, pool, refusal, type Served, serve, type TriggerEvent } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

interface Ids {
  UserPoolId: string;
  ClientId: string;
}
interface Entry {
  challengeName: string;
  challengeResult: boolean;
}
type Define = (session: Entry[]) => object;

const ISSUE = { issueTokens: true, failAuthentication: false };
const FAIL = { issueTokens: false, failAuthentication: true };
const ask = (challengeName: string) => ({
  challengeName,
  issueTokens: false,
  failAuthentication: false,
});

/** One right answer to a custom challenge, three tries. */
const byAnswer: Define = (session) => {
  const last = session.at(-1);
  if (last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult) return ISSUE;
  return session.length >= 3 ? FAIL : ask("CUSTOM_CHALLENGE");
};

/** The password first, then the custom challenge. */
const passwordThenAnswer: Define = (session) => {
  const last = session.at(-1);
  if (last?.challengeName === "SRP_A") return ask("PASSWORD_VERIFIER");
  if (last?.challengeName === "PASSWORD_VERIFIER" && last.challengeResult) {
    return ask("CUSTOM_CHALLENGE");
  }
  return byAnswer(session.slice(2));
};

let count = 0;

/** A pool whose custom challenge is right when answered with "sesame". */
async function customPool(
  define: Define = byAnswer,
  client: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<Ids> {
  count += 1;
  const answer = (event: TriggerEvent, response: object) => ({ ...event, response });
  return pool(
    served,
    {
      LambdaConfig: {
        DefineAuthChallenge: served.fn(`define-${count}`, (event) =>
          answer(event, define(event.request.session as Entry[])),
        ),
        CreateAuthChallenge: served.fn(`create-${count}`, (event) =>
          answer(event, {
            publicChallengeParameters: { hint: "open …" },
            privateChallengeParameters: { word: "sesame" },
            challengeMetadata: `ROUND-${(event.request.session as Entry[]).length + 1}`,
          }),
        ),
        VerifyAuthChallengeResponse: served.fn(`verify-${count}`, (event) =>
          answer(event, {
            answerCorrect:
              event.request.challengeAnswer ===
              (event.request.privateChallengeParameters as { word: string }).word,
          }),
        ),
        PreAuthentication: served.fn(`pre-${count}`, (event) => event),
        PostAuthentication: served.fn(`post-${count}`, (event) => event),
        PreTokenGeneration: served.fn(`token-${count}`, (event) => event),
      },
    },
    {
      ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      ...client,
    },
  );
}

async function user({ UserPoolId }: Ids, Username: string, permanent = true): Promise<void> {
  await served.sdk().send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: "SUPPRESS",
      TemporaryPassword: "Temp-Horse-1",
      UserAttributes: [{ Name: "email", Value: `${Username}@example.com` }],
    }),
  );
  if (!permanent) return;
  await served.sdk().send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username,
      Password: PASSWORD,
      Permanent: true,
    }),
  );
}

function start({ ClientId }: Ids, USERNAME: string, more: Record<string, string> = {}) {
  return served.sdk().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "CUSTOM_AUTH",
      AuthParameters: { USERNAME, ...more },
      ClientMetadata: { from: "start" },
    }),
  );
}

function reply(
  { ClientId }: Ids,
  { Session }: Pick<InitiateAuthCommandOutput, "Session">,
  USERNAME: string,
  ANSWER: string,
) {
  return served.sdk().send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: "CUSTOM_CHALLENGE",
      Session,
      ChallengeResponses: { USERNAME, ANSWER },
      ClientMetadata: { from: "reply" },
    }),
  );
}

/** The events of a pool's triggers since `from`, as [source, request]. */
function events(ids: Ids, from: number) {
  return served.invocations
    .slice(from)
    .filter(({ event }) => event.userPoolId === ids.UserPoolId)
    .map(({ event }) => event);
}

describe("CUSTOM_AUTH", () => {
  it("goes from define to create, and from verify to define, with the events of the guide", async () => {
    const ids = await customPool();
    await user(ids, "ann");
    const from = served.invocations.length;
    const challenge = await start(ids, "ann");
    // facts 2.3
    expect(challenge).toMatchObject({
      ChallengeName: "CUSTOM_CHALLENGE",
      ChallengeParameters: { USERNAME: "ann", hint: "open …" },
    });
    expect(JSON.stringify(challenge)).not.toContain("sesame");
    const done = await reply(ids, challenge, "ann", "sesame");
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();

    const seen = events(ids, from);
    // facts 2.1, the order of the triggers
    expect(seen.map(({ triggerSource }) => triggerSource)).toEqual([
      "PreAuthentication_Authentication",
      "DefineAuthChallenge_Authentication",
      "CreateAuthChallenge_Authentication",
      "VerifyAuthChallengeResponse_Authentication",
      "DefineAuthChallenge_Authentication",
      "PostAuthentication_Authentication",
      "TokenGeneration_Authentication",
    ]);
    const [pre, define, create, verify, again, post, token] = seen.map(({ request }) => request);
    // facts 1.2, 2.2: the metadata of InitiateAuth goes to pre authentication only
    expect(pre).toMatchObject({ validationData: { from: "start" } });
    expect(define).toEqual({
      userAttributes: expect.objectContaining({ email: "ann@example.com" }),
      session: [],
    });
    expect(create).toEqual({
      userAttributes: expect.objectContaining({ email: "ann@example.com" }),
      challengeName: "CUSTOM_CHALLENGE",
      session: [],
    });
    expect(verify).toEqual({
      userAttributes: expect.objectContaining({ email: "ann@example.com" }),
      privateChallengeParameters: { word: "sesame" },
      challengeAnswer: "sesame",
      clientMetadata: { from: "reply" },
    });
    expect(again).toMatchObject({
      session: [
        {
          challengeName: "CUSTOM_CHALLENGE",
          challengeResult: true,
          challengeMetadata: "ROUND-1",
        },
      ],
      clientMetadata: { from: "reply" },
    });
    expect(post).toMatchObject({ clientMetadata: { from: "reply" } });
    expect(token).toMatchObject({ clientMetadata: { from: "reply" } });
  });

  it("gives another round in a new session after a wrong answer, as the triggers say", async () => {
    const ids = await customPool();
    await user(ids, "bea");
    const first = await start(ids, "bea");
    const second = await reply(ids, first, "bea", "wrong");
    expect(second.ChallengeName).toBe("CUSTOM_CHALLENGE");
    expect(second.Session).not.toBe(first.Session);
    // facts 2.3: a session is good for one answer, right or wrong
    expect(await refusal(reply(ids, first, "bea", "sesame"))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
    const third = await reply(ids, second, "bea", "wrong");
    expect(await refusal(reply(ids, third, "bea", "wrong"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("lets only one of two equal answers through", async () => {
    const ids = await customPool();
    await user(ids, "cy");
    const challenge = await start(ids, "cy");
    const both = await Promise.allSettled([
      reply(ids, challenge, "cy", "sesame"),
      reply(ids, challenge, "cy", "sesame"),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it.each([
    [undefined, 3],
    [15, 15],
  ])("has sessions that last as long as AuthSessionValidity %s says", async (minutes, lasts) => {
    const ids = await customPool(byAnswer, { AuthSessionValidity: minutes });
    await user(ids, "di");
    const early = await start(ids, "di");
    served.pass(lasts * MINUTE - 10_000);
    expect((await reply(ids, early, "di", "sesame")).AuthenticationResult).toBeDefined();
    const late = await start(ids, "di");
    served.pass(lasts * MINUTE);
    expect(await refusal(reply(ids, late, "di", "sesame"))).toBe(
      "NotAuthorizedException: Invalid session for the user, session is expired.",
    );
  });

  it("is another user's, client's or step's session to nobody", async () => {
    const ids = await customPool();
    const other = await customPool();
    await user(ids, "ed");
    await user(ids, "flo");
    const challenge = await start(ids, "ed");
    const invalid = "NotAuthorizedException: Invalid session for the user.";
    expect(await refusal(reply(ids, challenge, "flo", "sesame"))).toBe(invalid);
    expect(await refusal(reply(other, challenge, "ed", "sesame"))).toBe(invalid);
    const otherStep = served.sdk().send(
      new RespondToAuthChallengeCommand({
        ClientId: ids.ClientId,
        ChallengeName: "SMS_MFA",
        Session: challenge.Session,
        ChallengeResponses: { USERNAME: "ed", SMS_MFA_CODE: "123456" },
      }),
    );
    expect(await refusal(otherStep)).toBe(invalid);
    expect((await reply(ids, challenge, "ed", "sesame")).AuthenticationResult).toBeDefined();
  });

  it("needs the triggers and the flow", async () => {
    const bare = await pool(served, {}, { ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH"] });
    await user(bare, "gus");
    // facts 2.3
    expect(await refusal(start(bare, "gus"))).toBe(
      "InvalidParameterException: Custom auth lambda trigger is not configured for the user pool.",
    );
    const closed = await customPool(byAnswer, { ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] });
    expect(await refusal(start(closed, "gus"))).toMatch(/^InvalidParameterException: /);
  });

  it("fails where the define trigger says nothing that can be done", async () => {
    const ids = await customPool(() => ({}));
    await user(ids, "hal");
    expect(await refusal(start(ids, "hal"))).toMatch(/^InvalidLambdaResponseException: /);
  });

  it("refuses disabled and unconfirmed users before any trigger runs", async () => {
    const ids = await customPool();
    await user(ids, "ida");
    const sdk = served.sdk();
    await sdk.send(new AdminDisableUserCommand({ UserPoolId: ids.UserPoolId, Username: "ida" }));
    await sdk.send(
      new SignUpCommand({ ClientId: ids.ClientId, Username: "jo", Password: PASSWORD }),
    );
    const from = served.invocations.length;
    expect(await refusal(start(ids, "ida"))).toBe("NotAuthorizedException: User is disabled.");
    expect(await refusal(start(ids, "jo"))).toBe(
      "UserNotConfirmedException: User is not confirmed.",
    );
    expect(events(ids, from)).toEqual([]);
  });

  it("is the same for an administrator", async () => {
    const ids = await customPool();
    await user(ids, "kim");
    const challenge = await served.sdk().send(
      new AdminInitiateAuthCommand({
        ...ids,
        AuthFlow: "CUSTOM_AUTH",
        AuthParameters: { USERNAME: "kim" },
      }),
    );
    const done = await served.sdk().send(
      new AdminRespondToAuthChallengeCommand({
        ...ids,
        ChallengeName: "CUSTOM_CHALLENGE",
        Session: challenge.Session,
        ChallengeResponses: { USERNAME: "kim", ANSWER: "sesame" },
      }),
    );
    expect(done.AuthenticationResult?.IdToken).toBeTruthy();
  });
});

describe("CUSTOM_AUTH for a name that nobody has", () => {
  it("runs no trigger under LEGACY", async () => {
    const ids = await customPool();
    const from = served.invocations.length;
    expect(await refusal(start(ids, "nobody"))).toBe("UserNotFoundException: User does not exist.");
    expect(events(ids, from)).toEqual([]);
  });

  it("runs them all with userNotFound under ENABLED, and never gives tokens", async () => {
    const ids = await customPool(byAnswer, { PreventUserExistenceErrors: "ENABLED" });
    await user(ids, "lea");
    const from = served.invocations.length;
    const challenge = await start(ids, "nobody");
    expect(challenge.ChallengeParameters).toEqual({ USERNAME: "nobody", hint: "open …" });
    // The right answer, and a define trigger that forgot about userNotFound.
    expect(await refusal(reply(ids, challenge, "nobody", "sesame"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    const seen = events(ids, from);
    expect(seen.map(({ triggerSource }) => triggerSource.split("_")[0])).toEqual([
      "PreAuthentication",
      "DefineAuthChallenge",
      "CreateAuthChallenge",
      "VerifyAuthChallengeResponse",
      "DefineAuthChallenge",
    ]);
    for (const { request, userName } of seen) {
      expect(request).toMatchObject({ userNotFound: true, userAttributes: {} });
      expect(userName).toBe("nobody");
    }
    const known = served.invocations.length;
    await start(ids, "lea");
    for (const { request } of events(ids, known)) expect(request.userNotFound).toBe(false);
  });
});

describe("CUSTOM_AUTH with amazon-cognito-identity-js", () => {
  type Outcome =
    | { kind: "session"; session: CognitoUserSession }
    | { kind: "custom"; parameters: Record<string, string> }
    | { kind: "new-password" };

  function browserUser({ UserPoolId, ClientId }: Ids, Username: string): CognitoUser {
    const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: served.endpoint });
    const browser = new CognitoUser({ Username, Pool });
    browser.setAuthenticationFlowType("CUSTOM_AUTH");
    return browser;
  }

  function step(
    run: (callbacks: Parameters<CognitoUser["initiateAuth"]>[1]) => void,
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      run({
        onSuccess: (session) => resolve({ kind: "session", session }),
        onFailure: reject,
        customChallenge: (parameters: Record<string, string>) =>
          resolve({ kind: "custom", parameters }),
        newPasswordRequired: () => resolve({ kind: "new-password" }),
      });
    });
  }

  it("signs in without a password", async () => {
    const ids = await customPool();
    await user(ids, "max");
    const browser = browserUser(ids, "max");
    const details = new AuthenticationDetails({ Username: "max" });
    const asked = await step((callbacks) => browser.initiateAuth(details, callbacks));
    expect(asked).toMatchObject({ kind: "custom", parameters: { hint: "open …" } });
    const done = await step((callbacks) => browser.sendCustomChallengeAnswer("sesame", callbacks));
    expect(done.kind).toBe("session");
  });

  it("proves the password first where the flow begins with it", async () => {
    const ids = await customPool(passwordThenAnswer);
    await user(ids, "nia");
    const from = served.invocations.length;
    const browser = browserUser(ids, "nia");
    const details = new AuthenticationDetails({ Username: "nia", Password: PASSWORD });
    const asked = await step((callbacks) => browser.authenticateUser(details, callbacks));
    expect(asked.kind).toBe("custom");
    const done = await step((callbacks) => browser.sendCustomChallengeAnswer("sesame", callbacks));
    expect(done.kind).toBe("session");
    const sessions = events(ids, from)
      .filter(({ triggerSource }) => triggerSource.startsWith("Define"))
      .map(({ request }) =>
        (request.session as Entry[]).map(({ challengeName, challengeResult }) => [
          challengeName,
          challengeResult,
        ]),
      );
    // facts 2.3
    expect(sessions).toEqual([
      [["SRP_A", true]],
      [
        ["SRP_A", true],
        ["PASSWORD_VERIFIER", true],
      ],
      [
        ["SRP_A", true],
        ["PASSWORD_VERIFIER", true],
        ["CUSTOM_CHALLENGE", true],
      ],
    ]);
  });

  it("refuses a wrong password inside the flow, of a user and of nobody alike", async () => {
    const ids = await customPool(passwordThenAnswer, { PreventUserExistenceErrors: "ENABLED" });
    await user(ids, "oda");
    for (const name of ["oda", "nobody"]) {
      const browser = browserUser(ids, name);
      const details = new AuthenticationDetails({ Username: name, Password: "Wrong-Horse-9" });
      const attempt = step((callbacks) => browser.authenticateUser(details, callbacks));
      expect(await refusal(attempt)).toBe(
        "NotAuthorizedException: Incorrect username or password.",
      );
    }
  });

  it("has a temporary password replaced, which ends the flow with tokens", async () => {
    const ids = await customPool(passwordThenAnswer);
    await user(ids, "pam", false);
    const browser = browserUser(ids, "pam");
    const details = new AuthenticationDetails({ Username: "pam", Password: "Temp-Horse-1" });
    const asked = await step((callbacks) => browser.authenticateUser(details, callbacks));
    expect(asked.kind).toBe("new-password");
    const done = await step((callbacks) =>
      browser.completeNewPasswordChallenge(PASSWORD, {}, callbacks),
    );
    expect(done.kind).toBe("session");
  });
});
