import { describe, expect, it } from "vitest";
import { userId } from "../../test/person.ts";
import type { PoolUser } from "../migration/source.ts";
import { recipientOf } from "./recipient.ts";

function user(attributes: Record<string, string>, more: Partial<PoolUser> = {}): PoolUser {
  return {
    username: "u",
    sub: "s",
    enabled: true,
    status: "CONFIRMED",
    hasSecondFactor: false,
    attributes: { email: "ann@example.com", email_verified: "true", ...attributes },
    ...more,
  };
}

const mail = { userId: userId(1) };

describe("who may be written to", () => {
  it("is a user with a verified address, in their language and by their name", () => {
    expect(recipientOf(user({ locale: "de", given_name: "Ann" }), mail)).toEqual({
      address: "ann@example.com",
      locale: "de",
      name: "Ann",
    });
  });

  it.each([
    [
      "has an address that nobody proved",
      user({ email_verified: "false" }),
      "address_not_verified",
    ],
    ["has no address", user({ email: "" }), "no_address"],
    ["is disabled", user({}, { enabled: false }), "user_disabled"],
    ["is somebody else by now", user({ "custom:user_id": userId(2) }), "user_gone"],
    ["is not there", "not-found" as const, "user_gone"],
  ])("is nobody who %s", (_, found, reason) => {
    expect(recipientOf(found, mail)).toEqual({ reason });
  });
});

describe("what a person is called", () => {
  it.each(["Ann", "Jean-Luc", "O'Neil", "Zoë", "毛", "J. R.", "María José"])("is %s", (name) => {
    expect(recipientOf(user({ given_name: name }), mail)).toHaveProperty("name", name);
  });

  it.each([
    "evil.example",
    "see https://evil.example",
    "<b>Ann</b>",
    "Ann\r\nBcc: victim@example.com",
    "a".repeat(41),
    "www.evil",
    "Ann 0800 123",
    "",
  ])("is nothing where the name is %j", (name) => {
    expect(recipientOf(user({ given_name: name }), mail)).not.toHaveProperty("name");
  });
});
