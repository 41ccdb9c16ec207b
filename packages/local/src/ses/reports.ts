import { randomUUID } from "node:crypto";
import type { AwsEvent } from "../eventbridge/event.ts";
import { ACCOUNT_ID } from "../service.ts";
import { bare, domainOf } from "./addresses.ts";
import type { ConfigurationSet } from "./state.ts";

/** A mail that SES took, as its reports describe it. */
export interface Taken {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly set: ConfigurationSet;
  readonly atEpochMs: number;
}

/** What happened to it. `EventType` is the API's word, `eventType` the report's. */
export type Happening =
  | { readonly type: "SEND" | "DELIVERY" }
  | {
      readonly type: "BOUNCE";
      readonly subType: "General" | "Suppressed" | "OnAccountSuppressionList";
    }
  | { readonly type: "COMPLAINT" }
  | { readonly type: "RENDERING_FAILURE"; readonly reason: string };

/** Detail-types on the default bus. Source: EventBridge events reference, "Amazon Simple Email Service events". */
const DETAIL_TYPES = {
  SEND: "Email Sent",
  DELIVERY: "Email Delivered",
  BOUNCE: "Email Bounced",
  COMPLAINT: "Email Complaint Received",
  RENDERING_FAILURE: "Email Rendering Failed",
} as const satisfies Record<Happening["type"], string>;

/** Source: SES guide, "Contents of event data that Amazon SES publishes", whose JSON EventBridge gets as the detail. */
export function reportOf(taken: Taken, happening: Happening, region: string): AwsEvent {
  return {
    source: "aws.ses",
    "detail-type": DETAIL_TYPES[happening.type],
    resources: [`arn:aws:ses:${region}:${ACCOUNT_ID}:configuration-set/${taken.set.name}`],
    detail: { ...particulars(taken, happening), mail: mailObject(taken, region) },
  };
}

function particulars({ to, atEpochMs }: Taken, happening: Happening): Record<string, unknown> {
  const timestamp = new Date(atEpochMs).toISOString();
  const feedbackId = randomUUID();
  switch (happening.type) {
    case "SEND":
      return { eventType: "Send", send: {} };
    case "DELIVERY":
      return {
        eventType: "Delivery",
        delivery: {
          timestamp,
          processingTimeMillis: 1,
          recipients: to.map(bare),
          smtpResponse: "250 2.6.0 Message received",
          reportingMTA: "local",
        },
      };
    case "BOUNCE":
      return {
        eventType: "Bounce",
        bounce: {
          bounceType: "Permanent",
          bounceSubType: happening.subType,
          bouncedRecipients: to.map((address) => ({
            emailAddress: bare(address),
            action: "failed",
            status: "5.1.1",
            diagnosticCode: "smtp; 550 5.1.1 user unknown",
          })),
          timestamp,
          feedbackId,
          reportingMTA: "dns; local",
        },
      };
    case "COMPLAINT":
      return {
        eventType: "Complaint",
        complaint: {
          complainedRecipients: to.map((address) => ({ emailAddress: bare(address) })),
          timestamp,
          feedbackId,
          complaintSubType: null,
          complaintFeedbackType: "abuse",
        },
      };
    case "RENDERING_FAILURE":
      return {
        eventType: "Rendering Failure",
        failure: { errorMessage: happening.reason, templateName: "" },
      };
  }
}

function mailObject(
  { messageId, from, to, subject, tags, set, atEpochMs }: Taken,
  region: string,
): Record<string, unknown> {
  const own = Object.entries(tags).map(([name, value]) => [name, [value]]);
  return {
    timestamp: new Date(atEpochMs).toISOString(),
    source: from,
    sourceArn: `arn:aws:ses:${region}:${ACCOUNT_ID}:identity/${domainOf(from)}`,
    sendingAccountId: ACCOUNT_ID,
    messageId,
    destination: to.map(bare),
    headersTruncated: false,
    headers: [
      { name: "From", value: from },
      { name: "To", value: to.join(", ") },
      { name: "Subject", value: subject },
    ],
    commonHeaders: { from: [from], to, messageId, subject },
    tags: {
      "ses:operation": ["SendEmail"],
      "ses:configuration-set": [set.name],
      "ses:source-ip": ["127.0.0.1"],
      "ses:from-domain": [domainOf(from)],
      "ses:caller-identity": ["local"],
      ...Object.fromEntries(own),
    },
  };
}
