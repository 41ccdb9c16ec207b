import type { MailKey } from "./schema.ts";

/** A mail as it leaves. */
export interface OutgoingMail {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly language: string;
}

/**
 * What became of a send. Only `accepted` is a mail that goes out; `refused` and `try-later` are known not
 * to have been taken; `unknown` may have been taken or not, and only time or a report of SES can tell.
 */
export type SendOutcome =
  | { readonly outcome: "accepted"; readonly messageId: string }
  /** The mail itself is at fault. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** The account is: throttled, paused, not allowed. */
  | { readonly outcome: "try-later"; readonly reason: string }
  | { readonly outcome: "unknown"; readonly reason: string };

/** What an account may send in a region. */
export interface SendQuota {
  /** -1: no limit. */
  readonly perDay: number;
  readonly sentInLastDay: number;
  readonly perSecond: number;
  /** Whether sending is on at all. */
  readonly enabled: boolean;
}

/** The mail service of one region. */
export interface Mailer {
  /** Tries once: a blind second try could send twice. Never rejects for what SES or the network said. */
  send(mail: OutgoingMail, key: MailKey): Promise<SendOutcome>;
  /** Undefined when it cannot be had now. */
  quota(): Promise<SendQuota | undefined>;
}
