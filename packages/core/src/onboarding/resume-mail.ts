import type { MailTemplate } from "../config/onboarding-schema.ts";
import { type Clock, isoTime } from "../kernel/clock.ts";
import type { UserId } from "../kernel/ids.ts";
import { OnboardingMissingError } from "./errors.ts";
import type { OnboardingStore } from "./store.ts";

export interface ResumeMailDeps {
  readonly store: OnboardingStore;
  readonly clock: Clock;
}

/** Who says that a person can be reached again: an IAM ARN, and why. */
export interface Resumed {
  readonly by: string;
  readonly reason: string;
}

/**
 * An operator's word that a person can be reached again. What was given up meanwhile is due again; a mail that came back was
 * sent, and is not sent again. Safe to repeat, and to stop anywhere.
 * @returns the templates that are due again
 * @throws OnboardingMissingError, OnboardingStoreError
 */
export async function resumeMail(
  { store, clock }: ResumeMailDeps,
  userId: UserId,
  { by, reason }: Resumed,
): Promise<{ readonly isLifted: boolean; readonly dueAgain: readonly MailTemplate[] }> {
  const person = await store.find(userId);
  if (!person) throw new OnboardingMissingError("nobody is known by that user ID", { userId });
  const at = isoTime(clock());
  // Before the mails, or whoever sends one just now would give it up once more.
  const isLifted = await store.liftUnreachable(userId, { at, by, reason });
  const dueAgain: MailTemplate[] = [];
  for (const mail of await store.mailsOf(userId)) {
    if (mail.reason !== "cannot_be_reached") continue;
    if (await store.reopenMail(mail, at)) dueAgain.push(mail.template);
  }
  return { isLifted, dueAgain };
}
