import type { EventDetail } from "@carryover/events/define";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ACCEPTED, type Answer, LOST, mailing, TAKEN_UNHEARD, THROTTLED } from "../../test/mail.ts";
import { newOnboardingStore } from "../../test/onboarding-table.ts";
import {
  migrated,
  newPool,
  newSub,
  signedIn,
  signedInAfterCrossing,
  userId,
} from "../../test/person.ts";
import { type Engine, startDynalite } from "../../test/tables.ts";
import type { MailTemplate } from "../config/onboarding-schema.ts";
import {
  noteArrival,
  noteCrossing,
  noteInvitation,
  noteSent,
  type OnboardingDeps,
} from "./commands.ts";
import { sendDueMails, UNKNOWN_FATE_MS } from "./send-due.ts";
import type { OnboardingStore } from "./store.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());

type Message = (deps: OnboardingDeps) => Promise<void>;

const crossed =
  (n: number, mfa: "none" | "reenrol", method: "password" | "relocation" = "password"): Message =>
  (deps) => {
    const { metadata, data } = migrated(n);
    return noteCrossing(deps, { metadata, data: { ...data, mfa, method } });
  };
const arrived =
  ({ metadata, data }: ReturnType<typeof signedIn>): Message =>
  (deps) =>
    noteArrival(deps, { metadata, data });
const invited =
  (n: number): Message =>
  (deps) =>
    noteInvitation(deps, {
      metadata: migrated(n).metadata,
      data: {
        userId: userId(n),
        campaignId: "campaign",
        target: { poolId: newPool, region: "eu-central-1", sub: newSub(n) },
      },
    } satisfies EventDetail<object>);

/** What is told of one person, and the mails that they must get, whatever the order. */
const stories = {
  "crosses, and the sign-in does not say so": {
    told: (n: number) => [crossed(n, "none"), arrived(signedIn(n))],
    gets: ["welcome"],
  },
  "crosses, and UserMigrated is lost": {
    told: (n: number) => [arrived(signedIn(n)), arrived(signedInAfterCrossing(n))],
    gets: ["welcome"],
  },
  "crosses without the second factor": {
    told: (n: number) => [crossed(n, "reenrol"), arrived(signedInAfterCrossing(n))],
    gets: ["welcome", "re-enrol"],
  },
  "is invited, and comes": {
    told: (n: number) => [invited(n), crossed(n, "none"), arrived(signedIn(n))],
    gets: ["invitation", "welcome"],
  },
  "is invited, and does not come": { told: (n: number) => [invited(n)], gets: ["invitation"] },
  "is new": { told: (n: number) => [arrived(signedIn(n))], gets: [] },
  "is let cross, and never signs in": { told: (n: number) => [crossed(n, "none")], gets: [] },
  "moves on between two new pools": {
    told: (n: number) => [crossed(n, "none", "relocation"), arrived(signedIn(n))],
    gets: [],
  },
} as const satisfies Record<
  string,
  { told: (n: number) => Message[]; gets: readonly MailTemplate[] }
>;
type Story = keyof typeof stories;

const people = fc.array(fc.constantFrom(...(Object.keys(stories) as Story[])), {
  minLength: 1,
  maxLength: 3,
});
const answers = fc.array(fc.constantFrom<Answer>(ACCEPTED, THROTTLED, LOST, TAKEN_UNHEARD), {
  maxLength: 5,
});

/** Messages with duplicates, in any order, in batches that are handled at the same time. */
const deliveries = people.chain((chosen) => {
  const messages = chosen.flatMap((story, n) => stories[story].told(n));
  return fc
    .tuple(
      fc.shuffledSubarray([...messages, ...messages], { minLength: messages.length }),
      fc.integer({ min: 1, max: 5 }),
    )
    .map(([order, size]) => ({
      chosen,
      messages: [...order, ...messages.filter((message) => !order.includes(message))],
      size,
    }));
});

/** Lets the calls of what happens at the same time go in any order, one by one. */
function interleaved(store: OnboardingStore, scheduler: fc.Scheduler): OnboardingStore {
  return {
    ...store,
    find: scheduler.scheduleFunction(store.find),
    learn: scheduler.scheduleFunction(store.learn),
    addMail: scheduler.scheduleFunction(store.addMail),
    listOpen: scheduler.scheduleFunction(store.listOpen),
    claim: scheduler.scheduleFunction(store.claim),
    markSent: scheduler.scheduleFunction(store.markSent),
  };
}

it("ends with one mail for each person and template, whatever comes in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      deliveries,
      answers,
      fc.scheduler(),
      async ({ chosen, messages, size }, given, scheduler) => {
        const store = await newOnboardingStore(engine.client);
        const { onboarding, sending, later, ...test } = mailing(store, given);
        const chaotic = interleaved(store, scheduler);
        const service = { ...onboarding, store: chaotic };
        const sender = { ...sending, store: chaotic };

        for (let start = 0; start < messages.length; start += size) {
          await scheduler.waitFor(
            Promise.all([
              ...messages.slice(start, start + size).map((message) => message(service)),
              sendDueMails(sender),
              sendDueMails(sender),
            ]),
          );
        }
        // The mail service reports what it took; then the time passes in which it could.
        for (const { userId: to, template } of [...test.taken, ...test.taken]) {
          const metadata = migrated(0).metadata;
          await noteSent(onboarding, { metadata, data: { userId: to, template } });
        }
        for (let run = 0; run <= given.length; run += 1) {
          later(UNKNOWN_FATE_MS);
          await sendDueMails(sending);
          for (const { userId: to, template } of test.taken) {
            const metadata = migrated(0).metadata;
            await noteSent(onboarding, { metadata, data: { userId: to, template } });
          }
        }

        const expected = chosen.flatMap((story, n) =>
          stories[story].gets.map((template) => `${userId(n)} ${template}`),
        );
        const got = test.taken.map(({ userId: to, template }) => `${to} ${template}`);
        expect(got.toSorted((a, b) => a.localeCompare(b))).toEqual(
          expected.toSorted((a, b) => a.localeCompare(b)),
        );
      },
    ),
    { numRuns: 25 },
  );
}, 90_000);
