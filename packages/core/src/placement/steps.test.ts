import { describe, expect, it } from "vitest";
import { AP, accountOf, EU, somebody, US } from "../../test/placements.ts";
import type { Region } from "../kernel/ids.ts";
import { brokenAt, type Draft, type Entry, follow } from "./entry.ts";
import { signInRegion } from "./home.ts";
import { decideHome } from "./policy.ts";
import { afterCancel, afterCopyDeleted, afterRequest, afterSeen } from "./steps.ts";

const NOW = Date.UTC(2026, 10, 22);
const POLICY = { version: 1, graceDays: 30 };
const OPERATOR = { decidedBy: "operator", reason: "operator", policyVersion: 1 } as const;

const seen = (at: Region, says: Region) => ({
  account: accountOf(1, at),
  decided: { region: says, rule: `to-${says}` },
});

/** A user's chain, made step by step. */
function chain(...steps: readonly ((head: Entry | undefined) => readonly (Draft | undefined)[])[]) {
  const entries: Entry[] = [];
  for (const step of steps) {
    for (const draft of step(entries.at(-1))) {
      if (!draft) continue;
      const context = { userId: somebody(1), at: "2026-11-22T00:00:00.000Z", cause: "test" };
      entries.push(follow(entries.at(-1), draft, context));
    }
  }
  return entries;
}

const signedIn =
  (at: Region, says: Region, version = 1) =>
  (head: Entry | undefined) =>
    afterSeen(head, seen(at, says), { ...POLICY, version }, NOW);
const asked = (to: Region) => (head: Entry | undefined) => [
  head && afterRequest(head, to, OPERATOR, NOW),
];
const facts = (entries: readonly Entry[]) => entries.map(({ fact }) => fact);

describe("the policy", () => {
  const policy = {
    rules: [
      { name: "staff", when: { "custom:country": ["DE"], "custom:plan": ["staff"] }, region: US },
      { name: "europe", when: { "custom:country": ["DE", "FR"] }, region: EU },
    ],
    default: AP,
  };
  it.each([
    [
      { "custom:country": "DE", "custom:plan": "staff" },
      { region: US, rule: "staff" },
    ],
    [{ "custom:country": "DE" }, { region: EU, rule: "europe" }],
    [{ "custom:country": "de" }, { region: AP, rule: "default" }],
    [{}, { region: AP, rule: "default" }],
  ])("gives %o the home %o", (attributes, home) => {
    expect(decideHome(policy, attributes)).toEqual(home);
  });
});

describe("a user's ledger", () => {
  it("notes a home once, and again by another version of the policy", () => {
    const entries = chain(signedIn(US, US), signedIn(US, US), signedIn(US, US, 2));
    expect(entries.map(({ fact, policyVersion }) => [fact, policyVersion])).toEqual([
      ["placed", 1],
      ["placed", 2],
    ]);
  });

  it("asks a user who was found in the wrong region to move, and keeps the old copy for the grace period", () => {
    const entries = chain(signedIn(US, EU), signedIn(EU, EU));
    expect(facts(entries)).toEqual(["placed", "relocation-requested", "relocated"]);
    expect(entries.at(-1)).toMatchObject({
      home: EU,
      from: US,
      copies: [{ region: US, deleteAfter: "2026-12-22T00:00:00.000Z" }],
    });
    expect(entries.at(-1)).not.toHaveProperty("movingTo");
  });

  it("lets an operator's word stand against the policy", () => {
    const entries = chain(signedIn(US, US), asked(EU), signedIn(EU, US), signedIn(EU, US, 2));
    expect(facts(entries)).toEqual(["placed", "relocation-requested", "relocated"]);
  });

  it("does not let an old version of the policy turn back what a newer one decided", () => {
    const entries = chain(signedIn(US, EU, 2), signedIn(US, US, 1));
    expect(entries.at(-1)).toMatchObject({ movingTo: EU, policyVersion: 2 });
  });

  it("takes a sign-in at an old copy for what it is", () => {
    const moved = [signedIn(US, US), asked(EU), signedIn(EU, EU)] as const;
    expect(chain(...moved, signedIn(US, US))).toEqual(chain(...moved));
  });

  it("sends a user who comes back home only once the copy there is gone, which is now", () => {
    const back = chain(signedIn(US, US), asked(EU), signedIn(EU, EU), asked(US));
    const head = back.at(-1);
    expect(head).toMatchObject({
      movingTo: US,
      copies: [{ deleteAfter: "2026-11-22T00:00:00.000Z" }],
    });
    expect(head && signInRegion(head)).toBe(EU);
    const draft = head && afterCopyDeleted(head, accountOf(1, US), "grace-over");
    expect(draft && signInRegion(draft)).toBe(US);
  });

  it("has nothing to cancel twice", () => {
    const entries = chain(
      signedIn(US, US),
      asked(EU),
      (head) => [head && afterCancel(head, OPERATOR)],
      (head) => [head && afterCancel(head, OPERATOR)],
    );
    expect(facts(entries)).toEqual(["placed", "relocation-requested", "relocation-cancelled"]);
  });
});

describe("the chain of a ledger", () => {
  const whole = chain(signedIn(US, US), asked(EU), signedIn(EU, EU));

  it("is whole as it was written", () => {
    expect(brokenAt(whole)).toBeUndefined();
  });

  it.each([
    ["a changed home", whole.map((entry, at) => (at === 1 ? { ...entry, home: AP } : entry)), 2],
    [
      "a changed time",
      whole.map((entry, at) => (at === 0 ? { ...entry, at: "2020-01-01T00:00:00.000Z" } : entry)),
      1,
    ],
    ["an entry taken out", whole.filter((_, at) => at !== 1), 2],
    [
      "two entries in each other's place",
      [whole[1], whole[0], whole[2]].flatMap((one) => one ?? []),
      1,
    ],
  ])("shows %s", (_, entries, seq) => {
    expect(brokenAt(entries)).toBe(seq);
  });
});
