import { describe, expect, expectTypeOf, it } from "vitest";
import { EventFormatError } from "./define.ts";
import { parseEvent } from "./parse.ts";
import { UserSignedIn } from "./user-signed-in.ts";
import { UserSignedUp } from "./user-signed-up.ts";

const data = {
  userId: "11111111-1111-4111-8111-111111111111",
  poolId: "eu-central-1_New",
  region: "eu-central-1",
  sub: "22222222-2222-4222-8222-222222222222",
};
const metadata = {
  id: "e1",
  version: 1,
  occurredAt: "2026-11-22T10:00:00.000Z",
  correlationId: "r1",
  stage: "test",
  region: "eu-central-1",
};

function envelope(changes: object = {}) {
  return {
    version: "0",
    id: "bus-1",
    "detail-type": "UserSignedUp",
    source: "carryover",
    account: "000000000000",
    time: "2026-11-22T10:00:00Z",
    region: "eu-central-1",
    resources: [],
    detail: { metadata, data },
    ...changes,
  };
}

const expected = { name: "UserSignedUp", metadata, data };

describe("an event that arrives", () => {
  it.each([
    { as: "what a rule hands to a function", raw: envelope() },
    { as: "a message that SQS hands to Lambda", raw: { body: JSON.stringify(envelope()) } },
    { as: "a message that was received from SQS", raw: { Body: JSON.stringify(envelope()) } },
    { as: "the body of a message", raw: JSON.stringify(envelope()) },
  ])("is read as $as", ({ raw }) => {
    expect(parseEvent(raw)).toEqual(expected);
  });

  it("loses what this version does not know", () => {
    const detail = { metadata, data: { ...data, shoeSize: 43 } };
    expect(parseEvent(envelope({ detail, shard: 7 }))).toEqual(expected);
  });

  it("says which replay it is from", () => {
    expect(parseEvent(envelope({ "replay-name": "again" }))).toEqual({
      ...expected,
      replayName: "again",
    });
  });

  it("is told apart by its name, types included", () => {
    const event = parseEvent(envelope());
    expect(event.name).toBe("UserSignedUp");
    if (event.name === "UserMigrated") {
      expectTypeOf(event.data.method).toExtend<string>();
      expectTypeOf(event.data).not.toHaveProperty("clientId");
    }
    if (event.name === "UserSignedIn") expectTypeOf(event.data.clientId).toEqualTypeOf<string>();
  });

  it("is narrowed to the events that are expected", () => {
    const event = parseEvent(envelope(), [UserSignedIn, UserSignedUp]);
    expectTypeOf(event.name).toEqualTypeOf<"UserSignedIn" | "UserSignedUp">();
    expect(() => parseEvent(envelope(), [UserSignedIn])).toThrow(
      new EventFormatError("UserSignedUp: not an event that is expected here"),
    );
  });

  it.each([
    { what: "an event of somebody else", raw: envelope({ source: "shop" }), says: "source" },
    { what: "no envelope", raw: { metadata, data }, says: "detail-type, source" },
    { what: "text that is no JSON", raw: "ann@example.com", says: "not JSON" },
    { what: "nothing", raw: undefined, says: "the whole of it" },
    {
      what: "an event that is newer than this package",
      raw: envelope({ "detail-type": "UserVanished.v2" }),
      says: "UserVanished.v2: not an event that is expected here",
    },
    {
      what: "a detail-type that is none",
      raw: envelope({ "detail-type": "ann@example.com" }),
      says: "a detail-type of another form: not an event that is expected here",
    },
    {
      what: "a wrong field",
      raw: envelope({ detail: { metadata, data: { ...data, sub: ["ann@example.com"] } } }),
      says: "UserSignedUp: does not match its schema at data.sub",
    },
  ])("is refused when it is $what, without its values", ({ raw, says }) => {
    const refusal = thrownBy(() => parseEvent(raw));
    expect(refusal).toBeInstanceOf(EventFormatError);
    expect(String(refusal)).toContain(says);
    expect(String(refusal)).not.toContain("@");
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
