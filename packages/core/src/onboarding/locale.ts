import { MailLocale } from "../config/onboarding-schema.ts";

/**
 * The language to write in, from a user's `locale` attribute: `de-AT` and `de_AT` are German, and whatever
 * the templates do not speak is the default. The attribute is free text that the user may set (OpenID
 * Connect Core, 5.1).
 */
export function mailLocale(attribute: string | undefined, fallback: MailLocale): MailLocale {
  const [language] = (attribute ?? "")
    .trim()
    .toLowerCase()
    .split(/[-_.@]/);
  const spoken: readonly string[] = MailLocale.options;
  return language !== undefined && spoken.includes(language) ? (language as MailLocale) : fallback;
}
