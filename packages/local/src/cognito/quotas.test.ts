import { describe, expect, it } from "vitest";
import { createQuotas, type QuotaRates, quotaNames } from "./quotas.ts";

/** Quotas on a clock that stands still until it is moved. */
function started(rates?: QuotaRates) {
  let nowMs = 1_000_000;
  const quotas = createQuotas(() => nowMs);
  if (rates !== undefined) quotas.switchOn(rates);
  const call = (
    operation: string,
    more: { region?: string; poolId?: string; user?: string } = {},
  ) =>
    quotas.take({
      region: "us-east-1",
      account: "000000000000",
      poolId: undefined,
      user: undefined,
      operation,
      ...more,
    });
  /** How many of so many calls pass at this moment. */
  const passing = (times: number, ...args: Parameters<typeof call>) => {
    let passed = 0;
    for (let n = 0; n < times; n += 1) {
      try {
        call(...args);
        passed += 1;
      } catch (error) {
        expect(error).toMatchObject({ type: "TooManyRequestsException", message: "Rate exceeded" });
      }
    }
    return passed;
  };
  return { quotas, passing, pass: (ms: number) => (nowMs += ms) };
}

describe("quotas", () => {
  it("are off until they are switched on, and can be switched off", () => {
    const { quotas, passing } = started();
    expect(passing(1000, "AdminCreateUser")).toBe(1000);
    quotas.switchOn({});
    expect(passing(1000, "AdminCreateUser")).toBe(50);
    expect(quotas.describe()).toMatchObject({ on: true, refused: { UserCreation: 950 } });
    quotas.switchOff();
    expect(passing(1000, "AdminCreateUser")).toBe(1000);
  });

  it.each([
    // facts/cognito.md 6
    ["InitiateAuth", 120],
    ["SignUp", 50],
    ["AdminSetUserPassword", 30],
    ["AdminGetUser", 120],
    ["AdminAddUserToGroup", 25],
    ["RevokeToken", 120],
    ["AdminListGroupsForUser", 50],
    ["AdminSetUserMFAPreference", 25],
    ["ListUsers", 30],
    ["DescribeUserPool", 15],
    ["UpdateUserPool", 15],
  ])("let %s through %i times a second", (operation, rps) => {
    const { passing, pass } = started({});
    expect(passing(500, operation)).toBe(rps);
    pass(100);
    expect(passing(500, operation)).toBe(Math.floor(rps / 10));
    pass(60_000);
    expect(passing(500, operation)).toBe(rps);
  });

  it("are shared by the operations of a category and by pools, not by regions", () => {
    const { passing } = started({});
    expect(passing(20, "AdminDeleteUser", { poolId: "a" })).toBe(20);
    expect(passing(20, "AdminEnableUser", { poolId: "b" })).toBe(5);
    expect(passing(20, "AdminEnableUser", { region: "eu-central-1" })).toBe(20);
  });

  it("give answers to challenges three times as much, then count them as sign-ins", () => {
    const { passing } = started({});
    expect(passing(500, "RespondToAuthChallenge")).toBe(360 + 120);
    expect(passing(1, "InitiateAuth")).toBe(0);
  });

  it("hold an operation on one pool's clients to five a second", () => {
    const { passing } = started({});
    expect(passing(10, "DescribeUserPoolClient", { poolId: "a" })).toBe(5);
    expect(passing(10, "DescribeUserPoolClient", { poolId: "b" })).toBe(5);
  });

  it("hold one user to ten reads and ten writes a second", () => {
    const { passing } = started({});
    const ann = { poolId: "a", user: "Ann" };
    expect(passing(15, "InitiateAuth", ann)).toBe(10);
    expect(passing(15, "AdminGetUser", { ...ann, user: "ann" })).toBe(0);
    expect(passing(15, "AdminUpdateUserAttributes", ann)).toBe(10);
    expect(passing(15, "InitiateAuth", { poolId: "a", user: "bob" })).toBe(10);
  });

  it("take other rates than AWS's", () => {
    const { passing } = started({ UserUpdate: 2, perUser: 1 });
    expect(passing(9, "AdminEnableUser")).toBe(2);
    expect(passing(9, "GetUser", { poolId: "a", user: "ann" })).toBe(1);
  });
});

describe("the names that quotas count by", () => {
  const poolOfClient = (id: string) => (id === "app" ? "us-east-1_App" : undefined);
  const token = (claims: object) =>
    `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

  it.each<[object, { poolId?: string; user?: string }]>([
    [
      { UserPoolId: "us-east-1_A", Username: "ann" },
      { poolId: "us-east-1_A", user: "ann" },
    ],
    [
      { ClientId: "app", AuthParameters: { USERNAME: "ann" } },
      { poolId: "us-east-1_App", user: "ann" },
    ],
    [
      { AccessToken: token({ iss: "http://x/us-east-1_B", username: "bob" }) },
      { poolId: "us-east-1_B", user: "bob" },
    ],
    [{ AccessToken: "nonsense" }, {}],
    [{ Username: 7 }, {}],
  ])("are found in %j", (input, expected) => {
    expect(quotaNames(input, poolOfClient)).toEqual({
      poolId: undefined,
      user: undefined,
      ...expected,
    });
  });
});
