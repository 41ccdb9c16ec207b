import { OnboardingMailFailed } from "@carryover/events/onboarding-mail-failed";
import { OnboardingMailSent } from "@carryover/events/onboarding-mail-sent";
import { makeEvent } from "../events/event.ts";
import type { SayingDeps } from "./deps.ts";
import { type FailureReason, type Mail, mailEventId } from "./schema.ts";

/** What there is to say of a mail: with a reason it was given up. */
export type Said = Pick<Mail, "userId" | "template" | "correlationId" | "causationId" | "reason">;

/** Says what became of a mail. Safe to repeat: a mail has one id for good. @throws PublishError */
export async function announceMail(
  { publish, origin }: SayingDeps,
  { userId, template, reason, ...mail }: Said,
): Promise<void> {
  const definition = reason === undefined ? OnboardingMailSent : OnboardingMailFailed;
  const { correlationId, causationId } = mail;
  const links = {
    id: mailEventId(definition.name, { userId, template }),
    correlationId,
    causationId,
  };
  const data: { userId: string; template: string; reason?: FailureReason } = {
    userId,
    template,
    ...(reason !== undefined && { reason }),
  };
  await publish([makeEvent(definition, origin, links, data)]);
}
