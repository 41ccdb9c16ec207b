import { describe, expect, it } from "vitest";
import { signIn } from "./steps/sign-in.ts";
import { aUser, configFile, eventually, givenAStage, type TestStage } from "./steps/stage.ts";

const given = givenAStage({
  configFile: configFile("onboarding"),
  seed: {
    sources: {
      legacy: {
        users: [aUser("anna@example.com", { attributes: { locale: "de-AT", given_name: "Anna" } })],
      },
    },
  },
});

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

async function mailsTo({ stage }: TestStage, address: string): Promise<Mail[]> {
  const url = `${stage.ready.mailbox}?to=${encodeURIComponent(address)}`;
  return (await fetch(url)).json() as Promise<Mail[]>;
}

describe("a person who crossed", () => {
  it("gets one welcome mail, in their language", async () => {
    const test = given();

    await signIn(test, "anna@example.com");
    const mail = await eventually(
      "a mail",
      async () => (await mailsTo(test, "anna@example.com"))[0],
    );

    expect(mail.subject).toBe("Ihr Konto bei Example ist umgezogen");
    expect(mail.text).toContain("Guten Tag Anna,");
  });
});
