import { OnboardingMailFailed } from "@carryover/events/onboarding-mail-failed";
import { OnboardingMailSent } from "@carryover/events/onboarding-mail-sent";
import * as z from "zod/mini";
import { MailTemplate } from "../src/config/onboarding-schema.ts";
import type { OutgoingEvent } from "../src/events/event.ts";
import { Region } from "../src/kernel/ids.ts";
import type { PoolUser } from "../src/migration/source.ts";
import type { OnboardingDeps } from "../src/onboarding/commands.ts";
import type { Mailer, OutgoingMail, SendOutcome, SendQuota } from "../src/onboarding/mailer.ts";
import type { Mail, MailKey } from "../src/onboarding/schema.ts";
import type { SendDueDeps } from "../src/onboarding/send-due.ts";
import type { OnboardingStore } from "../src/onboarding/store.ts";
import { legacy, newPool, newSub, userId } from "./person.ts";

// For tests only: a mail service that does as it is told, and all that the onboarding verbs need.

export const region = z.parse(Region, "eu-central-1");
export const START_EPOCH_MS = Date.UTC(2026, 10, 22, 10);

/** What the mail service does with one send, and whether it takes the mail. */
export interface Answer {
  readonly outcome: SendOutcome;
  readonly taken: boolean;
}

export const ACCEPTED: Answer = { outcome: { outcome: "accepted", messageId: "m" }, taken: true };
export const THROTTLED: Answer = {
  outcome: { outcome: "try-later", reason: "TooManyRequestsException" },
  taken: false,
};
export const REFUSED: Answer = {
  outcome: { outcome: "refused", reason: "MessageRejected" },
  taken: false,
};
export const LOST: Answer = {
  outcome: { outcome: "unknown", reason: "TimeoutError" },
  taken: false,
};
export const TAKEN_UNHEARD: Answer = {
  outcome: { outcome: "unknown", reason: "TimeoutError" },
  taken: true,
};

const GENEROUS: SendQuota = { perDay: -1, sentInLastDay: 0, perSecond: 1000, enabled: true };

/** The service's surroundings for one test. Answers are given one after the other; then every mail is accepted. */
export function mailing(store: OnboardingStore, answers: readonly Answer[] = []) {
  const left = [...answers];
  const taken: (MailKey & OutgoingMail)[] = [];
  const published: OutgoingEvent[] = [];
  const counted: string[] = [];
  const state = {
    nowEpochMs: START_EPOCH_MS,
    quota: GENEROUS as SendQuota | undefined,
    user: (_username: string): PoolUser | "not-found" | "no-answer" | "refused" => aPoolUser(),
    wakes: 0,
  };
  const clock = () => state.nowEpochMs;
  const log = () => undefined;
  const mailer: Mailer = {
    async send(mail, { userId: to, template }) {
      const { outcome, taken: isTaken } = left.shift() ?? ACCEPTED;
      if (isTaken) taken.push({ userId: to, template, ...mail });
      return outcome;
    },
    quota: async () => state.quota,
  };
  const onboarding: OnboardingDeps = {
    store,
    templates: MailTemplate.options,
    sourceIds: new Set([legacy.id]),
    wakeSender: async () => {
      state.wakes += 1;
    },
    clock,
    log,
  };
  const sending: SendDueDeps = {
    store,
    accounts: { find: async ({ username }) => state.user(username) },
    mailerOf: () => mailer,
    render: async (template, { locale }) => ({
      subject: template,
      html: "",
      text: "",
      language: locale ?? "en",
    }),
    publish: async (events) => void published.push(...events),
    origin: { stage: "test", region, clock },
    regions: [region],
    quotaShare: 1,
    clock,
    wait: async (ms) => {
      state.nowEpochMs += ms;
    },
    timeLeftMs: () => 60_000,
    log,
    count: (metric) => void counted.push(metric),
  };
  const said = (name: string) =>
    published.filter((event) => event.name === name).map(({ detail }) => detail);
  return {
    onboarding,
    sending,
    state,
    taken,
    counted,
    sent: () => said(OnboardingMailSent.name),
    failed: () => said(OnboardingMailFailed.name),
    later: (ms: number) => {
      state.nowEpochMs += ms;
    },
  };
}

export function aPoolUser(attributes: Record<string, string> = {}): PoolUser {
  return {
    username: "somebody",
    sub: "somebody",
    enabled: true,
    status: "CONFIRMED",
    hasSecondFactor: false,
    attributes: { email: "somebody@example.com", email_verified: "true", ...attributes },
  };
}

/** Makes a mail due to the n-th person. */
export async function givenDue(store: OnboardingStore, n = 1): Promise<Mail> {
  const at = new Date(START_EPOCH_MS).toISOString();
  const mail = {
    userId: userId(n),
    template: "welcome" as const,
    account: { region, poolId: newPool, username: newSub(n) },
    nextTryAt: at,
    correlationId: "request",
    causationId: "event",
  };
  await store.addMail(mail, at);
  return { ...mail, state: "due", attempts: 0 };
}
