import { OnboardingMailFailed } from "@carryover/events/onboarding-mail-failed";
import { OnboardingMailSent } from "@carryover/events/onboarding-mail-sent";
import { makeEvent } from "../events/event.ts";
import type { SayingDeps } from "./deps.ts";
import { type Mail, mailEventId } from "./schema.ts";

/** What there is to say of a mail: with a reason it was given up. */
export type Said = Pick<Mail, "userId" | "template" | "correlationId" | "causationId" | "reason">;

/** Says what became of a mail. Safe to repeat: a mail has one id for good. @throws PublishError */
export async function announceMail(
  { publish, origin }: SayingDeps,
  { userId, template, reason, correlationId, causationId }: Said,
): Promise<void> {
  const linksOf = ({ name }: { readonly name: string }) => ({
    id: mailEventId(name, { userId, template }),
    correlationId,
    causationId,
  });
  const event =
    reason === undefined
      ? makeEvent(OnboardingMailSent, origin, linksOf(OnboardingMailSent), { userId, template })
      : makeEvent(OnboardingMailFailed, origin, linksOf(OnboardingMailFailed), {
          userId,
          template,
          reason,
        });
  await publish([event]);
}
