import {
  AdminCreateUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { generateSync } from "otplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browser, type PoolWithPages, poolWithPages, startPages, told } from "./pages.ts";
import { OWN_SENDER, PASSWORD } from "./serve.ts";

let stage: Awaited<ReturnType<typeof startPages>>;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage.services.stop());

const NEW_PASSWORD = "Another-Horse-9";
const VERIFIED = { AutoVerifiedAttributes: ["email" as const] };

/** The last code that was sent to an address. */
async function codeFor(address: string): Promise<string> {
  const found = await fetch(`${stage.services.endpoint}/_local/mailbox?to=${address}`);
  const messages = (await found.json()) as { text: string }[];
  return /\d{6}/.exec(messages.at(-1)?.text ?? "")?.[0] ?? "";
}

async function visit(pages: PoolWithPages, words?: string) {
  const visitor = browser(stage.services.endpoint);
  const login = await visitor.go(pages.authorizeUrl({ state: "x" }));
  return { visitor, page: words === undefined ? login : await visitor.click(login, words) };
}

describe("at the sign-in page one", () => {
  it("resets a forgotten password and is signed in by it", async () => {
    const pages = await poolWithPages(stage, { pool: VERIFIED });
    await pages.addUser("ann");
    const { visitor, page } = await visit(pages, "Forgot");
    const asked = await visitor.submit(page, { username: "ann" });
    const wrong = await visitor.submit(asked, { code: "000000x", new_password: NEW_PASSWORD });
    expect(wrong.text).toContain("Invalid verification code provided, please try again.");
    const code = await codeFor("ann@example.com");
    const back = await visitor.submit(wrong, { code, new_password: NEW_PASSWORD });
    expect(told(back)).toMatchObject({ code: expect.any(String), state: "x" });
  });

  it("is led to a new password where an administrator asks for one", async () => {
    const pages = await poolWithPages(stage, { pool: VERIFIED });
    await pages.addUser("ann");
    const { UserPoolId } = pages;
    await stage.sdk.send(new AdminResetUserPasswordCommand({ UserPoolId, Username: "ann" }));
    const { visitor, page } = await visit(pages);
    const led = await visitor.submit(page, { username: "ann", password: PASSWORD });
    expect(led.text).toContain("Reset your password");
  });

  it("signs up, confirms by the mailed code, and is signed in", async () => {
    const pages = await poolWithPages(stage, { pool: VERIFIED });
    const { visitor, page } = await visit(pages, "Sign up");
    const weak = await visitor.submit(page, {
      username: "eva",
      password: "short",
      "requiredAttributes.email": "eva@example.com",
    });
    expect(weak.text).toContain("Password did not conform with policy");
    const confirm = await visitor.submit(weak, {
      username: "eva",
      password: PASSWORD,
      "requiredAttributes.email": "eva@example.com",
    });
    const code = await codeFor("eva@example.com");
    const back = await visitor.submit(confirm, { code, password: PASSWORD });
    expect(told(back)["code"]).toBeTruthy();
  });

  it("is not offered to sign up where only administrators make users", async () => {
    const pages = await poolWithPages(stage, {
      pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } },
    });
    const { page } = await visit(pages);
    expect(page.text).toContain("Forgot your password?");
    expect(page.text).not.toContain("Sign up");
  });

  it("replaces a temporary password", async () => {
    const pages = await poolWithPages(stage);
    const { UserPoolId } = pages;
    const Username = "ben";
    const MessageAction = "SUPPRESS";
    await stage.sdk.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction }));
    await stage.sdk.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD }),
    );
    const { visitor, page } = await visit(pages);
    const asked = await visitor.submit(page, { username: "ben", password: PASSWORD });
    expect(asked.text).toContain("New password");
    const back = await visitor.submit(asked, { answer: NEW_PASSWORD });
    expect(told(back)["code"]).toBeTruthy();
  });

  it("gives a second factor, for a client that has a secret as well", async () => {
    const pages = await poolWithPages(stage, {
      pool: { EmailConfiguration: OWN_SENDER },
      client: { GenerateSecret: true },
    });
    const { UserPoolId } = pages;
    await stage.sdk.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: "OPTIONAL",
        EmailMfaConfiguration: {},
      }),
    );
    await pages.addUser("zoe");
    await stage.sdk.send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId,
        Username: "zoe",
        EmailMfaSettings: { Enabled: true, PreferredMfa: true },
      }),
    );
    const { visitor, page } = await visit(pages);
    const asked = await visitor.submit(page, { username: "zoe", password: PASSWORD });
    const answer = await codeFor("zoe@example.com");
    const back = await visitor.submit(asked, { answer });
    expect(told(back)["code"]).toBeTruthy();
  });

  it("sets up an authenticator app where the pool wants a second factor", async () => {
    const pages = await poolWithPages(stage);
    await stage.sdk.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: pages.UserPoolId,
        MfaConfiguration: "ON",
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
    await pages.addUser("tom");
    const { visitor, page } = await visit(pages);
    const asked = await visitor.submit(page, { username: "tom", password: PASSWORD });
    expect(asked.text).toContain("Set up an authenticator app");
    const secret = /<code>([A-Z2-7]{32})<\/code>/.exec(asked.text)?.[1] ?? "";
    expect(asked.text).toContain(`otpauth://totp/tom?secret=${secret}`);
    const back = await visitor.submit(asked, { answer: generateSync({ secret }) });
    expect(told(back)["code"]).toBeTruthy();
    const again = await visit(pages);
    const next = await again.visitor.submit(again.page, { username: "tom", password: PASSWORD });
    expect(next.text).toContain('value="SOFTWARE_TOKEN_MFA"');
  });
});
