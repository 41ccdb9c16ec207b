import { UserCannotBeReached } from "@carryover/events/user-cannot-be-reached";
import * as z from "zod/mini";
import { MailTemplate } from "../config/onboarding-schema.ts";
import { makeEvent } from "../events/event.ts";
import { derivedId, UserId } from "../kernel/ids.ts";
import { announceMail, type Said } from "./announce-mail.ts";
import type { Log, SayingDeps } from "./deps.ts";
import { parsed } from "./errors.ts";

/**
 * What is left of a report of SES once the rule of its region has taken off the address, the subject and
 * the headers. Source: SES guide, "Monitoring SES events using Amazon EventBridge", and "Contents of event
 * data that Amazon SES publishes"; a tag's value is a list there.
 */
export const FeedbackReport = z.object({
  eventType: z.string(),
  messageId: z.string(),
  userId: z.array(UserId).check(z.length(1)),
  template: z.array(MailTemplate).check(z.length(1)),
  bounceType: z.optional(z.string()),
});

/** The reports that say something: SES's detail-types on the default bus. */
const DETAIL_TYPES = [
  "Email Sent",
  "Email Rejected",
  "Email Bounced",
  "Email Complaint Received",
] as const;

/**
 * The rule that SES's reports of a region meet on its default bus, the only bus that SES can report to (API
 * reference of SES v2, EventBridgeDestination). What it lets through names and reaches nobody: the address,
 * the subject and the headers stay behind. A list stands bare in the template, since tags always are there;
 * a text stands in quotes, since a path that leads nowhere leaves nothing.
 */
export function feedbackRule(configurationSet: string) {
  return {
    pattern: {
      source: ["aws.ses"],
      "detail-type": DETAIL_TYPES,
      detail: {
        mail: {
          tags: {
            "ses:configuration-set": [configurationSet],
            user_id: [{ exists: true }],
            template: [{ exists: true }],
          },
        },
      },
    },
    inputPaths: {
      eventType: "$.detail.eventType",
      messageId: "$.detail.mail.messageId",
      userId: "$.detail.mail.tags.user_id",
      template: "$.detail.mail.tags.template",
      bounceType: "$.detail.bounce.bounceType",
    },
    inputTemplate:
      '{"eventType":"<eventType>","messageId":"<messageId>","userId":<userId>,"template":<template>,"bounceType":"<bounceType>"}',
  } as const;
}

/** What SES has to report for that, in the API's words. */
export const REPORTED = ["SEND", "REJECT", "BOUNCE", "COMPLAINT"] as const;

export interface FeedbackDeps extends SayingDeps {
  readonly log: Log;
  readonly count: (metric: string, dimensions?: Readonly<Record<string, string>>) => void;
}

/**
 * Says on the bus what SES reported of a mail. Runs in the region of the mail; what it says names no
 * address. Safe to repeat: the ids are derived. @throws OnboardingInputError, PublishError
 */
export async function reportFeedback(deps: FeedbackDeps, message: unknown): Promise<void> {
  const report = parsed(FeedbackReport, message);
  const { eventType, messageId, bounceType } = report;
  const [userId] = report.userId;
  const [template] = report.template;
  if (userId === undefined || template === undefined) return;
  const said: Said = { userId, template, correlationId: messageId, causationId: messageId };
  deps.count("OnboardingMailFeedback", { type: eventType });
  switch (eventType) {
    case "Send":
      return announceMail(deps, said);
    case "Reject":
      return announceMail(deps, { ...said, reason: "rejected" });
    case "Bounce":
      // A full mailbox or a server that was away says nothing of the address.
      if (bounceType === "Permanent") await sayUnreachable(deps, said, "bounce");
      else deps.log("info", "a mail bounced, but not for good", { userId, template, bounceType });
      return;
    case "Complaint":
      return sayUnreachable(deps, said, "complaint");
    default:
      deps.log("info", "a report that changes nothing", { userId, template, eventType });
  }
}

async function sayUnreachable(
  { publish, origin }: FeedbackDeps,
  { userId, correlationId, causationId }: Said,
  reason: "bounce" | "complaint",
): Promise<void> {
  const links = {
    // By the mail: what comes back after an operator has lifted it is news.
    id: derivedId(UserCannotBeReached.name, userId, reason, causationId),
    correlationId,
    causationId,
  };
  const data = { userId, region: origin.region, reason };
  await publish([makeEvent(UserCannotBeReached, origin, links, data)]);
}
