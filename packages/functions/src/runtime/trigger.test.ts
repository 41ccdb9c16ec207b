import { Refusal } from "@carryover/core/migration/refusal";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TRIGGER_BUDGET_MS, trigger } from "./trigger.ts";

const event = () => ({
  version: "1",
  triggerSource: "UserMigration_Authentication",
  region: "us-east-1",
  userPoolId: "us-east-1_New",
  userName: "alice@example.com",
  request: { password: "Secret-1" },
  response: { kept: "a", set: "b" },
});

let written: string[];
beforeEach(() => {
  written = [];
  const write = (chunk: unknown) => written.push(String(chunk)) > 0;
  vi.spyOn(process.stdout, "write").mockImplementation(write);
  vi.spyOn(process.stderr, "write").mockImplementation(write);
  for (const method of ["log", "info", "warn", "error"] as const)
    vi.spyOn(console, method).mockImplementation(write);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a trigger", () => {
  it("hands the whole event back with what it sets", async () => {
    const handler = trigger("test", async () => ({ set: "c" }));
    expect(await handler(event())).toEqual({ ...event(), response: { kept: "a", set: "c" } });
  });

  it("hands the event back as it came when it sets nothing", async () => {
    expect(await trigger("test", async () => undefined)(event())).toEqual(event());
  });

  it("shows the person a refusal's text", async () => {
    const handler = trigger("test", () => Promise.reject(new Refusal("MFA_CODE_REQUIRED")));
    await expect(handler(event())).rejects.toThrow(
      /^MFA_CODE_REQUIRED: enter your verification code and sign in again$/,
    );
  });

  it("shows nothing of any other error, and logs no text of it either", async () => {
    const handler = trigger("test", () =>
      Promise.reject(new TypeError("alice@example.com Secret-1")),
    );
    await expect(handler(event())).rejects.toThrow(
      /^TRY_AGAIN_LATER: please try again in a moment$/,
    );
    const log = written.join("\n");
    expect(log).toContain("trigger failed");
    expect(log).toContain("TypeError");
    expect(log).not.toContain("alice");
    expect(log).not.toContain("Secret-1");
  });

  it("lets the sign-in through where it only takes note", async () => {
    const fail = () => Promise.reject(new Error("no"));
    const handler = trigger("test", fail, { onFailure: "let-through" });
    expect(await handler(event())).toEqual(event());
  });

  it("answers by itself before Cognito's five seconds are over", async () => {
    vi.useFakeTimers();
    const answer = trigger("test", () => new Promise<undefined>(() => undefined))(event());
    const refused = expect(answer).rejects.toThrow(/^TRY_AGAIN_LATER: /);
    await vi.advanceTimersByTimeAsync(TRIGGER_BUDGET_MS);
    await refused;
    expect(written.join("\n")).toContain("trigger.deadline");
  });
});
