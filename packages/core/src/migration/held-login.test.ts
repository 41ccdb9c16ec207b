import { describe, expect, it } from "vitest";
import { deploymentWith, OLD_SUB } from "../../test/deployment.ts";
import { type ScriptedSource, scriptedSource } from "../../test/scripted-source.ts";
import { deadlineIn } from "./deadline.ts";
import { isMigrationsOwn, refuseHeldLogin } from "./held-login.ts";
import { Refusal } from "./refusal.ts";
import type { UserLookup } from "./source.ts";

const held =
  (name: string) =>
  (asked: string): UserLookup =>
    asked === name
      ? {
          outcome: "found",
          user: {
            username: name,
            sub: OLD_SUB,
            enabled: true,
            status: "CONFIRMED",
            hasSecondFactor: false,
            attributes: {},
          },
        }
      : { outcome: "user-not-found" };
const down = (): UserLookup => ({ outcome: "unavailable", reason: "timeout" });

async function signUp(sources: readonly ScriptedSource[], username: string, attributes = {}) {
  const deps = {
    deployment: deploymentWith(),
    sources,
    deadline: deadlineIn(4200, () => 0),
    count: () => undefined,
  };
  try {
    await refuseHeldLogin(deps, { username, attributes });
    return "let through";
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

describe("a sign-up", () => {
  it.each([
    ["whose username a source holds", "bob", {}, "bob", /^ACCOUNT_EXISTS: /],
    [
      "whose e-mail a source holds",
      OLD_SUB,
      { email: "a@example.com" },
      "a@example.com",
      /^ACCOUNT_EXISTS: /,
    ],
    ["whose phone a source holds", "bob", { phone_number: "+491" }, "+491", /^ACCOUNT_EXISTS: /],
    ["whose lower-case form a source holds", "Bob", {}, "bob", /^ACCOUNT_EXISTS: /],
    ["of somebody new", "carol", { email: "c@example.com" }, "bob", /^let through$/],
  ])("%s", async (_, username, attributes, inSource, expected) => {
    const sources = [
      scriptedSource("first"),
      scriptedSource("second", { getUser: held(inSource), caseSensitive: true }),
    ];
    expect(await signUp(sources, username, attributes)).toMatch(expected);
  });

  it("waits when a source cannot be asked, unless another one holds the login", async () => {
    const broken = scriptedSource("first", { getUser: down });
    expect(await signUp([broken], "bob")).toMatch(/^TRY_AGAIN_LATER: /);
    const other = scriptedSource("second", { getUser: held("bob") });
    expect(await signUp([broken, other], "bob")).toMatch(/^ACCOUNT_EXISTS: /);
  });

  it("does not look for the id that Cognito made, and for nothing twice", async () => {
    const source = scriptedSource("first");
    await signUp([source], OLD_SUB, { email: "a@example.com" });
    expect(source.calls).toEqual(["getUser a@example.com"]);
    const named = scriptedSource("second");
    await signUp([named], "a@example.com", { email: "a@example.com" });
    expect(named.calls).toEqual(["getUser a@example.com"]);
  });

  it("tells the migration's own users by the attribute that no client may write", () => {
    expect(isMigrationsOwn({ attributes: { "custom:user_id": OLD_SUB } })).toBe(true);
    expect(isMigrationsOwn({ attributes: { email: "a@example.com" } })).toBe(false);
  });
});
