import type { EventData, EventDetail } from "@carryover/events/define";
import type { OnboardingMailSent } from "@carryover/events/onboarding-mail-sent";
import type { UserCannotBeReached } from "@carryover/events/user-cannot-be-reached";
import type { UserInvited } from "@carryover/events/user-invited";
import type { UserMigrated } from "@carryover/events/user-migrated";
import type { UserSignedIn } from "@carryover/events/user-signed-in";
import type { MailTemplate } from "../config/onboarding-schema.ts";
import { type Clock, isoTime } from "../kernel/clock.ts";
import type { UserId } from "../kernel/ids.ts";
import type { Log } from "./deps.ts";
import { parsed } from "./errors.ts";
import {
  type Account,
  ArrivalFacts,
  CrossingFacts,
  InvitationFacts,
  MailFacts,
  type Person,
  templatesFor,
  UnreachableFacts,
} from "./schema.ts";
import type { OnboardingStore } from "./store.ts";

export interface OnboardingDeps {
  readonly store: OnboardingStore;
  /** Those that are on. */
  readonly templates: readonly MailTemplate[];
  /** The names of the sources: only who comes from one of them has crossed. */
  readonly sourceIds: ReadonlySet<string>;
  /** Tells the sender that there is something to do. Rejects when nobody could be told. */
  readonly wakeSender: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What led to a mail. */
interface Cause {
  readonly id: string;
  readonly correlationId: string;
}

/**
 * `UserMigrated`: the person crossed; their mail waits for the first sign-in, if that is not known yet.
 * Somebody who moves on between two new pools is no newcomer. Safe to repeat, in any order.
 * @throws OnboardingInputError, OnboardingStoreError
 */
export async function noteCrossing(
  deps: OnboardingDeps,
  { metadata, data }: EventDetail<EventData<typeof UserMigrated>>,
): Promise<void> {
  if (deps.templates.length === 0) return;
  const { userId, method, mfa } = parsed(CrossingFacts, data);
  const person = await deps.store.learn(userId, {
    ...(method !== "relocation" && { crossed: true }),
    ...(mfa === "reenrol" && { reenrol: true }),
  });
  await makeDue(deps, person, metadata);
}

/**
 * `UserSignedIn`: where the person is to be written to, and for many that they crossed. It comes with every
 * sign-in: one that brings nothing new costs one read. Safe to repeat, in any order.
 * @throws OnboardingInputError, OnboardingStoreError
 */
export async function noteArrival(
  deps: OnboardingDeps,
  { metadata, data }: EventDetail<EventData<typeof UserSignedIn>>,
): Promise<void> {
  if (deps.templates.length === 0) return;
  const { userId, poolId, region, sub, legacySub, legacySource } = parsed(ArrivalFacts, data);
  const crossed =
    legacySub !== undefined && legacySource !== undefined && deps.sourceIds.has(legacySource);
  const known = await deps.store.find(userId);
  const person =
    known?.account && (known.crossed || !crossed)
      ? known
      : await deps.store.learn(userId, {
          account: { region, poolId, username: sub },
          ...(crossed && { crossed }),
        });
  await makeDue(deps, person, metadata);
}

/**
 * `UserInvited`: a mail is due at once. Safe to repeat: a person is invited by mail once, by whichever campaign.
 * @throws OnboardingInputError, OnboardingStoreError
 */
export async function noteInvitation(
  deps: OnboardingDeps,
  { metadata, data }: EventDetail<EventData<typeof UserInvited>>,
): Promise<void> {
  if (!deps.templates.includes("invitation")) return;
  const { userId, target } = parsed(InvitationFacts, data);
  const { region, poolId, sub } = target;
  await addMails(
    deps,
    userId,
    ["invitation"],
    { region, poolId, username: sub ?? userId },
    metadata,
  );
}

/** `UserCannotBeReached`: no more mail for this person. Safe to repeat. @throws OnboardingInputError, OnboardingStoreError */
export async function noteUnreachable(
  { store }: Pick<OnboardingDeps, "store">,
  { metadata, data }: EventDetail<EventData<typeof UserCannotBeReached>>,
): Promise<void> {
  const { userId, reason } = parsed(UnreachableFacts, data);
  await store.markUnreachable(userId, reason, {
    eventId: metadata.id,
    at: metadata.occurredAt,
  });
}

/**
 * `OnboardingMailSent`, as SES's own report says it too: settles a mail whose sender died before it could
 * note the answer. Safe to repeat. @throws OnboardingInputError, OnboardingStoreError
 */
export async function noteSent(
  { store, clock, log }: Pick<OnboardingDeps, "store" | "clock" | "log">,
  { data }: EventDetail<EventData<typeof OnboardingMailSent>>,
): Promise<void> {
  const key = parsed(MailFacts, data);
  if (await store.markSent(key, isoTime(clock()))) {
    log("info", "the mail service knew of a mail before its sender had noted it", key);
  }
  await store.markAnnounced(key);
}

async function makeDue(deps: OnboardingDeps, person: Person, cause: Cause): Promise<void> {
  const { userId, account, noted } = person;
  if (!account) return;
  const missing = templatesFor(person).filter(
    (template) => deps.templates.includes(template) && !noted.has(template),
  );
  await addMails(deps, userId, missing, account, cause);
  // Only now: a crash before this ends in a repeat.
  await deps.store.note(userId, missing);
}

async function addMails(
  { store, wakeSender, clock }: OnboardingDeps,
  userId: UserId,
  templates: readonly MailTemplate[],
  account: Account,
  { id, correlationId }: Cause,
): Promise<void> {
  if (templates.length === 0) return;
  const at = isoTime(clock());
  for (const template of templates) {
    const mail = { userId, template, account, nextTryAt: at, correlationId, causationId: id };
    await store.addMail(mail, at);
  }
  // Also for one that is there already: its sender may not have been told.
  await wakeSender();
}
