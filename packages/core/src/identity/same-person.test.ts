import { describe, expect, it } from "vitest";
import type { Attributes } from "../config/schema.ts";
import { contactsOf, type SamePerson, samePerson } from "./same-person.ts";

const mail = (email: string, verified: boolean): Attributes => ({
  email,
  email_verified: String(verified),
});
const phone = (phone_number: string, verified: boolean): Attributes => ({
  phone_number,
  phone_number_verified: String(verified),
});

describe("two accounts are one person's", () => {
  it.each<{ rule: string; a: Attributes; b: Attributes; expected: SamePerson }>([
    {
      rule: "the same address, verified in both",
      a: mail("ann@example.com", true),
      b: mail("ann@example.com", true),
      expected: "same",
    },
    {
      rule: "the same phone number, verified in both",
      a: phone("+15550001", true),
      b: phone("+15550001", true),
      expected: "same",
    },
    {
      rule: "an address that differs by case, verified in both",
      a: mail("Ann@Example.com", true),
      b: mail("ann@example.com", true),
      expected: "same",
    },
    {
      rule: "an address that one of them never verified",
      a: mail("ann@example.com", true),
      b: mail("ann@example.com", false),
      expected: "unproven",
    },
    {
      rule: "an address that the other one never verified",
      a: mail("ann@example.com", false),
      b: mail("ann@example.com", true),
      expected: "unproven",
    },
    {
      rule: "an address that neither verified",
      a: mail("ann@example.com", false),
      b: mail("ann@example.com", false),
      expected: "unproven",
    },
    {
      rule: "an address without any flag",
      a: mail("ann@example.com", true),
      b: { email: "ann@example.com" },
      expected: "unproven",
    },
    {
      rule: "one contact proven, another not",
      a: { ...mail("ann@example.com", false), ...phone("+15550001", true) },
      b: { ...mail("ann@example.com", true), ...phone("+15550001", true) },
      expected: "same",
    },
    {
      rule: "a proven address each, but not the same",
      a: mail("ann@example.com", true),
      b: mail("bob@example.com", true),
      expected: "other",
    },
    {
      rule: "the flag of another contact proves nothing",
      a: { ...mail("ann@example.com", false), ...phone("+15550001", true) },
      b: { ...mail("ann@example.com", true), ...phone("+15550002", true) },
      expected: "unproven",
    },
    {
      rule: "empty contacts are no contact",
      a: mail("", true),
      b: mail("", true),
      expected: "other",
    },
    { rule: "no contact at all", a: {}, b: {}, expected: "other" },
  ])("$rule: $expected", ({ a, b, expected }) => {
    expect(samePerson(a, b)).toBe(expected);
  });
});

it("takes only the text true for verified", () => {
  expect(contactsOf({ email: "ann@example.com", email_verified: "True" })).toEqual([
    { contact: "email", value: "ann@example.com", verified: false },
  ]);
});
