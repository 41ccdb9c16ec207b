import { UserCannotBeReached } from "@carryover/events/user-cannot-be-reached";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { givenDue, mailing } from "../../test/mail.ts";
import { newOnboardingStore } from "../../test/onboarding-table.ts";
import { newSub, userId } from "../../test/person.ts";
import { type Engine, startDynalite } from "../../test/tables.ts";
import { makeEvent } from "../events/event.ts";
import { noteUnreachable } from "./commands.ts";
import { OnboardingMissingError } from "./errors.ts";
import { resumeMail } from "./resume-mail.ts";
import { sendDueMails } from "./send-due.ts";
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

const by = "arn:aws:iam::111122223333:user/olga";
const operator = { by, reason: "a new address" };
const origin = { stage: "test", region: "eu-central-1", clock: () => Date.UTC(2026, 10, 22, 10) };

/** What is said when a mail comes back. */
function cameBack(id: string) {
  const links = { id, correlationId: id };
  const data = { userId: userId(1), region: "eu-central-1", reason: "bounce" as const };
  const { metadata } = makeEvent(UserCannotBeReached, origin, links, data).detail;
  return { metadata, data };
}

describe("somebody who could not be reached", () => {
  it("gets what was given up meanwhile, once, and nothing that was sent already", async () => {
    const test = mailing(store);
    await givenDue(store);
    await sendDueMails(test.sending);
    await noteUnreachable({ store }, cameBack("first"));
    const invitation = await anInvitation();
    await sendDueMails(test.sending);
    expect(await store.findMail(invitation)).toMatchObject({ reason: "cannot_be_reached" });

    const deps = { store, clock: test.onboarding.clock };
    const first = await resumeMail(deps, userId(1), operator);
    const again = await resumeMail(deps, userId(1), operator);
    await sendDueMails(test.sending);
    const afterSend = await resumeMail(deps, userId(1), operator);
    await sendDueMails(test.sending);

    expect(first).toEqual({ isLifted: true, dueAgain: ["invitation"] });
    expect(again).toEqual({ isLifted: false, dueAgain: [] });
    expect(afterSend).toEqual(again);
    expect(test.taken.map(({ template }) => template)).toEqual(["welcome", "invitation"]);
    expect(await store.findMail(invitation)).not.toHaveProperty("reason");
  });

  it("gets it all the same when the operator's command stopped half-way", async () => {
    const test = mailing(store);
    await noteUnreachable({ store }, cameBack("first"));
    await givenDue(store);
    await sendDueMails(test.sending);
    await store.liftUnreachable(userId(1), { at: "2026-11-22T11:00:00.000Z", ...operator });

    const { dueAgain } = await resumeMail(
      { store, clock: test.onboarding.clock },
      userId(1),
      operator,
    );
    await sendDueMails(test.sending);

    expect(dueAgain).toEqual(["welcome"]);
    expect(test.taken).toHaveLength(1);
  });

  it("stays reachable however often the old word is said again, until another mail comes back", async () => {
    const { onboarding } = mailing(store);
    await noteUnreachable({ store }, cameBack("first"));
    await resumeMail({ store, clock: onboarding.clock }, userId(1), operator);

    await noteUnreachable({ store }, cameBack("first"));
    const lifted = await store.find(userId(1));
    await noteUnreachable({ store }, cameBack("second"));

    expect(lifted).not.toHaveProperty("unreachable");
    expect(await store.find(userId(1))).toMatchObject({
      unreachable: "bounce",
      reachNotes: [
        { what: "bounce", at: "2026-11-22T10:00:00.000Z" },
        { what: "lifted", by, reason: "a new address" },
        { what: "bounce" },
      ],
    });
  });

  it("has to be known", async () => {
    const { onboarding } = mailing(store);

    await expect(
      resumeMail({ store, clock: onboarding.clock }, userId(2), operator),
    ).rejects.toThrow(OnboardingMissingError);
    expect(await store.find(userId(2))).toBeUndefined();
  });
});

async function anInvitation() {
  const due = await store.findMail({ userId: userId(1), template: "welcome" });
  if (!due) throw new Error("no mail is due yet");
  const { account, nextTryAt, correlationId } = due;
  const mail = {
    userId: userId(1),
    template: "invitation" as const,
    account: { ...account, username: newSub(1) },
    nextTryAt,
    correlationId,
    causationId: "invited",
  };
  await store.addMail(mail, nextTryAt);
  return mail;
}
