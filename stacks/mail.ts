import { feedbackRule, REPORTED } from "@carryover/core/onboarding/feedback";
import {
  configurationSetOf,
  mailSenderOf,
  onboardingSettings,
} from "@carryover/core/onboarding/settings";
import { TARGET_RETRIES } from "./events.ts";
import type { Place } from "./places.ts";
import { allowRule } from "./queues.ts";
import type { Right } from "./rights.ts";
import type { Settings } from "./settings.ts";

/** The address in `Example <hello@example.com>`: IAM compares the bare one. */
const ADDRESS = /<([^<>]+)>$/;

/**
 * What a region needs to send onboarding mails, beside the sender's identity, which has to be verified by
 * hand: the configuration set and the way of SES's reports to the queue of the job that reads them. SES's event of a mail
 * holds its address, so it is cut down by the rule itself, in its region.
 */
export function createMail(
  { migration, stage }: Settings,
  place: Place,
  queue: sst.aws.Queue,
): void {
  const { mail } = onboardingSettings(migration);
  if (!mail) return;
  const { suffix, provider, region, accountId, partition } = place;
  const name = configurationSetOf(mail, stage);
  const set =
    mail.configurationSet === undefined
      ? new aws.sesv2.ConfigurationSet(
          `MailSet${suffix}`,
          {
            configurationSetName: name,
            reputationOptions: { reputationMetricsEnabled: true },
            deliveryOptions: { tlsPolicy: "REQUIRE" },
            suppressionOptions: { suppressedReasons: ["BOUNCE", "COMPLAINT"] },
          },
          { provider },
        )
      : undefined;
  new aws.sesv2.ConfigurationSetEventDestination(
    `MailReports${suffix}`,
    {
      configurationSetName: set?.configurationSetName ?? name,
      eventDestinationName: `carryover-${stage}`,
      eventDestination: {
        enabled: true,
        matchingEventTypes: [...REPORTED],
        eventBridgeDestination: {
          eventBusArn: $interpolate`arn:${partition}:events:${region}:${accountId}:event-bus/default`,
        },
      },
    },
    { provider },
  );
  const { pattern, inputPaths, inputTemplate } = feedbackRule(name);
  const rule = new aws.cloudwatch.EventRule(
    `MailFeedback${suffix}`,
    { eventPattern: JSON.stringify(pattern) },
    { provider },
  );
  const policy = allowRule(`MailFeedbackQueuePolicy${suffix}`, queue, rule, place);
  // No dead-letter queue here: EventBridge would put the whole event there, address and all.
  new aws.cloudwatch.EventTarget(
    `MailFeedbackTarget${suffix}`,
    {
      rule: rule.name,
      arn: queue.arn,
      inputTransformer: { inputPaths, inputTemplate },
      retryPolicy: TARGET_RETRIES,
    },
    { provider, dependsOn: [policy] },
  );
}

/** To send as the configured sender and in no other name, by the configuration set of the mails, in each region. */
export function sendMail({ migration, stage }: Settings, place: Place): Right[] {
  const { mail, regions } = onboardingSettings(migration);
  const sender = mailSenderOf(migration);
  if (!mail || !sender) return [];
  const { accountId, partition } = place;
  const of = (region: string, rest: string) =>
    $interpolate`arn:${partition}:ses:${region}:${accountId}:${rest}`;
  return [
    {
      actions: ["ses:SendEmail"],
      resources: regions.flatMap((region) => [
        of(region, `identity/${sender.identity}`),
        of(region, `configuration-set/${configurationSetOf(mail, stage)}`),
      ]),
      conditions: [
        {
          test: "StringEquals",
          variable: "ses:FromAddress",
          values: [ADDRESS.exec(mail.from)?.[1] ?? mail.from],
        },
      ],
    },
    // The account's quota: it has no resource (Service Authorization Reference, "Amazon SES v2").
    { actions: ["ses:GetAccount"], resources: ["*"] },
  ];
}
