import * as z from "zod/mini";
import { MailSender } from "./deploy-schema.ts";

/** The mails that the onboarding service knows. Each goes to a person once. */
export const MailTemplate = z.enum([
  /** At the first sign-in after a crossing. */
  "welcome",
  /** To those whose second factor could not cross. */
  "re-enrol",
  /** To those for whom a campaign made an account. */
  "invitation",
]);
export type MailTemplate = z.infer<typeof MailTemplate>;

/** The languages that the templates speak. */
export const MailLocale = z.enum(["en", "de", "es"]);
export type MailLocale = z.infer<typeof MailLocale>;

const HttpsUrl = z.string().check(z.regex(/^https:\/\/[^\s"<>]+$/, "must be an https address"));

const Color = z.string().check(z.regex(/^#[0-9a-f]{6}$/i, "must be a colour such as #1a56db"));

/** How a mail looks, and whom it speaks for. */
export const Brand = z.strictObject({
  /** As people know you. */
  name: z.string().check(z.minLength(1), z.maxLength(80)),
  /** A PNG or JPEG of at most 200 pixels' width: mail programs show no SVG. */
  logoUrl: z.optional(HttpsUrl),
  /** Of buttons and links. */
  color: z._default(Color, "#1a56db"),
  /** Of the words on a button. */
  buttonTextColor: z._default(Color, "#ffffff"),
  /** Where people find help. */
  supportUrl: HttpsUrl,
});
export type Brand = z.infer<typeof Brand>;

const TemplateSwitches = z.strictObject({
  welcome: z._default(z.boolean(), true),
  "re-enrol": z._default(z.boolean(), true),
  invitation: z._default(z.boolean(), true),
});

/** The mails to people who crossed or may. Without this section none is sent. */
export const Onboarding = z.strictObject({
  brand: Brand,
  /** Your app's sign-in page. */
  signInUrl: HttpsUrl,
  /** Who sends. Default: `target.mail`. */
  sender: z.optional(MailSender),
  /** An SES configuration set that exists in each region. Default: the stacks make one. */
  configurationSet: z.optional(
    z.string().check(z.regex(/^[\w-]{1,64}$/, "must be the name of an SES configuration set")),
  ),
  /** For people whose `locale` is missing, or is a language that the templates do not speak. */
  defaultLocale: z._default(MailLocale, "en"),
  templates: z.prefault(TemplateSwitches, {}),
  /** How much of the SES account's rate and day these mails may use. Cognito's codes need the rest. */
  quotaShare: z._default(z.number().check(z.positive(), z.lte(1)), 0.8),
});
export type Onboarding = z.infer<typeof Onboarding>;
