import { describe, expect, it } from "vitest";
import type { SourceAnswer } from "./answer.ts";
import {
  allow,
  type Create,
  type Decision,
  decide,
  type Policy,
  type UserFacts,
} from "./decide.ts";

const defaults: Policy = { mfa: "verify", unconfirmed: "refuse" };
const challenge = (name: string): SourceAnswer => ({
  outcome: "challenge",
  name,
  session: "s",
  parameters: {},
});
const authenticated: SourceAnswer = {
  outcome: "authenticated",
  tokens: { idToken: "", refreshToken: undefined },
};
const created = (mfa: Create["mfa"] = "none"): Create => ({
  kind: "create",
  status: "CONFIRMED",
  mfa,
});
const reset: Create = { kind: "create", status: "RESET_REQUIRED", mfa: "none" };
const codeRequired: Decision = { kind: "ask-for-code", refusal: "MFA_CODE_REQUIRED" };
const codeWrong: Decision = { kind: "ask-for-code", refusal: "MFA_CODE_WRONG" };
const generic = (reason: string) => ({ kind: "generic", reason });
const later = (reason: string) => ({ kind: "try-again-later", reason });

describe("what a source's answer means", () => {
  it.each([
    ["AuthenticationResult", authenticated, created()],
    [
      "wrong password, locked out, disabled, federated",
      { outcome: "rejected" },
      generic("rejected"),
    ],
    ["no such user", { outcome: "user-not-found" }, generic("user-not-found")],
    ["SOFTWARE_TOKEN_MFA", challenge("SOFTWARE_TOKEN_MFA"), codeRequired],
    ["SMS_MFA", challenge("SMS_MFA"), codeRequired],
    ["EMAIL_OTP", challenge("EMAIL_OTP"), codeRequired],
    ["SELECT_MFA_TYPE", challenge("SELECT_MFA_TYPE"), codeRequired],
    ["a wrong code", { outcome: "code-wrong" }, codeWrong],
    ["a used code", { outcome: "code-expired" }, codeWrong],
    ["NEW_PASSWORD_REQUIRED", challenge("NEW_PASSWORD_REQUIRED"), reset],
    ["PasswordResetRequired", { outcome: "reset-required" }, reset],
    ["MFA_SETUP", challenge("MFA_SETUP"), created()],
    ["UserNotConfirmed", { outcome: "not-confirmed" }, generic("not-confirmed")],
    ["throttled", { outcome: "unavailable", reason: "throttled" }, later("throttled")],
    ["timed out", { outcome: "unavailable", reason: "timeout" }, later("timeout")],
    ["5xx", { outcome: "unavailable", reason: "server" }, later("server")],
    ["no network", { outcome: "unavailable", reason: "network" }, later("network")],
    ["access denied", { outcome: "unavailable", reason: "denied" }, later("denied")],
    ["pool or client gone", { outcome: "unavailable", reason: "gone" }, later("gone")],
  ] as const)("%s", (_, answer, decision) => {
    expect(decide(answer as SourceAnswer, defaults)).toEqual(decision);
  });

  it.each([
    "PASSWORD_VERIFIER",
    "CUSTOM_CHALLENGE",
    "SELECT_CHALLENGE",
    "DEVICE_SRP_AUTH",
    "DEVICE_PASSWORD_VERIFIER",
    "ADMIN_NO_SRP_AUTH",
    "PASSWORD",
    "PASSWORD_SRP",
    "SMS_OTP",
    "WEB_AUTHN",
    "SOMETHING_NEW",
    "toString",
  ])("the challenge %s proves nothing, whatever the policy", (name) => {
    for (const mfa of ["verify", "re-enrol", "refuse"] as const) {
      expect(decide(challenge(name), { ...defaults, mfa })).toEqual(
        generic("source-misconfigured"),
      );
    }
  });

  it.each(["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SELECT_MFA_TYPE"])(
    "%s creates with re-enrol and ends with refuse",
    (name) => {
      const answer = challenge(name);
      expect(decide(answer, { ...defaults, mfa: "re-enrol" })).toEqual(created("reenrol"));
      expect(decide(answer, { ...defaults, mfa: "refuse" })).toEqual(generic("mfa-refused"));
    },
  );

  it("says that the second factor was verified when its code was taken", () => {
    expect(decide(authenticated, defaults, true)).toEqual(created("verified"));
  });

  it("resets a user who never confirmed, where that is configured", () => {
    const policy: Policy = { ...defaults, unconfirmed: "reset" };
    expect(decide({ outcome: "not-confirmed" }, policy)).toEqual(reset);
  });
});

describe("whether the user may cross", () => {
  const fine: UserFacts = {
    enabled: true,
    status: "CONFIRMED",
    hasSecondFactor: false,
    hasVerifiedContact: true,
  };
  it.each([
    ["a usual user", created(), {}, created()],
    ["one known from a token", created(), { status: undefined }, created()],
    ["without a verified contact", created(), { hasVerifiedContact: false }, created()],
    ["a disabled user", created(), { enabled: false }, generic("disabled")],
    ["a disabled user by reset", reset, { enabled: false }, generic("disabled")],
    ["a federated user", reset, { status: "EXTERNAL_PROVIDER" }, generic("federated")],
    ["an unconfirmed user", reset, { status: "UNCONFIRMED" }, generic("not-confirmed")],
    ["an archived user", reset, { status: "ARCHIVED" }, generic("status-not-usable")],
    ["a compromised user", reset, { status: "COMPROMISED" }, generic("status-not-usable")],
    ["one whose status was not told", reset, { status: "UNKNOWN" }, generic("status-not-usable")],
    ["a temporary password", reset, { status: "FORCE_CHANGE_PASSWORD" }, reset],
    ["a reset in the source", reset, { status: "RESET_REQUIRED" }, reset],
    ["no contact for a code", reset, { hasVerifiedContact: false }, generic("no-verified-contact")],
    [
      "a second factor that no code proved",
      reset,
      { hasSecondFactor: true },
      generic("mfa-refused"),
    ],
  ] as const)("%s", (_, create, facts, decision) => {
    expect(allow(create, { ...fine, ...facts }, defaults)).toEqual(decision);
  });

  it("lets a mailed code stand for a second factor only where it is to be set up again anyway", () => {
    const under = (mfa: Policy["mfa"]) =>
      allow(reset, { ...fine, hasSecondFactor: true }, { ...defaults, mfa });
    expect(under("refuse")).toEqual(generic("mfa-refused"));
    expect(under("re-enrol")).toEqual({ ...reset, mfa: "reenrol" });
  });

  it("lets an unconfirmed user reset, where that is configured", () => {
    const policy: Policy = { ...defaults, unconfirmed: "reset" };
    expect(allow(reset, { ...fine, status: "UNCONFIRMED" }, policy)).toEqual(reset);
    expect(allow(created(), { ...fine, status: "UNCONFIRMED" }, policy)).toEqual(
      generic("not-confirmed"),
    );
  });
});
