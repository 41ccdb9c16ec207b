import { AdminCreateUserCommand } from "@aws-sdk/client-cognito-identity-provider";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeReplayCommand,
  ListArchivesCommand,
  PutEventsCommand,
  StartReplayCommand,
} from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { UserId } from "@carryover/core/kernel/ids";
import { resumeMail } from "@carryover/core/onboarding/resume-mail";
import type { Person } from "@carryover/core/onboarding/schema";
import { onboardingStore } from "@carryover/core/onboarding/store";
import { clientsFor } from "@carryover/local/clients";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { givenASubscriber } from "./steps/downstream.ts";
import { allMails, firstMailTo, mailsTo } from "./steps/mailbox.ts";
import { oldSub, signIn } from "./steps/sign-in.ts";
import {
  advanceClock,
  aUser,
  broken,
  configFile,
  eventually,
  givenAStage,
  type TestStage,
} from "./steps/stage.ts";

const BOUNCING = "bounce+bob@simulator.amazonses.com";
const logged: string[] = [];

const given = givenAStage({
  configFile: configFile("onboarding"),
  onLog: (line) => logged.push(line),
  seed: {
    sources: {
      legacy: {
        users: [
          aUser("anna@example.com", { attributes: { locale: "de-AT", given_name: "Anna" } }),
          aUser("sms@example.com", {
            smsMfa: true,
            attributes: { phone_number: "+15550100", phone_number_verified: "true", locale: "es" },
          }),
          aUser("unproved@example.com", { attributes: { email_verified: "false" } }),
          aUser(BOUNCING),
          aUser("outage@example.com"),
          aUser("throttled@example.com"),
          aUser("redriven@example.com"),
          aUser("abroad@example.com"),
        ],
      },
    },
  },
});

beforeAll(async () => {
  // Before anything is said.
  await everything(given());
});

describe("a person who crossed", () => {
  it("gets one welcome mail, in their language, however often they sign in", async () => {
    const test = given();

    await signIn(test, "anna@example.com");
    const mail = await firstMailTo(test, "anna@example.com");
    await signIn(test, "anna@example.com");
    await signIn(test, "anna@example.com");
    await firstSaid(test, "OnboardingMailSent", await userIdOf(test, "anna@example.com"));

    expect(mail.subject).toBe("Ihr Konto bei Example ist umgezogen");
    expect(mail.text).toContain("Guten Tag Anna,");
    expect(mail.html).toContain('lang="de"');
    expect(await mailsTo(test, "anna@example.com")).toHaveLength(1);
  });

  it("is asked to set up a second factor that could not cross", async () => {
    const test = given();

    await signIn(test, "sms@example.com");
    const mails = await eventually("two mails", async () => {
      const found = await mailsTo(test, "sms@example.com");
      return found.length >= 2 ? found : undefined;
    });

    const subjects = mails.map(({ subject }) => subject);
    expect(new Set(subjects)).toEqual(
      new Set([
        "Su cuenta de Example se ha trasladado",
        "Vuelva a configurar el acceso en dos pasos de Example",
      ]),
    );
    expect(subjects).toHaveLength(2);
  });

  it("gets none at an address that nobody proved, and the event says why", async () => {
    const test = given();

    await signIn(test, "unproved@example.com");
    const userId = await userIdOf(test, "unproved@example.com");
    const failed = await firstSaid(test, "OnboardingMailFailed", userId);

    expect(failed.detail.data).toEqual({
      userId,
      template: "welcome",
      reason: "address_not_verified",
    });
    expect(await mailsTo(test, "unproved@example.com")).toEqual([]);
  });

  it("is written to from the region of their own pool", async () => {
    const test = given();
    const abroad = test.stage.ready.targets.find(({ region }) => region === "eu-central-1");
    if (!abroad) throw new Error("no pool in eu-central-1");
    const there = {
      ...test,
      target: abroad,
      clients: clientsFor(test.stage.ready.endpoint, abroad.region),
    };

    await signIn(there, "abroad@example.com");
    await firstMailTo(test, "abroad@example.com");

    const requests = await fetch(`${test.stage.ready.endpoint}/_local/requests`);
    const counts = (await requests.json()) as {
      operation: string;
      region: string;
      count: number;
    }[];
    expect(
      counts.filter((one) => one.operation === "SendEmail" && one.region === "eu-central-1"),
    ).toMatchObject([{ count: 1 }]);
  });
});

describe("a person who is invited", () => {
  it("gets the invitation once, whichever campaign asks", async () => {
    const test = given();
    const { User } = await test.clients.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: test.target.userPoolId,
        Username: "guest@example.com",
        MessageAction: "SUPPRESS",
        UserAttributes: [
          { Name: "email", Value: "guest@example.com" },
          { Name: "email_verified", Value: "true" },
        ],
      }),
    );
    const sub = User?.Attributes?.find(({ Name }) => Name === "sub")?.Value ?? "";
    const userId = "00000000-0000-4000-8000-000000000042";
    const target = { poolId: test.target.userPoolId, region: test.target.region, sub };

    for (const campaignId of ["spring", "spring", "autumn"]) {
      await put(test, "UserInvited", { userId, campaignId, target });
    }
    const mail = await firstMailTo(test, "guest@example.com");
    await firstSaid(test, "OnboardingMailSent", userId);

    expect(mail.subject).toBe("Your Example account is ready in its new place");
    expect(await mailsTo(test, "guest@example.com")).toHaveLength(1);
  });
});

describe("a mail that bounces", () => {
  it("ends in a person who cannot be reached, until an operator says that they can", async () => {
    const test = given();
    const { target } = test;

    await signIn(test, BOUNCING);
    const userId = await userIdOf(test, BOUNCING);
    const { detail } = await firstSaid(test, "UserCannotBeReached", userId);

    expect(detail.data).toEqual({ userId, region: "us-east-1", reason: "bounce" });
    const store = onboardingStore(
      DynamoDBDocumentClient.from(test.clients.dynamodb),
      test.stage.ready.tables["onboarding"] ?? "",
    );
    const known = (fits: (person: Person) => boolean) =>
      eventually("the state", async () => {
        const found = await store.find(UserId.parse(userId));
        return found && fits(found) ? found : undefined;
      });
    const { account } = await known(({ unreachable }) => unreachable === "bounce");

    await put(test, "UserInvited", {
      userId,
      campaignId: "autumn",
      target: { poolId: target.userPoolId, region: target.region, sub: account?.username },
    });
    const failed = await firstSaid(test, "OnboardingMailFailed", userId);
    const operator = { by: "arn:aws:iam::000000000000:user/local", reason: "mailbox made" };
    const deps = { store, clock: test.stage.services.clock.now };
    const resumed = await resumeMail(deps, UserId.parse(userId), operator);
    await advanceClock(test, 60);

    expect(failed.detail.data).toMatchObject({ reason: "cannot_be_reached" });
    expect(resumed).toEqual({ isLifted: true, dueAgain: ["invitation"] });
    // It goes out, and comes back as the first did: that is news.
    const { reachNotes } = await known((person) => person.reachNotes.length === 3);
    expect(reachNotes.map(({ what }) => what)).toEqual(["bounce", "lifted", "bounce"]);
  });
});

describe("while the mail service", () => {
  let mend = async () => {};
  afterEach(() => mend());

  it("is out of reach, mails wait, and go out once it is back", async () => {
    const test = given();
    const { endpoint } = test.stage.ready;
    mend = await broken(endpoint, { service: "ses", effect: { kind: "cut-off" } });

    await signIn(test, "outage@example.com");
    await eventually("a try", async () =>
      logged.some((line) => line.includes("quota_unknown")) ? true : undefined,
    );
    await advanceClock(test, 6 * 60 * 60);
    const during = await mailsTo(test, "outage@example.com");
    await mend();
    await advanceClock(test, 60);

    expect(during).toEqual([]);
    await firstMailTo(test, "outage@example.com");
    await firstSaid(test, "OnboardingMailSent", await userIdOf(test, "outage@example.com"));
    expect(await mailsTo(test, "outage@example.com")).toHaveLength(1);
  });

  it("throttles, a mail is tried again", async () => {
    const test = given();
    const fault = {
      service: "ses",
      operation: "SendEmail",
      effect: { kind: "throttle" },
      times: 1,
    };
    mend = await broken(test.stage.ready.endpoint, fault);

    await signIn(test, "throttled@example.com");
    await eventually("a refusal", async () =>
      logged.some((line) => line.includes("TooManyRequestsException")) ? true : undefined,
    );
    await advanceClock(test, 120);

    await firstMailTo(test, "throttled@example.com");
    expect(await mailsTo(test, "throttled@example.com")).toHaveLength(1);
  });
});

describe("what was said before", () => {
  it("is not acted on again when the bus replays it", async () => {
    const test = given();
    const { events } = test.clients;
    await signIn(test, "anna@example.com");
    await firstMailTo(test, "anna@example.com");
    const before = await allMails(test);
    const { Archives: [archive] = [] } = await events.send(new ListArchivesCommand({}));
    const replay = { ReplayName: "again" };
    await events.send(
      new StartReplayCommand({
        ...replay,
        EventSourceArn: archive?.EventSourceArn?.replace(
          /event-bus.*/,
          `archive/${archive.ArchiveName}`,
        ),
        EventStartTime: new Date(0),
        EventEndTime: new Date("2100-01-01T00:00:00Z"),
        Destination: { Arn: archive?.EventSourceArn },
      }),
    );
    const done = await eventually("the replay", async () => {
      const { State } = await events.send(new DescribeReplayCommand(replay));
      return State === "COMPLETED" || State === "FAILED" ? State : undefined;
    });
    // Behind all that was replayed: once this one is handled, so are those.
    await eventually("a sign-in", () =>
      // The stage is busy with the replay: an app tries again, as it is told to.
      signIn(test, "redriven@example.com").catch(() => undefined),
    );
    await firstMailTo(test, "redriven@example.com");

    expect(done).toBe("COMPLETED");
    const after = (await allMails(test)).filter(({ to }) => to !== "redriven@example.com");
    expect(after).toHaveLength(before.length);
  });

  it("is sent from the service's dead-letter queue by a redrive, once", async () => {
    const test = given();
    const { clients, stage } = test;
    const queues = stage.ready.queues;
    const userId = "00000000-0000-4000-8000-000000000043";
    const { User } = await clients.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: test.target.userPoolId,
        Username: "dead@example.com",
        MessageAction: "SUPPRESS",
        UserAttributes: [
          { Name: "email", Value: "dead@example.com" },
          { Name: "email_verified", Value: "true" },
        ],
      }),
    );
    const sub = User?.Attributes?.find(({ Name }) => Name === "sub")?.Value;
    const mend = await broken(stage.ready.endpoint, {
      service: "dynamodb",
      operation: "PutItem",
      effect: { kind: "cut-off" },
    });

    await put(test, "UserInvited", {
      userId,
      campaignId: "c",
      target: { poolId: test.target.userPoolId, region: test.target.region, sub },
    });
    const deadLetter = await eventually("a dead letter", async () => {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queues["onboardingDeadLetter"] }),
      );
      return Messages.find(({ Body }) => Body?.includes(userId));
    });
    await mend();
    expect(await mailsTo(test, "dead@example.com")).toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      await clients.sqs.send(
        new SendMessageCommand({ QueueUrl: queues["onboarding"], MessageBody: deadLetter.Body }),
      );
    }

    await firstMailTo(test, "dead@example.com");
    await firstSaid(test, "OnboardingMailSent", userId);
    expect(await mailsTo(test, "dead@example.com")).toHaveLength(1);
  });

  it("holds no address: not in a log, an event or a table", async () => {
    const test = given();
    const { dynamodb } = test.clients;
    const items = await Promise.all(
      Object.values(test.stage.ready.tables).map(async (TableName) => {
        const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName }));
        return JSON.stringify(Items);
      }),
    );
    const events = await (await everything(test)).all();

    expect(logged.length).toBeGreaterThan(10);
    expect(items.join("")).toContain("welcome");
    expect(events.length).toBeGreaterThan(10);
    for (const text of [...logged, ...items, ...events.map((event) => JSON.stringify(event))]) {
      expect(text).not.toMatch(/@(example\.com|simulator)|bounce\+/);
    }
  });
});

/** Everything that was ever said, as another team's queue has it. */
let subscriber: ReturnType<typeof givenASubscriber> | undefined;
function everything(test: TestStage): ReturnType<typeof givenASubscriber> {
  subscriber ??= givenASubscriber(test, "team-onboarding", [
    "UserMigrated",
    "UserSignedIn",
    "OnboardingMailSent",
    "OnboardingMailFailed",
    "UserCannotBeReached",
  ]);
  return subscriber;
}

async function firstSaid(test: TestStage, name: string, userId: string) {
  const heard = await everything(test);
  return heard.first(
    (event) => event["detail-type"] === name && event.detail.data["userId"] === userId,
    name,
  );
}

function userIdOf(test: TestStage, login: string): Promise<string> {
  return oldSub(test, "legacy", login);
}

async function put({ clients, stage }: TestStage, name: string, data: object): Promise<void> {
  const metadata = {
    id: crypto.randomUUID(),
    version: 1,
    occurredAt: new Date().toISOString(),
    correlationId: crypto.randomUUID(),
    stage: "local",
    region: stage.ready.region,
  };
  await clients.events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: stage.ready.busName,
          Source: "carryover",
          DetailType: name,
          Detail: JSON.stringify({ metadata, data }),
        },
      ],
    }),
  );
}
