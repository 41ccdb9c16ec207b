import { describe, expect, it } from "vitest";
import { deploymentWith, OLD_SUB, sourceNamed } from "../../test/deployment.ts";
import {
  challengeOf,
  type ScriptedSource,
  scriptedSource,
  signedIn,
} from "../../test/scripted-source.ts";
import type { MigrationInput } from "../config/schema.ts";
import type { OutgoingEvent } from "../events/event.ts";
import type { SourceAnswer } from "./answer.ts";
import { deadlineIn } from "./deadline.ts";
import type { MigrationDeps } from "./deps.ts";
import type { KeptChallenge, MfaSessions } from "./mfa-session-store.ts";
import { forgotPasswordFromSource, signInFromSource } from "./migrate-user.ts";
import { Refusal } from "./refusal.ts";
import type { PoolUser, UserLookup } from "./source.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const LOGIN = "alice@example.com";
const PASSWORD = "Correct-Horse-1";
const attempt = { login: LOGIN, password: PASSWORD, mfaCode: undefined };
const notFound: UserLookup = { outcome: "user-not-found" };

const alice = (over: Partial<PoolUser> = {}): PoolUser => ({
  username: "alice",
  sub: OLD_SUB,
  enabled: true,
  status: "CONFIRMED",
  hasSecondFactor: false,
  attributes: { email: LOGIN, email_verified: "true", name: "Alice", sub: OLD_SUB },
  ...over,
});
const found = (user: PoolUser = alice()): UserLookup => ({ outcome: "found", user });
/** Answers as Cognito does to one password, and to nothing else. */
const knows = (answer: SourceAnswer, login = LOGIN) => ({
  authenticate: (typed: string, password: string): SourceAnswer =>
    typed === login && password === PASSWORD ? answer : { outcome: "rejected" },
  getUser: () => found(),
});

/** Keeps sessions as the store does; the store itself is tested on a real table. */
function sessionsOf(kept: Map<string, KeptChallenge>): MfaSessions {
  return {
    async keep(owner, challenge) {
      kept.set(JSON.stringify(owner), challenge);
    },
    async open(owner) {
      return kept.get(JSON.stringify(owner));
    },
    async forget(owner) {
      kept.delete(JSON.stringify(owner));
    },
  };
}

function given(
  sources: readonly ScriptedSource[],
  config: Partial<MigrationInput> = {},
  over: Partial<MigrationDeps> = {},
) {
  const events: OutgoingEvent[] = [];
  const counted: string[] = [];
  const kept = new Map<string, KeptChallenge>();
  const looked: string[] = [];
  const deps: MigrationDeps = {
    deployment: deploymentWith({ sources: sources.map(({ id }) => sourceNamed(id)), ...config }),
    transform: undefined,
    sources,
    target: {
      poolId: "us-east-1_New",
      region: "us-east-1",
      async findUser(username) {
        looked.push(username);
        return notFound;
      },
    },
    mfaSessions: sessionsOf(kept),
    async publish(said) {
      events.push(...said);
    },
    count: (metric, dimensions = {}) => {
      counted.push([metric, ...Object.values(dimensions)].join(" "));
    },
    clock: () => NOW,
    deadline: deadlineIn(4200, () => NOW),
    ...over,
  };
  return { deps, events, counted, kept, looked };
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return "no refusal";
}

const own = {
  "custom:user_id": OLD_SUB,
  "custom:legacy_sub": OLD_SUB,
  "custom:legacy_source": "legacy",
};
const created = {
  userAttributes: { email: LOGIN, email_verified: "true", name: "Alice", ...own },
  finalUserStatus: "CONFIRMED",
  messageAction: "SUPPRESS",
};

describe("a sign-in with the old password", () => {
  it("creates the user, says so, and takes the source's tokens back", async () => {
    const legacy = scriptedSource("legacy", knows(signedIn(alice())));
    const { deps, events, counted } = given([legacy]);
    expect(await signInFromSource(deps, attempt)).toEqual(created);
    expect(legacy.calls).toContain("revoke");
    expect(counted).toEqual(["MigrationDecision create CONFIRMED"]);
    expect(events).toMatchObject([
      {
        name: "UserMigrated",
        detail: {
          metadata: { occurredAt: "2026-11-22T10:00:00.000Z", stage: "test", region: "us-east-1" },
          data: {
            userId: OLD_SUB,
            method: "password",
            source: { id: "legacy", poolId: "us-east-1_legacy", region: "us-east-1", sub: OLD_SUB },
            target: { poolId: "us-east-1_New", region: "us-east-1" },
            mfa: "none",
          },
        },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain("username");
  });

  it("gives the same answer and the same event again", async () => {
    const { deps, events } = given([scriptedSource("legacy", knows(signedIn(alice())))]);
    expect(await signInFromSource(deps, attempt)).toEqual(await signInFromSource(deps, attempt));
    expect(events).toHaveLength(2);
    expect(events[0]).toEqual(events[1]);
  });

  it("succeeds though the event is lost and the tokens cannot be taken back", async () => {
    const legacy = scriptedSource("legacy", {
      ...knows(signedIn(alice())),
      revoke: () => Promise.reject(new Error("no")),
    });
    const publish = () => Promise.reject(new Error("no"));
    const { deps, counted } = given([legacy], {}, { publish });
    expect(await signInFromSource(deps, attempt)).toEqual(created);
    expect(counted).toContain("UserMigratedNotPublished");
    expect(counted).toContain("SourceTokensNotRevoked legacy");
  });

  it("has taken the tokens back when it answers: a frozen function does nothing more", async () => {
    let isDone = false;
    const revoke = () =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          isDone = true;
          resolve();
        }, 20);
      });
    const legacy = scriptedSource("legacy", { ...knows(signedIn(alice())), revoke });
    await signInFromSource(given([legacy]).deps, attempt);
    expect(isDone).toBe(true);
  });

  it("takes the tokens back of a user who may not cross, too", async () => {
    const user = alice({ attributes: { email: "other@example.com" } });
    const legacy = scriptedSource("legacy", {
      ...knows(signedIn(user)),
      getUser: () => found(user),
    });
    const { deps, counted } = given([legacy]);
    expect(await signInFromSource(deps, attempt)).toBeUndefined();
    expect(legacy.calls).toContain("revoke");
    expect(counted).toEqual(["MigrationDecision generic login-not-usable"]);
  });

  it("counts what the new pool cannot hold and what it will miss", async () => {
    const user = alice({ attributes: { email: LOGIN, "custom:hobby": "x" } });
    const legacy = scriptedSource("legacy", {
      ...knows(signedIn(user)),
      getUser: () => found(user),
    });
    const { deps, counted } = given([legacy], {
      target: { requiredAttributes: ["email", "name"] },
    });
    expect(await signInFromSource(deps, attempt)).toBeDefined();
    expect(counted).toContain("AttributesDropped custom:hobby unknown-to-target");
    expect(counted).toContain("RequiredAttributeMissing name");
  });
});

describe("how many calls a good sign-in makes", () => {
  const list = { attributes: { copy: ["email", "name"] } };
  it.each([
    [
      "one, when the ID token tells all of the list and the flags",
      list,
      ["email", "email_verified", "name"],
      [],
    ],
    [
      "two, when the client may not read a name of the list",
      list,
      ["email", "email_verified"],
      ["getUser alice"],
    ],
    [
      "two, when the client may not read a verified flag",
      list,
      ["email", "name"],
      ["getUser alice"],
    ],
    [
      "two, with copy all: the token never tells that an attribute is not there",
      {},
      ["email", "email_verified", "name"],
      ["getUser alice"],
    ],
  ] as const)("%s", async (_, config, readable, second) => {
    const legacy = scriptedSource("legacy", knows(signedIn(alice(), readable)));
    const { deps } = given([legacy], config as Partial<MigrationInput>);
    expect(await signInFromSource(deps, attempt)).toEqual(created);
    expect(legacy.calls.filter((call) => call !== "revoke")).toEqual([
      `authenticate ${LOGIN}`,
      ...second,
    ]);
  });

  it("tells nobody that an account is fine whose second call failed", async () => {
    const legacy = scriptedSource("legacy", {
      ...knows(signedIn(alice())),
      getUser: () => ({ outcome: "unavailable", reason: "timeout" }),
    });
    const { deps } = given([legacy]);
    expect(await refusalOf(signInFromSource(deps, attempt))).toMatch(/^TRY_AGAIN_LATER: /);
  });
});

describe("several sources", () => {
  const rejected: SourceAnswer = { outcome: "rejected" };
  const good = () => knows(signedIn(alice()));
  it.each([
    ["wrong password or hidden unknown user", { outcome: "rejected" }, true],
    ["no such user", { outcome: "user-not-found" }, true],
    ["an account that nobody confirmed", { outcome: "not-confirmed" }, true],
    ["a reset that was asked for", { outcome: "reset-required" }, true],
    ["throttled", { outcome: "unavailable", reason: "throttled" }, false],
    ["gone", { outcome: "unavailable", reason: "gone" }, false],
    ["a misconfigured client", challengeOf("CUSTOM_CHALLENGE", "s"), false],
  ] as const)("after %s the next one is asked: %#", async (_, answer, isAsked) => {
    const first = scriptedSource("first", { authenticate: () => answer as SourceAnswer });
    const second = scriptedSource("second", good());
    const { deps } = given([first, second]);
    await refusalOf(signInFromSource(deps, attempt));
    expect(first.calls).toEqual([`authenticate ${LOGIN}`]);
    expect(second.calls.includes(`authenticate ${LOGIN}`)).toBe(isAsked);
  });

  it("does not ask the next one after a right password", async () => {
    const first = scriptedSource("first", good());
    const second = scriptedSource("second", good());
    const { deps } = given([first, second]);
    expect(await signInFromSource(deps, attempt)).toBeDefined();
    expect(second.calls).toEqual([]);
  });

  it("falls back to the reset that one of them asks for", async () => {
    const first = scriptedSource("first", { authenticate: () => ({ outcome: "not-confirmed" }) });
    const second = scriptedSource("second", {
      authenticate: () => ({ outcome: "reset-required" }),
      getUser: () => found(),
    });
    const third = scriptedSource("third", { authenticate: () => rejected });
    const { deps } = given([first, second, third]);
    expect(await signInFromSource(deps, attempt)).toMatchObject({
      finalUserStatus: "RESET_REQUIRED",
    });
    expect(third.calls).toHaveLength(1);
  });

  it("counts which source could not be asked, and whether somebody has to mend it", async () => {
    const denied = scriptedSource("legacy", {
      authenticate: () => ({ outcome: "unavailable", reason: "denied" }),
    });
    const { deps, counted } = given([denied]);
    expect(await refusalOf(signInFromSource(deps, attempt))).toMatch(/^TRY_AGAIN_LATER: /);
    expect(counted).toEqual([
      "MigrationDecision try-again-later denied",
      "SourceUnavailable legacy denied",
      "SourceMisconfigured legacy",
    ]);
  });

  it("gives an alias user the source's username only if it is free in the new pool", async () => {
    const target = { signIn: { aliasAttributes: ["email" as const] } };
    const free = given([scriptedSource("first"), scriptedSource("second", good())], { target });
    expect((await signInFromSource(free.deps, attempt))?.userAttributes).toMatchObject({
      username: "alice",
      email: LOGIN,
    });
    expect(free.looked).toEqual(["alice"]);
    expect(free.events[0]?.detail.data).not.toHaveProperty("target.username");

    const findUser = async (): Promise<UserLookup> => found();
    const taken = given(
      [scriptedSource("first"), scriptedSource("second", good())],
      { target },
      {
        target: { poolId: "us-east-1_New", region: "us-east-1", findUser },
      },
    );
    expect((await signInFromSource(taken.deps, attempt))?.userAttributes["username"]).toBe(OLD_SUB);
    expect(taken.events[0]?.detail.data).toHaveProperty("target.username", OLD_SUB);

    // An administrator may have made that user, or the pool may have been there before.
    const alone = given([scriptedSource("legacy", good())], { target });
    expect((await signInFromSource(alone.deps, attempt))?.userAttributes["username"]).toBe("alice");
    expect(alone.looked).toEqual(["alice"]);
  });
});

describe("the case of a login", () => {
  const typed = { ...attempt, login: "Alice@Example.com" };
  const good = () => knows(signedIn(alice()), LOGIN);
  it("is tried as typed, then once in lower case where only the source tells cases apart", async () => {
    const legacy = scriptedSource("legacy", { ...good(), caseSensitive: true });
    const { deps } = given([legacy]);
    expect((await signInFromSource(deps, typed))?.userAttributes["email"]).toBe(
      "Alice@Example.com",
    );
    expect(legacy.calls.slice(0, 2)).toEqual([
      "authenticate Alice@Example.com",
      `authenticate ${LOGIN}`,
    ]);
  });
  it("is tried as typed only, where the new pool tells cases apart, too", async () => {
    const legacy = scriptedSource("legacy", { ...good(), caseSensitive: true });
    const { deps } = given([legacy], { target: { caseSensitive: true } });
    expect(await signInFromSource(deps, typed)).toBeUndefined();
    expect(legacy.calls).toEqual(["authenticate Alice@Example.com"]);
  });
});

describe("a second factor in the source", () => {
  const RIGHT = "123456";
  const srp = { USER_ID_FOR_SRP: "alice" };
  const source = (name: string, parameters = {}) => {
    let session = 0;
    return scriptedSource("legacy", {
      ...knows({ outcome: "rejected" }),
      authenticate: (_, password) =>
        password === PASSWORD
          ? challengeOf(name, `session-${++session}`, { ...srp, ...parameters })
          : { outcome: "rejected" },
      respond: (challenge, responses) => {
        if (responses["ANSWER"]) return challengeOf(responses["ANSWER"], `chosen-${session}`);
        if (challenge.session === "ended") return { outcome: "rejected" };
        return Object.values(responses).includes(RIGHT)
          ? signedIn(alice())
          : { outcome: "code-wrong" };
      },
    });
  };
  const withCode = (mfaCode: string) => ({ ...attempt, mfaCode });

  it("of an authenticator passes at once with its code", async () => {
    const legacy = source("SOFTWARE_TOKEN_MFA");
    const { deps, events, kept } = given([legacy]);
    expect(await signInFromSource(deps, withCode(RIGHT))).toEqual(created);
    expect(legacy.calls.slice(0, 2)).toEqual([
      `authenticate ${LOGIN}`,
      `respond SOFTWARE_TOKEN_MFA alice SOFTWARE_TOKEN_MFA_CODE=${RIGHT}`,
    ]);
    expect(legacy.calls).toContain("revoke");
    expect(events).toMatchObject([{ detail: { data: { mfa: "verified" } } }]);
    expect(kept.size).toBe(0);
  });

  it.each([
    ["SMS_MFA", "SMS_MFA_CODE"],
    ["EMAIL_OTP", "EMAIL_OTP_CODE"],
    ["SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE"],
  ])("%s asks for the code, and answers the very same challenge with it", async (name, field) => {
    const legacy = source(name);
    const { deps, events, kept } = given([legacy]);
    expect(await refusalOf(signInFromSource(deps, attempt))).toMatch(/^MFA_CODE_REQUIRED: /);
    expect(events).toEqual([]);
    expect(await signInFromSource(deps, withCode(RIGHT))).toEqual(created);
    expect(legacy.calls.filter((call) => !/^(getUser|revoke)/.test(call))).toEqual([
      `authenticate ${LOGIN}`,
      `respond ${name} alice ${field}=${RIGHT}`,
    ]);
    expect(kept.size).toBe(0);
    expect(events).toMatchObject([{ detail: { data: { mfa: "verified" } } }]);
  });

  it("takes a wrong code for no more than that, and the next one without a new message", async () => {
    const legacy = source("SMS_MFA");
    const { deps, events } = given([legacy]);
    await refusalOf(signInFromSource(deps, attempt));
    expect(await refusalOf(signInFromSource(deps, withCode("000000")))).toMatch(
      /^MFA_CODE_WRONG: /,
    );
    expect(events).toEqual([]);
    expect(await signInFromSource(deps, withCode(RIGHT))).toEqual(created);
    expect(legacy.calls.filter((call) => call.startsWith("authenticate"))).toHaveLength(1);
  });

  it("of an authenticator takes a right code after a wrong first one", async () => {
    const legacy = source("SOFTWARE_TOKEN_MFA");
    const { deps } = given([legacy]);
    expect(await refusalOf(signInFromSource(deps, withCode("000000")))).toMatch(
      /^MFA_CODE_WRONG: /,
    );
    expect(await signInFromSource(deps, withCode(RIGHT))).toEqual(created);
    expect(legacy.calls.filter((call) => call.startsWith("authenticate"))).toHaveLength(1);
  });

  it("ignores a code for a message that was not sent before", async () => {
    const legacy = source("SMS_MFA");
    const { deps } = given([legacy]);
    expect(await refusalOf(signInFromSource(deps, withCode(RIGHT)))).toMatch(
      /^MFA_CODE_REQUIRED: /,
    );
    expect(legacy.calls).toEqual([`authenticate ${LOGIN}`]);
  });

  it("starts again when the source's session has ended", async () => {
    const legacy = source("SMS_MFA");
    const { deps, kept } = given([legacy]);
    await refusalOf(signInFromSource(deps, attempt));
    const [owner = "", challenge] = [...kept][0] ?? [];
    kept.set(owner, { name: "SMS_MFA", username: "alice", ...challenge, session: "ended" });
    expect(await refusalOf(signInFromSource(deps, withCode(RIGHT)))).toMatch(
      /^MFA_CODE_REQUIRED: /,
    );
    expect(await signInFromSource(deps, withCode(RIGHT))).toEqual(created);
    expect(legacy.calls.filter((call) => call.startsWith("authenticate"))).toHaveLength(2);
  });

  it.each([
    ['["SMS_MFA","SOFTWARE_TOKEN_MFA"]', "SOFTWARE_TOKEN_MFA"],
    ['["EMAIL_OTP","SMS_MFA"]', "SMS_MFA"],
    ['["EMAIL_OTP"]', "EMAIL_OTP"],
  ])("of several the best is chosen: %s", async (offered, chosen) => {
    const legacy = source("SELECT_MFA_TYPE", { MFAS_CAN_CHOOSE: offered });
    const { deps } = given([legacy]);
    expect(await refusalOf(signInFromSource(deps, attempt))).toMatch(/^MFA_CODE_REQUIRED: /);
    expect(legacy.calls.at(-1)).toBe(`respond SELECT_MFA_TYPE alice ANSWER=${chosen}`);
    expect(await signInFromSource(deps, withCode(RIGHT))).toEqual(created);
    expect(legacy.calls).toContain(`respond ${chosen} alice ${chosen}_CODE=${RIGHT}`);
  });

  it("is not asked about with a wrong password", async () => {
    const legacy = source("SMS_MFA");
    const { deps } = given([legacy]);
    await refusalOf(signInFromSource(deps, attempt));
    expect(
      await signInFromSource(deps, { ...withCode(RIGHT), password: "Wrong-1" }),
    ).toBeUndefined();
    expect(legacy.calls.at(-1)).toBe(`authenticate ${LOGIN}`);
  });

  it("passes without the table as well", async () => {
    const broken = () => Promise.reject(new Error("table"));
    const mfaSessions = { keep: broken, open: broken, forget: broken };
    const { deps, counted } = given([source("SOFTWARE_TOKEN_MFA")], {}, { mfaSessions });
    expect(await refusalOf(signInFromSource(deps, attempt))).toMatch(/^MFA_CODE_REQUIRED: /);
    expect(await signInFromSource(deps, withCode(RIGHT))).toEqual(created);
    expect(counted).toContain("MfaSessionStoreFailed");
  });

  it("is set up again with re-enrol, and ends the sign-in with refuse", async () => {
    const reenrol = given([source("SMS_MFA")], { mfa: "re-enrol" });
    expect(await signInFromSource(reenrol.deps, attempt)).toEqual(created);
    expect(reenrol.events).toMatchObject([{ detail: { data: { mfa: "reenrol" } } }]);
    const refuse = given([source("SMS_MFA")], { mfa: "refuse" });
    expect(await signInFromSource(refuse.deps, attempt)).toBeUndefined();
    expect(refuse.counted).toEqual(["MigrationDecision generic mfa-refused"]);
  });
});

describe("an address that the crossing account never verified", () => {
  const unproved = () => alice({ attributes: { email: LOGIN, sub: OLD_SUB } });
  const stranger = () =>
    scriptedSource("stranger", {
      ...knows(signedIn(unproved())),
      getUser: () => found(unproved()),
    });
  const crossing = async (owner: UserLookup) => {
    const sources = [scriptedSource("owner", { getUser: () => owner }), stranger()];
    const { deps, counted } = given(sources, { attributes: { copy: ["email"] } });
    const answer = await refusalOf(
      signInFromSource(deps, attempt).then((made) => {
        throw new Error(made ? "crossed" : "generic");
      }),
    ).catch((error: Error) => error.message);
    return { answer, counted };
  };

  it("is not taken from somebody who did, in another source", async () => {
    const { answer, counted } = await crossing(found());
    expect(answer).toBe("generic");
    expect(counted).toContain("MigrationDecision generic proved-elsewhere");
  });

  it.each([
    ["has no such user", notFound],
    ["has the address unverified, too", found(unproved())],
  ])("crosses when the other source %s", async (_, owner) => {
    expect((await crossing(owner)).answer).toBe("crossed");
  });

  it("waits when the other source cannot be asked", async () => {
    const { answer } = await crossing({ outcome: "unavailable", reason: "throttled" });
    expect(answer).toMatch(/^TRY_AGAIN_LATER: /);
  });
});

describe("a forgotten password", () => {
  it("asks no source where it must not take users over", async () => {
    const legacy = scriptedSource("legacy", { getUser: () => found() });
    const { deps, counted } = given([legacy], { forgotPassword: "refuse" });
    expect(await forgotPasswordFromSource(deps, { login: LOGIN })).toBeUndefined();
    expect(legacy.calls).toEqual([]);
    expect(counted).toEqual(["MigrationDecision generic forgot-password-off"]);
  });

  it.each([
    ["a confirmed user", {}, "create RESET_REQUIRED"],
    ["a disabled one", { enabled: false }, "generic disabled"],
    ["an unconfirmed one", { status: "UNCONFIRMED" }, "generic not-confirmed"],
    ["a federated one", { status: "EXTERNAL_PROVIDER" }, "generic federated"],
    [
      "one without a verified contact",
      { attributes: { email: LOGIN } },
      "generic no-verified-contact",
    ],
  ])("of %s", async (_, over, decision) => {
    const legacy = scriptedSource("legacy", { getUser: () => found(alice(over)) });
    const { deps, counted, events } = given([legacy]);
    const answer = await forgotPasswordFromSource(deps, { login: LOGIN });
    expect(counted).toContain(`MigrationDecision ${decision}`);
    expect(answer?.finalUserStatus).toBe(
      decision.startsWith("create") ? "RESET_REQUIRED" : undefined,
    );
    expect(events).toHaveLength(answer ? 1 : 0);
    expect(legacy.calls).toEqual([`getUser ${LOGIN}`]);
  });

  it("is looked for in every source until one can let the user cross", async () => {
    const first = scriptedSource("first", { getUser: () => found(alice({ enabled: false })) });
    const second = scriptedSource("second", { getUser: () => found() });
    const { deps, events, counted } = given([first, second]);
    expect(await forgotPasswordFromSource(deps, { login: LOGIN })).toBeDefined();
    expect(events).toMatchObject([
      { detail: { data: { method: "forgot_password", source: { id: "second" } } } },
    ]);
    expect(counted).toEqual(["MigrationDecision create RESET_REQUIRED"]);
  });

  it("is looked for once more in lower case", async () => {
    const getUser = (name: string) => (name === LOGIN ? found() : notFound);
    const legacy = scriptedSource("legacy", { getUser, caseSensitive: true });
    const { deps } = given([legacy]);
    expect(await forgotPasswordFromSource(deps, { login: "Alice@example.com" })).toBeDefined();
    expect(legacy.calls).toEqual(["getUser Alice@example.com", `getUser ${LOGIN}`]);
  });

  it("is asked for later when a source cannot be asked, and never of the next one", async () => {
    const first = scriptedSource("first", {
      getUser: () => ({ outcome: "unavailable", reason: "server" }),
    });
    const second = scriptedSource("second", { getUser: () => found() });
    const { deps } = given([first, second]);
    expect(await refusalOf(forgotPasswordFromSource(deps, { login: LOGIN }))).toMatch(
      /^TRY_AGAIN_LATER: /,
    );
    expect(second.calls).toEqual([]);
  });
});

describe("what leaves the migration", () => {
  const answers: SourceAnswer[] = [
    signedIn(alice()),
    { outcome: "rejected" },
    { outcome: "user-not-found" },
    { outcome: "not-confirmed" },
    { outcome: "reset-required" },
    { outcome: "unavailable", reason: "throttled" },
    ...[
      "SMS_MFA",
      "SOFTWARE_TOKEN_MFA",
      "NEW_PASSWORD_REQUIRED",
      "MFA_SETUP",
      "CUSTOM_CHALLENGE",
    ].map((name) => challengeOf(name, "source-session")),
  ];
  it.each(answers.map((answer) => [answer] as const))(
    "holds neither login nor password, code, session or token: %#",
    async (answer) => {
      const legacy = scriptedSource("legacy", {
        authenticate: () => answer,
        getUser: () => found(),
      });
      const { deps, events, counted } = given([legacy]);
      const refusal = await refusalOf(signInFromSource(deps, { ...attempt, mfaCode: "424242" }));
      const said = JSON.stringify({ events, counted, refusal });
      expect(counted.length).toBeGreaterThan(0);
      for (const secret of [LOGIN, "alice", PASSWORD, "424242", "source-session", "refresh-token"])
        expect(said.toLowerCase()).not.toContain(secret.toLowerCase());
    },
  );
});
