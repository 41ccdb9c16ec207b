import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  aPoolUser,
  givenDue,
  LOST,
  mailing,
  REFUSED,
  region,
  START_EPOCH_MS,
  TAKEN_UNHEARD,
  THROTTLED,
} from "../../test/mail.ts";
import { newOnboardingStore } from "../../test/onboarding-table.ts";
import { newSub, userId } from "../../test/person.ts";
import { type Engine, startDynalite } from "../../test/tables.ts";
import { noteSent } from "./commands.ts";
import { sendDueMails, UNKNOWN_FATE_MS } from "./send-due.ts";
import type { OnboardingStore } from "./store.ts";

let engine: Engine;
let store: OnboardingStore;
beforeAll(async () => {
  engine = await startDynalite();
});
beforeEach(async () => {
  store = await newOnboardingStore(engine.client);
});
afterAll(() => engine.stop());

const HOUR_MS = 60 * 60_000;
const key = { userId: userId(1), template: "welcome" as const };

describe("a mail that is due", () => {
  it("is sent, said and done with", async () => {
    const test = mailing(store);
    await givenDue(store);

    await sendDueMails(test.sending);

    expect(test.taken).toMatchObject([{ ...key, to: "somebody@example.com" }]);
    expect(test.sent()).toMatchObject([
      { data: key, metadata: { correlationId: "request", causationId: "event" } },
    ]);
    expect(await store.findMail(key)).toMatchObject({ state: "sent" });
    expect(await store.listOpen(region, "announce", "9999", 10)).toEqual([]);
  });

  it("is sent once by two that send at the same moment", async () => {
    const test = mailing(store);
    for (let n = 1; n <= 5; n += 1) await givenDue(store, n);

    await Promise.all([sendDueMails(test.sending), sendDueMails(test.sending)]);

    expect(new Set(test.taken.map((mail) => mail.userId)).size).toBe(5);
    expect(test.taken).toHaveLength(5);
  });

  it("is said by the next run, with the same id, when nobody would take the event", async () => {
    const test = mailing(store);
    await givenDue(store);
    const broken = {
      ...test.sending,
      publish: async () => {
        throw new Error("no bus");
      },
    };

    await expect(sendDueMails(broken)).rejects.toThrow("no bus");
    await sendDueMails(test.sending);
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(1);
    expect(test.sent()).toHaveLength(1);
  });

  it.each([
    ["address_not_verified", { email_verified: "false" }],
    ["no_address", { email: "" }],
  ] as const)("is given up for %s, once", async (reason, attributes) => {
    const test = mailing(store);
    test.state.user = () => aPoolUser(attributes);
    await givenDue(store);

    await sendDueMails(test.sending);
    await sendDueMails(test.sending);

    expect(test.taken).toEqual([]);
    expect(test.failed()).toMatchObject([{ data: { ...key, reason } }]);
  });

  it("is given up for somebody who cannot be reached", async () => {
    const test = mailing(store);
    await givenDue(store);
    await store.markUnreachable(userId(1), "complaint", {
      eventId: "complaint",
      at: "2026-11-22T10:00:00.000Z",
    });

    await sendDueMails(test.sending);

    expect(test.taken).toEqual([]);
    expect(test.failed()).toMatchObject([{ data: { reason: "cannot_be_reached" } }]);
    expect(await store.find(userId(1))).toMatchObject({ unreachable: "complaint" });
  });
});

describe("what holds mails back", () => {
  it("is a pool that does not answer, for as long as it does not", async () => {
    const test = mailing(store);
    test.state.user = () => "no-answer";
    await givenDue(store);

    await sendDueMails(test.sending);
    expect(test.taken).toEqual([]);
    test.state.user = () => aPoolUser();
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(1);
  });

  it("is a pool that may not be read, for its own mails alone: the others go out", async () => {
    const test = mailing(store);
    const refusing = newSub(1);
    test.state.user = (username) => (username === refusing ? "refused" : aPoolUser());
    for (let n = 1; n <= 3; n += 1) await givenDue(store, n);

    await sendDueMails(test.sending);
    expect(test.taken.map((mail) => mail.userId).toSorted()).toEqual([userId(2), userId(3)]);
    expect(test.counted).toContain("OnboardingMailWaits");
    test.state.user = () => aPoolUser();
    await sendDueMails(test.sending);
    expect(test.taken).toHaveLength(2);
    test.later(60_000);
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(3);
  });

  it("is a pool that may not be read for a day: then its mail is given up", async () => {
    const test = mailing(store);
    test.state.user = () => "refused";
    await givenDue(store);

    for (let hour = 0; hour < 24; hour += 1) {
      await sendDueMails(test.sending);
      test.later(HOUR_MS);
    }
    expect(test.failed()).toEqual([]);
    for (let hour = 0; hour < 4; hour += 1) {
      await sendDueMails(test.sending);
      test.later(HOUR_MS);
    }

    expect(test.taken).toEqual([]);
    expect(test.failed()).toMatchObject([{ data: { ...key, reason: "pool_refused" } }]);
  });

  it("is a mail service that cannot be asked for its quota: nothing is claimed", async () => {
    const test = mailing(store);
    test.state.quota = undefined;
    await givenDue(store);

    await sendDueMails(test.sending);

    expect(test.taken).toEqual([]);
    expect(await store.findMail(key)).toMatchObject({ state: "due", attempts: 0 });
    expect(test.counted).toContain("OnboardingMailWaits");
  });

  it("is throttling: the mail goes out after a minute", async () => {
    const test = mailing(store, [THROTTLED]);
    await givenDue(store);

    await sendDueMails(test.sending);
    await sendDueMails(test.sending);
    expect(test.taken).toEqual([]);
    test.later(60_000);
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(1);
  });

  it("is the account's day: the rest goes out when the quota allows", async () => {
    const test = mailing(store);
    test.state.quota = { perDay: 10, sentInLastDay: 7, perSecond: 100, enabled: true };
    for (let n = 1; n <= 5; n += 1) await givenDue(store, n);

    await sendDueMails(test.sending);
    expect(test.taken).toHaveLength(3);
    test.state.quota = { perDay: 10, sentInLastDay: 3, perSecond: 100, enabled: true };
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(5);
  });

  it("is the account's rate", async () => {
    const test = mailing(store);
    test.state.quota = { perDay: -1, sentInLastDay: 0, perSecond: 2, enabled: true };
    const seconds: number[] = [];
    const noting = {
      ...test.sending,
      mailerOf: () => ({
        quota: async () => test.state.quota,
        send: async () => {
          seconds.push(Math.floor((test.state.nowEpochMs - START_EPOCH_MS) / 1000));
          return { outcome: "accepted" as const, messageId: "m" };
        },
      }),
    };
    for (let n = 1; n <= 6; n += 1) await givenDue(store, n);

    await sendDueMails(noting);

    expect(seconds).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it("is a rate that all workers share", async () => {
    const takes = Array.from({ length: 9 }, () => store.takePlace(region, 1_795_000_000, 4));

    expect((await Promise.all(takes)).filter(Boolean)).toHaveLength(4);
    await expect(store.takePlace(region, 1_795_000_001, 4)).resolves.toBe(true);
  });

  it("is a refusal of the mail itself, four times: then it is given up", async () => {
    const test = mailing(store, [REFUSED, REFUSED, REFUSED, REFUSED, REFUSED]);
    await givenDue(store);

    for (let run = 0; run < 6; run += 1) {
      await sendDueMails(test.sending);
      test.later(HOUR_MS);
    }

    expect(test.taken).toEqual([]);
    expect(test.failed()).toMatchObject([{ data: { ...key, reason: "rejected" } }]);
  });

  it("is the end of the run: it says that there is more", async () => {
    const test = mailing(store);
    for (let n = 1; n <= 3; n += 1) await givenDue(store, n);
    let left = 2;
    const short = { ...test.sending, timeLeftMs: () => (left-- > 0 ? 60_000 : 0) };

    expect(await sendDueMails(short)).toEqual({ isMoreDue: true });
    expect(await sendDueMails(test.sending)).toEqual({ isMoreDue: false });
    expect(test.taken).toHaveLength(3);
  });
});

describe("a mail of unknown fate", () => {
  it("is not sent again within the hour, and is sent again after it", async () => {
    const test = mailing(store, [LOST]);
    await givenDue(store);

    await sendDueMails(test.sending);
    test.later(UNKNOWN_FATE_MS - 1);
    await sendDueMails(test.sending);
    expect(test.taken).toEqual([]);
    test.later(1);
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(1);
    expect(test.counted).toContain("OnboardingMailRepeated");
  });

  it("is never sent again once the mail service has reported it", async () => {
    const test = mailing(store, [TAKEN_UNHEARD]);
    await givenDue(store);

    await sendDueMails(test.sending);
    const metadata = {
      id: "e",
      version: 1,
      occurredAt: "2026-11-22T10:00:00.000Z",
      correlationId: "c",
      stage: "test",
      region: "eu-central-1",
    };
    await noteSent(test.onboarding, { metadata, data: key });
    test.later(2 * UNKNOWN_FATE_MS);
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(1);
    expect(await store.findMail(key)).toMatchObject({ state: "sent" });
  });

  it("is the same when the sender dies between the answer and its note", async () => {
    const test = mailing(store);
    await givenDue(store);
    const dying = {
      ...test.sending,
      store: {
        ...store,
        markSent: async () => {
          throw new Error("the process is gone");
        },
      },
    };

    await expect(sendDueMails(dying)).rejects.toThrow("the process is gone");
    test.later(UNKNOWN_FATE_MS - 1);
    await sendDueMails(test.sending);

    expect(test.taken).toHaveLength(1);
    expect(await store.findMail(key)).toMatchObject({ state: "claimed" });
  });
});
