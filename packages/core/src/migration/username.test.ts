import { describe, expect, it } from "vitest";
import { OLD_SUB } from "../../test/deployment.ts";
import type { DeployedTarget } from "../config/deployment.ts";
import { type LoginToPlace, loginForms, placeLogin } from "./username.ts";

const pool = (over: Partial<DeployedTarget>): DeployedTarget => ({
  usernameAttributes: [],
  aliasAttributes: [],
  caseSensitive: false,
  requiredAttributes: [],
  attributes: {},
  ...over,
});
const email = pool({ usernameAttributes: ["email"] });
const alias = pool({ aliasAttributes: ["email", "preferred_username"] });
const verified = { email: "a@example.com", email_verified: "true" };
const input = (over: Partial<LoginToPlace>): LoginToPlace => ({
  login: "a@example.com",
  sourceUsername: "alice",
  attributes: verified,
  userId: OLD_SUB,
  sourceCaseSensitive: true,
  ...over,
});
const ok = (attributes: object, usernames: readonly string[] = []) => ({
  ok: true,
  attributes,
  usernames,
});
const no = (reason: string) => ({ ok: false, reason });

describe("a pool with addresses as usernames", () => {
  it.each([
    ["the typed address is the attribute", {}, ok(verified)],
    [
      "an unverified one is still the username",
      { attributes: { email: "a@example.com" } },
      ok({ email: "a@example.com" }),
    ],
    [
      "typed in another case",
      { login: "A@example.com" },
      ok({ ...verified, email: "A@example.com" }),
    ],
    ["a name that is no address", { login: "alice" }, no("login-not-usable")],
    ["an address of another kind", { login: "+491234" }, no("login-not-usable")],
    ["another address than the user's", { login: "b@example.com" }, no("login-not-usable")],
    [
      "no address in the source: it is added, unverified",
      { attributes: {} },
      ok({ email: "a@example.com" }),
    ],
  ] as const)("%s", (_, over, expected) => {
    expect(placeLogin(email, input(over))).toEqual(expected);
  });

  it("tells cases apart when both pools do", () => {
    const typed = { login: "A@example.com" };
    const sensitive = { ...email, caseSensitive: true };
    expect(placeLogin(sensitive, input(typed))).toEqual(no("login-not-usable"));
    expect(placeLogin(sensitive, input({ ...typed, sourceCaseSensitive: false })).ok).toBe(true);
  });
});

describe("a pool with addresses as aliases", () => {
  it.each([
    ["a typed username stays", { login: "alice" }, ok(verified)],
    ["in another case, too", { login: "Alice" }, ok(verified)],
    ["a typed alias gets the source's username beside it", {}, ok(verified, ["alice", OLD_SUB])],
    [
      "or the userId, if that one looks like an address",
      { sourceUsername: "b@example.com" },
      ok(verified, [OLD_SUB]),
    ],
    [
      "or the userId, if that one is the address",
      { sourceUsername: "a@example.com" },
      ok(verified, [OLD_SUB]),
    ],
    [
      "the userId once, if that is the username",
      { sourceUsername: OLD_SUB },
      ok(verified, [OLD_SUB]),
    ],
    [
      "an unverified alias is none",
      { attributes: { email: "a@example.com" } },
      no("contact-not-verified"),
    ],
    ["an alias that is not there", { attributes: {} }, no("login-not-usable")],
    ["an alias of somebody else", { login: "b@example.com" }, no("login-not-usable")],
    ["a name that is neither", { login: "bob" }, no("login-not-usable")],
    [
      "a preferred username",
      { login: "Ally", attributes: { preferred_username: "ally" } },
      ok({ preferred_username: "Ally" }, ["alice", OLD_SUB]),
    ],
    [
      "a phone number that is no alias here but the username",
      { login: "+491", sourceUsername: "+491" },
      ok(verified),
    ],
  ] as const)("%s", (_, over, expected) => {
    expect(placeLogin(alias, input(over))).toEqual(expected);
  });

  it("tells usernames apart by case when both pools do", () => {
    const sensitive = { ...alias, caseSensitive: true };
    expect(placeLogin(sensitive, input({ login: "Alice" }))).toEqual(no("login-not-usable"));
  });
});

describe("letters that Unicode takes for others", () => {
  // U+212A, the Kelvin sign: its lower case is the k of the alphabet.
  const kelvin = "\u212Aaren@example.com";
  const karen = { email: "karen@example.com", email_verified: "true" };

  it("make another address, which nobody verified", () => {
    const claimed = input({ login: kelvin, sourceUsername: "karen", attributes: karen });
    expect(placeLogin(email, claimed)).toEqual(no("login-not-usable"));
    expect(placeLogin(alias, claimed)).toEqual(no("login-not-usable"));
  });

  it("are looked for as they are", () => {
    expect(loginForms(kelvin, true, false)).toEqual([kelvin]);
  });
});

describe("the forms of a login to try", () => {
  it.each([
    ["Bob", true, false, ["Bob", "bob"]],
    ["bob", true, false, ["bob"]],
    ["Bob", false, false, ["Bob"]],
    ["Bob", true, true, ["Bob"]],
    ["Bob", false, true, ["Bob"]],
  ])("%s, source sensitive %s, target sensitive %s", (login, source, target, forms) => {
    expect(loginForms(login, source, target)).toEqual(forms);
  });
});
