import type { MailTemplate } from "../config/onboarding-schema.ts";
import { type Clock, isoTime } from "../kernel/clock.ts";
import { announceMail } from "./announce-mail.ts";
import type { Log, SayingDeps } from "./deps.ts";
import type { Mailer, OutgoingMail } from "./mailer.ts";
import { type Pace, paceOf } from "./pace.ts";
import { type AccountReader, type Recipient, recipientOf } from "./recipient.ts";
import type { FailureReason, Mail } from "./schema.ts";
import type { OnboardingStore } from "./store.ts";

export interface SendDueDeps extends SayingDeps {
  readonly store: OnboardingStore;
  readonly accounts: AccountReader;
  readonly mailerOf: (region: string) => Mailer;
  readonly render: (template: MailTemplate, to: Omit<Recipient, "address">) => Promise<Content>;
  readonly regions: readonly string[];
  readonly quotaShare: number;
  readonly clock: Clock;
  /** Waits for a place in the next second. */
  readonly wait: (ms: number) => Promise<void>;
  /** How much longer this run may take, in milliseconds. */
  readonly timeLeftMs: () => number;
  readonly log: Log;
  readonly count: (metric: string, dimensions?: Readonly<Record<string, string>>) => void;
}

type Content = Omit<OutgoingMail, "to">;

/** How long a mail whose fate is unknown waits for SES to report it: docs/decisions/0011. */
export const UNKNOWN_FATE_MS = 60 * 60_000;

/** By the number of tries that came to nothing: a minute, then longer, then every hour. */
const BACKOFF_MS = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000] as const;

/** A mail that SES refuses for itself is given up after so many tries. */
const MOST_REFUSALS = 4;

/** A mail whose account may not be read is given up after so many tries, which is after a day. */
const MOST_REFUSED_READS = 27;

const PAGE = 25;

/** Enough for one mail, with its reads, its send and what is said of it. */
const ONE_MAIL_MS = 15_000;

/**
 * Sends what is due in every region, in the order in which it became due and as fast as the accounts may.
 * A region that cannot be served now is left for the next run; nothing is lost. Safe to run twice at once.
 * @returns whether mails are left that another run could send at once
 * @throws OnboardingStoreError, PublishError
 */
export async function sendDueMails(deps: SendDueDeps): Promise<{ readonly isMoreDue: boolean }> {
  let isMoreDue = false;
  for (const region of deps.regions) {
    await announceOpen(deps, region);
    if (await sendIn(deps, region)) isMoreDue = true;
  }
  return { isMoreDue };
}

/** Says what an earlier run could not say any more. */
async function announceOpen(deps: SendDueDeps, region: string): Promise<void> {
  const { store, clock } = deps;
  for (const mail of await store.listOpen(region, "announce", isoTime(clock()), PAGE)) {
    await announce(deps, mail);
  }
}

/** @returns whether mails are left */
async function sendIn(deps: SendDueDeps, region: string): Promise<boolean> {
  const { store, mailerOf, clock, log } = deps;
  const due = () => store.listOpen(region, "send", isoTime(clock()), PAGE);
  let page = await due();
  if (page.length === 0) return false;
  const mailer = mailerOf(region);
  const pace = await paceOf(region, { ...deps, mailer });
  const seen = new Set<string>();
  for (; page.length > 0; page = await due()) {
    // The index lags behind the table: what it shows again has been dealt with.
    const fresh = page.filter((mail) => !seen.has(idOf(mail)));
    if (fresh.length === 0) return false;
    for (const mail of fresh) {
      if (deps.timeLeftMs() < ONE_MAIL_MS) return true;
      seen.add(idOf(mail));
      const stop = await sendOne(deps, mailer, pace, mail);
      if (stop !== undefined) {
        log("warn", "mails of a region wait", { region, reason: stop });
        deps.count("OnboardingMailWaits", { reason: stop });
        return false;
      }
    }
  }
  return false;
}

function idOf({ userId, template, nextTryAt }: Mail): string {
  return `${userId} ${template} ${nextTryAt}`;
}

/** @returns why the region's other mails are better not tried now */
async function sendOne(
  deps: SendDueDeps,
  mailer: Mailer,
  pace: () => Promise<Pace>,
  mail: Mail,
): Promise<string | undefined> {
  const { store, accounts, render } = deps;
  const person = await store.find(mail.userId);
  if (person?.unreachable) return giveUp(deps, mail, "cannot_be_reached");

  const user = await accounts.find(mail.account);
  if (user === "no-answer") return "pool_unavailable";
  if (user === "refused") return putOff(deps, mail);
  const recipient = recipientOf(user, mail);
  if ("reason" in recipient) return giveUp(deps, mail, recipient.reason);

  const { address: to, ...who } = recipient;
  const content = await render(mail.template, who);
  const stop = await waitForPlace(deps, pace);
  return stop ?? claimAndSend(deps, mailer, mail, { ...content, to });
}

/** Another mail's pool may answer, and this one must not be the first again at every run. */
async function putOff(deps: SendDueDeps, mail: Mail): Promise<undefined> {
  const { userId, template, account, refusedReads = 0 } = mail;
  if (refusedReads + 1 >= MOST_REFUSED_READS) return giveUp(deps, mail, "pool_refused");
  await deps.store.postpone(mail, after(deps, refusedReads));
  deps.log("warn", "a pool may not be read", { userId, template, poolId: account.poolId });
  deps.count("OnboardingMailWaits", { reason: "pool_refused" });
}

async function waitForPlace(
  { wait, timeLeftMs }: SendDueDeps,
  pace: () => Promise<Pace>,
): Promise<string | undefined> {
  for (;;) {
    const next = await pace();
    if (next === "go") return undefined;
    if ("stop" in next) return next.stop;
    if (timeLeftMs() < next.waitMs + ONE_MAIL_MS) return "run_ends";
    await wait(next.waitMs);
  }
}

/** From the claim to the note of what became of it nothing else happens: a crash here is what leaves a fate unknown. */
async function claimAndSend(
  deps: SendDueDeps,
  mailer: Mailer,
  mail: Mail,
  outgoing: OutgoingMail,
): Promise<string | undefined> {
  const { store, clock, log, count } = deps;
  const { userId, template } = mail;
  const claimed = await store.claim(mail, isoTime(clock() + UNKNOWN_FATE_MS));
  if (!claimed) return undefined;
  if (mail.state === "claimed") {
    log("warn", "a mail of unknown fate is sent again", { userId, template });
    count("OnboardingMailRepeated");
  }

  const answer = await mailer.send(outgoing, claimed);
  switch (answer.outcome) {
    case "accepted":
      await store.markSent(claimed, isoTime(clock()), answer.messageId);
      await announce(deps, claimed);
      return undefined;
    case "refused": {
      const { reason } = answer;
      log("warn", "the mail service refused a mail", { userId, template, reason });
      if (claimed.attempts + 1 >= MOST_REFUSALS) return giveUp(deps, claimed, "rejected");
      await store.release(claimed, after(deps, claimed.attempts));
      return undefined;
    }
    case "try-later":
      await store.release(claimed, after(deps, claimed.attempts));
      return answer.reason;
    case "unknown":
      log("warn", "a mail's fate is unknown", { userId, template, reason: answer.reason });
      count("OnboardingMailUnknown");
      return answer.reason;
  }
}

/** When to try again after so many tries before this one. */
function after({ clock }: SendDueDeps, tries: number): string {
  const backoffMs = BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)] ?? 0;
  return isoTime(clock() + backoffMs);
}

async function giveUp(deps: SendDueDeps, mail: Mail, reason: FailureReason): Promise<undefined> {
  const { store, clock, log, count } = deps;
  const failed = await store.markFailed(mail, reason, isoTime(clock()));
  if (!failed) return;
  log("info", "a mail is given up", { userId: mail.userId, template: mail.template, reason });
  count("OnboardingMailFailed", { reason });
  await announce(deps, failed);
}

async function announce(deps: SendDueDeps, mail: Mail): Promise<void> {
  await announceMail(deps, mail);
  await deps.store.markAnnounced(mail);
}
