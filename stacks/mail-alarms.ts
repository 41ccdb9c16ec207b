import type { AlarmSpec } from "./source-alarms.ts";

/** SES puts an account under review at five mails of a hundred that bounce, or one of a thousand that is complained about (SES guide, "Understanding reputation"). */
const LIMITS = { BounceRate: 0.05, ComplaintRate: 0.001 } as const;

/** Warn while there is half of the way left to go. */
const SHARE = 0.5;

/** The account's reputation with the mail service of a region. SES counts it over the mails of the last days. */
export function mailAlarms(): [string, AlarmSpec][] {
  return Object.entries(LIMITS).map(([rate, limit]) => [
    `Mail${rate}`,
    {
      alarmDescription: `${rate} of the account's mails comes near what SES allows: see docs/onboarding.md, "Bounces"`,
      namespace: "AWS/SES",
      metricName: `Reputation.${rate}`,
      statistic: "Maximum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: limit * SHARE,
    },
  ]);
}
