import {
  AccountSuspendedException,
  BadRequestException,
  GetAccountCommand,
  InternalServiceErrorException,
  LimitExceededException,
  MailFromDomainNotVerifiedException,
  MessageRejected,
  NotFoundException,
  SESv2Client,
  SESv2ServiceException,
  SendEmailCommand,
  SendingPausedException,
  TooManyRequestsException,
} from "@aws-sdk/client-sesv2";
import type { Mailer, OutgoingMail, SendOutcome, SendQuota } from "../onboarding/mailer.ts";
import type { MailKey } from "../onboarding/schema.ts";

/** Names of the message tags: they come back in each report of SES, which is how it is related to a person without an address. */
const MAIL_TAGS = { user: "user_id", template: "template" } as const;

export interface SesOptions {
  readonly region: string;
  readonly from: string;
  readonly replyTo?: string | undefined;
  readonly configurationSet: string;
}

/** Time enough for a slow answer: what runs out of it may have been sent. */
const LIMITS = { connectionTimeout: 1000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** SES in one region. Needs `ses:SendEmail` on the identity and the configuration set, and `ses:GetAccount`. */
export function sesMailer(options: SesOptions): Mailer {
  // SendEmail has no idempotency token (API reference of SES v2, 2026): the SDK must not repeat it.
  const client = new SESv2Client({
    region: options.region,
    maxAttempts: 1,
    requestHandler: LIMITS,
  });
  return {
    send: (mail, key) => send(client, options, mail, key),
    quota: () => quota(client),
  };
}

async function send(
  client: SESv2Client,
  { from, replyTo, configurationSet }: SesOptions,
  { to, subject, html, text }: OutgoingMail,
  { userId, template }: MailKey,
): Promise<SendOutcome> {
  const utf8 = (Data: string) => ({ Data, Charset: "UTF-8" });
  try {
    const { MessageId } = await client.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        ...(replyTo !== undefined && { ReplyToAddresses: [replyTo] }),
        Destination: { ToAddresses: [to] },
        Content: {
          Simple: { Subject: utf8(subject), Body: { Html: utf8(html), Text: utf8(text) } },
        },
        ConfigurationSetName: configurationSet,
        EmailTags: [
          { Name: MAIL_TAGS.user, Value: userId },
          { Name: MAIL_TAGS.template, Value: template },
        ],
      }),
    );
    return { outcome: "accepted", messageId: MessageId ?? "" };
  } catch (error) {
    return refusal(error);
  }
}

/** Errors of SendEmail that are about the account: trying again later can help (API reference of SES v2, SendEmail). */
const ACCOUNT_ERRORS = [
  AccountSuspendedException,
  LimitExceededException,
  MailFromDomainNotVerifiedException,
  NotFoundException,
  SendingPausedException,
  TooManyRequestsException,
];

/** Errors of Node that come before anything was sent. */
const NEVER_ARRIVED: readonly unknown[] = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"];

function refusal(error: unknown): SendOutcome {
  if (!(error instanceof Error)) throw error;
  const reason = error.name;
  if (error instanceof MessageRejected || error instanceof BadRequestException) {
    return { outcome: "refused", reason };
  }
  if (ACCOUNT_ERRORS.some((type) => error instanceof type)) return { outcome: "try-later", reason };
  if (error instanceof InternalServiceErrorException) return { outcome: "unknown", reason };
  // Not modelled: throttling by other names, and what IAM refuses. All of them come before the send.
  if (error instanceof SESv2ServiceException && error.$fault === "client") {
    return { outcome: "try-later", reason };
  }
  if ("code" in error && NEVER_ARRIVED.includes(error.code))
    return { outcome: "try-later", reason };
  if (error.name === "CredentialsProviderError") return { outcome: "try-later", reason };
  return { outcome: "unknown", reason };
}

async function quota(client: SESv2Client): Promise<SendQuota | undefined> {
  try {
    const { SendQuota: sendQuota = {}, SendingEnabled } = await client.send(
      new GetAccountCommand(),
    );
    return {
      perDay: sendQuota.Max24HourSend ?? 0,
      sentInLastDay: sendQuota.SentLast24Hours ?? 0,
      perSecond: sendQuota.MaxSendRate ?? 0,
      enabled: SendingEnabled ?? false,
    };
  } catch {
    // Whatever it was, nothing can be sent without knowing how fast: the next run asks again.
    return undefined;
  }
}
