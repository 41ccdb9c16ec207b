import * as z from "zod/mini";
import type { MailSender } from "../config/deploy-schema.ts";
import { Brand, MailLocale, MailTemplate } from "../config/onboarding-schema.ts";
import type { ResolvedMigration } from "../config/schema.ts";
import { Region } from "../kernel/ids.ts";

/** What the service knows of the configuration: data only, linked to its functions. */
export const OnboardingSettings = z.object({
  /** Where there are new pools, and so people to write to. */
  regions: z.array(Region),
  /** Missing: no mail is sent. */
  mail: z.optional(
    z.object({
      from: z.string(),
      replyTo: z.optional(z.string()),
      /** An existing set; missing: the stage's own. */
      configurationSet: z.optional(z.string()),
      brand: Brand,
      signInUrl: z.string(),
      defaultLocale: MailLocale,
      /** Those that are on. */
      templates: z.array(MailTemplate),
      quotaShare: z.number(),
    }),
  ),
});
export type OnboardingSettings = z.infer<typeof OnboardingSettings>;
export type MailSettings = NonNullable<OnboardingSettings["mail"]>;

type Configured = Pick<ResolvedMigration, "regions" | "onboarding" | "target">;

export function onboardingSettings(migration: Configured): OnboardingSettings {
  const { regions, onboarding } = migration;
  const sender = mailSenderOf(migration);
  if (!onboarding || !sender) return { regions };
  const { brand, signInUrl, defaultLocale, templates, quotaShare, configurationSet } = onboarding;
  return {
    regions,
    mail: {
      from: sender.from,
      ...(sender.replyTo !== undefined && { replyTo: sender.replyTo }),
      ...(configurationSet !== undefined && { configurationSet }),
      brand,
      signInUrl,
      defaultLocale,
      templates: MailTemplate.options.filter((template) => templates[template]),
      quotaShare,
    },
  };
}

/** Whose name the mails bear: undefined where none are sent. */
export function mailSenderOf({ onboarding, target }: Configured): MailSender | undefined {
  return onboarding && (onboarding.sender ?? target.mail);
}

/** The SES configuration set that carries the service's mails, the same name in every region. */
export function configurationSetOf(
  { configurationSet }: Pick<MailSettings, "configurationSet">,
  stage: string,
): string {
  return configurationSet ?? `carryover-${stage}-onboarding`;
}
