import { describe, expect, it } from "vitest";
import { MailLocale, MailTemplate } from "../../config/onboarding-schema.ts";
import { type RenderSettings, renderMail } from "./render.tsx";

const settings: RenderSettings = {
  brand: {
    name: "Cats & Co",
    logoUrl: "https://example.com/logo.png",
    color: "#aa0000",
    buttonTextColor: "#ffffff",
    supportUrl: "https://example.com/help",
  },
  signInUrl: "https://example.com/sign-in?from=mail&to=home",
  defaultLocale: "en",
};

const all = MailTemplate.options.flatMap((template) =>
  MailLocale.options.map((locale) => ({ template, locale })),
);

describe.each(all)("the mail $template in $locale", ({ template, locale }) => {
  it("has a subject, HTML and text that say the same", async () => {
    const { subject, html, text, language } = await renderMail(settings, template, {
      locale,
      name: "Ann",
    });

    expect(language).toBe(locale);
    expect(html).toContain(`lang="${locale}"`);
    expect(subject).toContain("Cats & Co");
    for (const [part, link] of [
      [html, "https://example.com/sign-in?from=mail&amp;to=home"],
      [text, "https://example.com/sign-in?from=mail&to=home"],
    ] as const) {
      expect(part).toContain("Ann");
      expect(part).toContain(link);
      expect(part).toContain("https://example.com/help");
      expect(part).not.toMatch(/undefined|\[object/);
    }
    expect(text).toContain("Cats & Co");
    expect(text).not.toMatch(/<[a-z]/i);
  });

  it("leads nowhere but to the two configured addresses, and shows no picture but the logo", async () => {
    const { html } = await renderMail(settings, template, { locale });
    const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link);

    expect(new Set(links)).toEqual(
      new Set([
        "https://example.com/logo.png",
        "https://example.com/sign-in?from=mail&amp;to=home",
        "https://example.com/help",
      ]),
    );
  });

  it("speaks a language of its own", async () => {
    const others = MailLocale.options.filter((other) => other !== locale);
    const { text } = await renderMail(settings, template, { locale });
    for (const other of others) {
      expect((await renderMail(settings, template, { locale: other })).text).not.toBe(text);
    }
    expect.hasAssertions();
  });
});

it("escapes a name, should a dangerous one ever come so far", async () => {
  const name = '<img src=x onerror="alert(1)">';
  const { html } = await renderMail(settings, "welcome", { name });

  expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  expect(html).not.toContain("<img src=x");
});
