import {
  AdminCreateUserCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  NotAuthorizedException,
  SignUpCommand,
  UserLambdaValidationException,
} from "@aws-sdk/client-cognito-identity-provider";
import { ListTablesCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { brokenAt } from "@carryover/core/placement/entry";
import { published } from "@carryover/events/catalogue";
import { clientsFor } from "@carryover/local/clients";
import { beforeAll, describe, expect, it } from "vitest";
import { givenASubscriber } from "./steps/downstream.ts";
import {
  accountIn,
  cohortDone,
  EU,
  follow,
  groupsIn,
  inGroup,
  ledgerOf,
  lookUp,
  lookUpRaw,
  moveClientIn,
  placed,
  poolIn,
  signInAt,
  US,
  wake,
} from "./steps/homes.ts";
import { operator } from "./steps/operator.ts";
import {
  advanceClock,
  aUser,
  broken,
  configFile,
  eventually,
  givenAStage,
  PASSWORD,
  type TestStage,
} from "./steps/stage.ts";

const DAY_SECONDS = 24 * 60 * 60;

const people = ["ines", "omar", "vera", "lena", "paul", "nora", "rosa", "kurt", "dora", "emil"];
const lines: string[] = [];

const given = givenAStage({
  configFile: configFile("two-regions"),
  onLog: (line) => lines.push(line),
  seed: {
    sources: {
      legacy: {
        pool: { AliasAttributes: ["email"], UsernameAttributes: undefined },
        users: people.map((name) => person(name, ["ines", "kurt"].includes(name) ? "DE" : "US")),
      },
    },
  },
});

function person(name: string, country: string) {
  return {
    ...aUser(`${name}@example.com`, {
      attributes: {
        given_name: `Given-${name}`,
        phone_number: phoneOf(name),
        phone_number_verified: "true",
        "custom:country": country,
      },
    }),
    username: name,
  };
}

function phoneOf(name: string): string {
  return `+4915100000${String(people.indexOf(name)).padStart(3, "0")}`;
}

/** Hears all that is said on the hub in this file. */
let auditor: Awaited<ReturnType<typeof givenASubscriber>>;
beforeAll(async () => {
  auditor = await givenASubscriber(
    given(),
    "auditor",
    published.map(({ name }) => name),
  );
});

describe("somebody who signs in for the first time", () => {
  it("ends where the policy says, in the ledger and on the bus, wherever they start", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-placed", ["UserPlaced"]);

    const { userId, region } = await follow(test, US, "ines@example.com");

    expect(region).toBe(EU);
    const event = await subscriber.first(({ detail }) => detail.data["userId"] === userId);
    expect(event.detail.data).toEqual({
      userId,
      to: EU,
      reason: "europe",
      policyVersion: "1",
    });
    const entries = await ledgerOf(test).history(userId);
    expect(entries).toMatchObject([
      { fact: "placed", home: EU, reason: "europe", policyVersion: 1, seq: 1 },
    ]);
    expect(brokenAt(entries)).toBeUndefined();
    // Nothing of the person was ever made in the other region.
    await expect(accountIn(test, US, "ines@example.com")).resolves.toBeUndefined();
  });
});

describe("the look-up", () => {
  it("leads to the user's own pool, in whatever case the address is typed", async () => {
    const test = given();
    const { userId } = await follow(test, US, "kurt@example.com");
    await placed(test, userId, "placed");
    const pool = poolIn(test, EU);

    const answers = await Promise.all(
      ["kurt@example.com", "KURT@Example.com", "kurt", phoneOf("kurt")].map((login) =>
        lookUp(test, login),
      ),
    );

    for (const answer of answers) {
      expect(answer).toEqual({
        status: 200,
        body: { region: EU, userPoolId: pool.userPoolId, clientId: pool.clientId },
      });
    }
  });

  it("cannot be told for a login that nobody has: the same bytes as for one of the region", async () => {
    const test = given();
    const { userId } = await follow(test, US, "vera@example.com");
    await placed(test, userId, "placed");
    const strangers = Array.from({ length: 16 }, (_, index) => `stranger-${index}@example.com`);
    const answers = await Promise.all(strangers.map((login) => lookUpRaw(test, login)));
    const known = await lookUpRaw(test, "vera@example.com");
    const regions = new Set(
      answers.map(({ text }) => (JSON.parse(text) as { region: string }).region),
    );
    // Any region may be the answer for a login that nobody has, and it stays the same.
    expect(regions).toEqual(new Set([US, EU]));
    await expect(Promise.all(strangers.map((login) => lookUpRaw(test, login)))).resolves.toEqual(
      answers,
    );
    expect(answers.map(({ text }) => text)).toContain(known.text);
  });

  it("refuses what is no look-up, and tells no login in doing so", async () => {
    const test = given();
    const post = (body: string) =>
      fetch(`${test.stage.ready.api}/lookup`, { method: "POST", body });

    for (const body of ["", "[]", "{}", '{"login":""}', '{"login":"a","more":1}']) {
      expect((await post(body)).status).toBe(400);
    }
    const long = await post(JSON.stringify({ login: `secret${"x".repeat(300)}` }));
    expect(long.status).toBe(400);
    await expect(long.text()).resolves.not.toContain("secret");
    expect((await fetch(`${test.stage.ready.api}/lookup?login=a`)).status).toBe(404);
  });
});

describe("the operator's routes", () => {
  it("are for signed requests only", async () => {
    const test = given();
    const url = `${test.stage.ready.api}/placement/users/00000000-0000-4000-8000-000000000000`;

    expect((await fetch(url)).status).toBe(403);
    const signed = await operator(
      test,
      "GET",
      "/placement/users/00000000-0000-4000-8000-000000000000",
    );
    expect(signed.status).toBe(404);
    expect((await operator(test, "GET", "/placement/users/nobody")).status).toBe(400);
  });
});

describe("a path that says more than one thing", () => {
  it("leads nowhere but to the route that the caller may call", async () => {
    const test = given();
    const { userId } = await follow(test, US, "vera@example.com");
    await placed(test, userId, "placed");

    // IAM sees a relocation; a URL parser would see that the user is to be forgotten.
    const path = `/placement/users/${userId}%5Cforget%3F/relocation`;
    const answer = await operator(test, "POST", path, { to: EU });

    expect(answer).toMatchObject({ status: 400, body: { code: "placement.input" } });
    const entries = await ledgerOf(test).history(userId);
    expect(entries.map(({ fact }) => fact)).toEqual(["placed"]);
  });

  it("or names no cohort is refused before the table is asked", async () => {
    const path = `/placement/cohorts/${"a".repeat(3000)}`;
    await expect(operator(given(), "GET", path)).resolves.toMatchObject({
      status: 400,
      body: { code: "placement.input", fields: "cohortId: must be a cohort's ID" },
    });
  });
});

describe("the app client of the moves", () => {
  it("lets nobody sign up as somebody else", async () => {
    const test = given();
    const { client } = poolIn(test, US);
    const clientId = await moveClientIn(test, US);
    const { userId } = await follow(test, US, "kurt@example.com");

    for (const name of ["user_id", "legacy_sub", "legacy_source"]) {
      const signUp = client.send(
        new SignUpCommand({
          ClientId: clientId,
          Username: `thief-${name}`,
          Password: PASSWORD,
          UserAttributes: [
            { Name: "email", Value: `thief-${name}@example.com` },
            { Name: `custom:${name}`, Value: userId },
          ],
        }),
      );

      await expect(signUp, name).rejects.toHaveProperty("name", "NotAuthorizedException");
      await expect(accountIn(test, US, `thief-${name}`), name).resolves.toBeUndefined();
    }
  });
});

describe("somebody who moves", () => {
  it("is taken over at the next sign-in, and stays who they are", async () => {
    const test = given();
    const team = await givenASubscriber(test, "team-moves", [
      "RelocationRequested",
      "UserRelocated",
      "UserMigrated",
    ]);
    const { userId, region } = await follow(test, US, "omar@example.com");
    expect(region).toBe(US);
    await placed(test, userId, "placed");
    await inGroup(test, US, "omar@example.com", "editors");
    const before = await accountIn(test, US, "omar@example.com");

    const asked = await operator(test, "POST", `/placement/users/${userId}/relocation`, { to: EU });
    expect(asked.status).toBe(202);
    const told = await signInAt(test, US, "omar@example.com").catch((error: unknown) => error);
    const after = await follow(test, US, "omar@example.com");

    expect(told).toBeInstanceOf(UserLambdaValidationException);
    expect(told).toHaveProperty(
      "message",
      `PreAuthentication failed with error WRONG_REGION: sign in at ${EU}.`,
    );
    expect(after).toEqual({ userId, region: EU });
    const moved = await accountIn(test, EU, "omar@example.com");
    const { sub: _, ...attributes } = before ?? {};
    expect(moved).toMatchObject(attributes);
    const entry = await placed(test, userId, "relocated");
    expect(entry).toMatchObject({ home: EU, from: US, copies: [{ region: US }] });
    await team.first((event) => event["detail-type"] === "RelocationRequested");
    await team.first((event) => event["detail-type"] === "UserRelocated");
    const crossing = await team.first((event) => event.detail.data["method"] === "relocation");
    expect(crossing.detail.data).toMatchObject({
      userId,
      source: { id: US },
      target: { region: EU },
    });
    await eventually("the groups are there", async () => {
      const names = await groupsIn(test, EU, "omar@example.com");
      return names.includes("editors") ? names : undefined;
    });
    await expect(lookUp(test, "omar@example.com")).resolves.toMatchObject({ body: { region: EU } });

    // During the grace period the old copy is there, and nobody gets in by it.
    await expect(signInAt(test, US, "omar@example.com")).rejects.toThrow(
      `WRONG_REGION: sign in at ${EU}`,
    );
    await wake(test, US, "delete-old-copies");
    await expect(accountIn(test, US, "omar@example.com")).resolves.toBeDefined();

    await advanceClock(test, 31 * DAY_SECONDS);
    await wake(test, US, "delete-old-copies");
    const receipt = await placed(test, userId, "copy-deleted");
    expect(receipt).toMatchObject({ from: US, copies: [], reason: "grace-over" });
    await expect(accountIn(test, US, "omar@example.com")).resolves.toBeUndefined();
    await expect(signInAt(test, EU, "omar@example.com")).resolves.toBe(userId);
    expect(brokenAt(await ledgerOf(test).history(userId))).toBeUndefined();
  });

  it("keeps no session at the old home", async () => {
    const test = given();
    const { client, clientId } = poolIn(test, US);
    const { userId } = await follow(test, US, "dora@example.com");
    await placed(test, userId, "placed");
    const { AuthenticationResult } = await client.send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "dora@example.com", PASSWORD },
      }),
    );
    const refresh = () =>
      client.send(
        new InitiateAuthCommand({
          ClientId: clientId,
          AuthFlow: "REFRESH_TOKEN_AUTH",
          AuthParameters: { REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? "" },
        }),
      );
    await operator(test, "POST", `/placement/users/${userId}/relocation`, { to: EU });
    // Until then the user lives here.
    await expect(refresh()).resolves.toHaveProperty("AuthenticationResult.IdToken");

    await follow(test, US, "dora@example.com");
    const { at } = await placed(test, userId, "relocated");

    await eventually(`a session of before ${at} is over`, () =>
      refresh().then(
        () => undefined,
        (error: unknown) => (error instanceof NotAuthorizedException ? error : undefined),
      ),
    );
  });

  it("stays when the move is cancelled, and when a wrong password is tried at the new home", async () => {
    const test = given();
    const { userId } = await follow(test, US, "lena@example.com");
    await placed(test, userId, "placed");
    await operator(test, "POST", `/placement/users/${userId}/relocation`, { to: EU });

    // A busy machine may not tell in time whether it is wrong, and says so by another error.
    await expect
      .poll(() =>
        signInAt(test, EU, "lena@example.com", "Wrong-Password-1!").catch(
          (error: Error) => error.name,
        ),
      )
      .toBe("NotAuthorizedException");
    await operator(test, "DELETE", `/placement/users/${userId}/relocation`);

    await expect(signInAt(test, US, "lena@example.com")).resolves.toBe(userId);
    await expect(signInAt(test, EU, "lena@example.com")).rejects.toThrow(
      `WRONG_REGION: sign in at ${US}`,
    );
    const entries = await ledgerOf(test).history(userId);
    expect(entries.map(({ fact }) => fact)).toEqual([
      "placed",
      "relocation-requested",
      "relocation-cancelled",
    ]);
  });
});

describe("a cohort", () => {
  it("of listed users is asked to move, with progress, and once", async () => {
    const test = given();
    const users = [];
    for (const name of ["paul", "nora"]) {
      const { userId } = await follow(test, US, `${name}@example.com`);
      await placed(test, userId, "placed");
      users.push(userId);
    }
    const unknown = "00000000-0000-4000-8000-000000000000";

    const started = await operator(test, "POST", "/placement/cohorts", {
      userIds: [...users, unknown],
      to: EU,
    });
    const { cohortId } = started.body as { cohortId: string };
    const done = await cohortDone(test, cohortId);

    expect(done.regions).toContainEqual(
      expect.objectContaining({ region: US, seen: 3, moving: 2, unknown: 1 }),
    );
    for (const userId of users) await placed(test, userId, "relocation-requested");
    await wake(test, US, "advance-cohorts");
    for (const userId of users) {
      const entries = await ledgerOf(test).history(userId);
      expect(entries.filter(({ fact }) => fact === "relocation-requested")).toHaveLength(1);
    }
  });

  it("by the policy places everybody who was there before it, and finds whose attributes changed", async () => {
    const test = given();
    const { client, userPoolId } = poolIn(test, US);
    const { User } = await client.send(
      new AdminCreateUserCommand({
        UserPoolId: userPoolId,
        Username: "early",
        MessageAction: "SUPPRESS",
        UserAttributes: [
          { Name: "email", Value: "early@example.com" },
          { Name: "email_verified", Value: "true" },
          { Name: "custom:country", Value: "FR" },
        ],
      }),
    );
    expect(User?.Username).toBe("early");

    const { body } = await operator(test, "POST", "/placement/cohorts", { by: "policy" });
    const { regions } = await cohortDone(test, (body as { cohortId: string }).cohortId);

    expect(regions.map(({ region }) => region).toSorted()).toEqual([EU, US]);
    await expect(lookUp(test, "early@example.com")).resolves.toMatchObject({
      body: { region: EU },
    });
  });
});

describe("placement", () => {
  it("leaves no message that nobody could handle", async () => {
    const test = given();
    const { queues } = test.stage.ready;
    const dead = Object.keys(queues).filter((name) =>
      /^(place|advance|delete).*DeadLetter$/.test(name),
    );
    expect(dead).toHaveLength(6);
    expect(lines.filter((line) => line.includes("event not handled"))).toEqual([]);
  });

  it("keeps a failing message for later, and places the user once it is sent again", async () => {
    const test = given();
    const { endpoint, queues } = test.stage.ready;
    const mend = await broken(endpoint, {
      service: "cognito-idp",
      userPoolId: poolIn(test, US).userPoolId,
      operation: "AdminGetUser",
      effect: { kind: "throttle" },
    });
    const { userId } = await follow(test, US, "rosa@example.com");
    const deadLetter = await eventually("a dead letter", async () => {
      const { Messages = [] } = await test.clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queues["placeUserUsEast1DeadLetter"] }),
      );
      return Messages[0];
    });
    await mend();
    await expect(ledgerOf(test).recent(userId)).resolves.toEqual([]);

    await test.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: queues["placeUserUsEast1"],
        MessageBody: deadLetter.Body,
      }),
    );

    await expect(placed(test, userId, "placed")).resolves.toMatchObject({ home: US });
  });

  it("keeps all that identifies somebody in the pool of their home, and nowhere else", async () => {
    const test = given();
    const { stage } = test;
    // Somebody is there, moved or not, and whose traces there would be.
    const { userId } = await follow(test, US, "ines@example.com");
    await lookUp(test, "ines@example.com");
    const secrets = [PASSWORD, ...people.flatMap(tracesOf)];
    const told = (text: string) =>
      secrets.filter((secret) => text.toLowerCase().includes(secret.toLowerCase()));

    const places: Record<string, string> = {
      "the events": JSON.stringify(await auditor.all()),
      "the logs": lines.join("\n"),
      "what the stage kept of invocations": await textOf(
        `${stage.ready.endpoint}/_local/invocations`,
      ),
      "the mails": await textOf(stage.ready.mailbox),
    };
    for (const region of [US, EU]) {
      places[`the tables of ${region}`] = await tablesOf(test, region);
      places[`the queues of ${region}`] = await queuesOf(test, region);
    }
    // The search finds what is there: the ids are, and the pool of the home has all of it.
    expect(places["the events"]).toContain(userId);
    expect(places[`the tables of ${US}`]).toContain(userId);
    expect(places["the logs"]).not.toBe("");
    const homes = JSON.stringify(await usersIn(test, EU));
    expect(told(homes)).toEqual(expect.arrayContaining(tracesOf("ines")));

    for (const [place, text] of Object.entries(places)) expect(told(text), place).toEqual([]);
    const others = JSON.stringify(await usersIn(test, US));
    for (const name of ["ines", "kurt", "omar"]) {
      for (const trace of tracesOf(name)) expect(others).not.toContain(trace);
    }
  });
});

function tracesOf(name: string): string[] {
  return [`${name}@example.com`, `Given-${name}`, phoneOf(name)];
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}

async function tablesOf({ stage }: TestStage, region: string): Promise<string> {
  const { dynamodb } = clientsFor(stage.ready.endpoint, region);
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
  const items = [];
  for (const TableName of TableNames) {
    for await (const page of paginateScan({ client: dynamodb }, { TableName }))
      items.push(page.Items);
  }
  return JSON.stringify(items);
}

async function queuesOf({ stage }: TestStage, region: string): Promise<string> {
  const { sqs } = clientsFor(stage.ready.endpoint, region);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand());
  const bodies = [];
  for (const QueueUrl of QueueUrls) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    bodies.push(...Messages.map(({ Body }) => Body));
  }
  return JSON.stringify(bodies);
}

async function usersIn(test: TestStage, region: string) {
  const { client, userPoolId } = poolIn(test, region);
  const { Users } = await client.send(new ListUsersCommand({ UserPoolId: userPoolId, Limit: 60 }));
  return Users;
}
