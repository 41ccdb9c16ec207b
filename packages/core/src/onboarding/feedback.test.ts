import { describe, expect, it } from "vitest";
import { userId } from "../../test/person.ts";
import type { OutgoingEvent } from "../events/event.ts";
import { feedbackRule, reportFeedback } from "./feedback.ts";
import { mailEventId } from "./schema.ts";

async function said(report: object): Promise<OutgoingEvent[]> {
  const published: OutgoingEvent[] = [];
  const deps = {
    publish: async (events: readonly OutgoingEvent[]) => void published.push(...events),
    origin: { stage: "test", region: "eu-central-1", clock: () => 0 },
    log: () => undefined,
    count: () => undefined,
  };
  const message = {
    messageId: "0102",
    userId: [userId(1)],
    template: ["welcome"],
    bounceType: "",
    ...report,
  };
  await reportFeedback(deps, message);
  return published;
}

describe("a report of the mail service", () => {
  it.each([
    [{ eventType: "Send" }, "OnboardingMailSent", { template: "welcome" }],
    [{ eventType: "Reject" }, "OnboardingMailFailed", { template: "welcome", reason: "rejected" }],
    [
      { eventType: "Bounce", bounceType: "Permanent" },
      "UserCannotBeReached",
      { region: "eu-central-1", reason: "bounce" },
    ],
    [
      { eventType: "Complaint" },
      "UserCannotBeReached",
      { region: "eu-central-1", reason: "complaint" },
    ],
  ])("%j is said as %s", async (report, name, data) => {
    const [event, ...more] = await said(report);

    expect(more).toEqual([]);
    expect(event).toMatchObject({ name, detail: { data: { userId: userId(1), ...data } } });
  });

  it.each([
    { eventType: "Bounce", bounceType: "Transient" },
    { eventType: "Bounce", bounceType: "Undetermined" },
    { eventType: "Delivery" },
  ])("%j says nothing of the person", async (report) => {
    expect(await said(report)).toEqual([]);
  });

  it("has the id that the sender's own word has", async () => {
    const [event] = await said({ eventType: "Send" });

    const key = { userId: userId(1), template: "welcome" as const };
    expect(event?.detail.metadata.id).toBe(mailEventId("OnboardingMailSent", key));
  });

  it("has another id for another mail that comes back, and the same for the same", async () => {
    const bounce = { eventType: "Bounce", bounceType: "Permanent" };
    const ids: (string | undefined)[] = [];
    for (const messageId of ["0102", "0102", "0103"]) {
      const [event] = await said({ ...bounce, messageId });
      ids.push(event?.detail.metadata.id);
    }

    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it.each([
    { userId: [] },
    { userId: ["ann@example.com"] },
    { template: ["newsletter"] },
    { userId: [userId(1), userId(2)] },
  ])("%j is refused by the fields' names", async (report) => {
    await expect(said({ eventType: "Send", ...report })).rejects.toThrow(/^[^@]*$/);
  });
});

it("takes nothing out of a report that names or reaches a person but the user ID", () => {
  const { inputPaths } = feedbackRule("set");

  for (const path of Object.values(inputPaths)) {
    expect(path).not.toMatch(/destination|source|headers|commonHeaders|Recipients|emailAddress/i);
  }
  expect.hasAssertions();
});
