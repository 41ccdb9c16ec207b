import { render, toPlainText } from "@react-email/render";
import type { MailLocale, MailTemplate } from "../../config/onboarding-schema.ts";
import { mailLocale } from "../locale.ts";
import type { OutgoingMail } from "../mailer.ts";
import type { MailSettings } from "../settings.ts";
import { copyOf } from "./copy.ts";
import { Layout } from "./layout.tsx";

export type RenderSettings = Pick<MailSettings, "brand" | "signInUrl" | "defaultLocale">;

export interface Reader {
  /** The user's `locale` attribute, as it stands there. */
  readonly locale?: string;
  readonly name?: string;
}

/** A mail as HTML and as text, in the reader's language. What a person chose is escaped. */
export async function renderMail(
  { brand, signInUrl, defaultLocale }: RenderSettings,
  template: MailTemplate,
  { locale: attribute, name }: Reader,
): Promise<Omit<OutgoingMail, "to">> {
  const language: MailLocale = mailLocale(attribute, defaultLocale);
  const copy = copyOf(language, template)({ brand: brand.name, name });
  const html = await render(
    <Layout locale={language} brand={brand} signInUrl={signInUrl} copy={copy} />,
  );
  const text = toPlainText(html, { selectors: [{ selector: "img", format: "skip" }] });
  return { subject: copy.subject, html, text, language };
}
