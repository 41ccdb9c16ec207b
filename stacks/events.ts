import { EVENT_SOURCE } from "@carryover/events/define";
import type { Place } from "./places.ts";
import { allowRule, createDeadLetterQueue } from "./queues.ts";
import type { Regional } from "./regional.ts";
import { policyOf } from "./rights.ts";
import type { Settings } from "./settings.ts";

/** The longest and the most often that EventBridge tries a target again (API model of events, RetryPolicy). */
export const TARGET_RETRIES = {
  maximumEventAgeInSeconds: 24 * 60 * 60,
  maximumRetryAttempts: 185,
} as const;

/** The bus of a region. Downstream teams type its name, so it is plain, and the same in every region. */
export function createBus({ suffix, provider }: Place): sst.aws.Bus {
  return new sst.aws.Bus(
    `Bus${suffix}`,
    { transform: { bus: { name: `${$app.name}-${$app.stage}` } } },
    { provider },
  );
}

/** Makes the home region's bus the hub: it keeps what passed, and other accounts may subscribe to it. */
export function createHub({ migration }: Settings, { bus, place }: Regional): void {
  const { archiveDays, subscriberAccounts } = migration.events;
  new aws.cloudwatch.EventArchive(
    "HubArchive",
    {
      name: `${$app.name}-${$app.stage}`.slice(0, 48),
      eventSourceArn: bus.arn,
      eventPattern: JSON.stringify({ source: [EVENT_SOURCE] }),
      retentionDays: archiveDays,
    },
    { provider: place.provider },
  );
  if (subscriberAccounts.length === 0) return;
  const { accountId, partition, region, provider } = place;
  new aws.cloudwatch.EventBusPolicy(
    "HubSubscribers",
    {
      eventBusName: bus.name,
      policy: $jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "SubscribersOwnRules",
            Effect: "Allow",
            Principal: {
              AWS: subscriberAccounts.map((id) => $interpolate`arn:${partition}:iam::${id}:root`),
            },
            Action: [
              "events:PutRule",
              "events:PutTargets",
              "events:DeleteRule",
              "events:RemoveTargets",
              "events:DisableRule",
              "events:EnableRule",
              "events:DescribeRule",
              "events:ListTargetsByRule",
              "events:TagResource",
              "events:UntagResource",
            ],
            Resource: $interpolate`arn:${partition}:events:${region}:${accountId}:rule/${bus.name}/*`,
            // An account sees and changes its own rules only (EventBridge guide, "Managing rules across accounts").
            Condition: {
              // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's own
              StringEqualsIfExists: { "events:creatorAccount": "${aws:PrincipalAccount}" },
            },
          },
        ],
      }),
    },
    { provider },
  );
}

/**
 * Hands every event of a region on to the hub. By design events carry no personal data, so they may
 * leave. Returns the queue of those that the hub would not take.
 */
export function forwardToHub({ bus, place }: Regional, hub: sst.aws.Bus): sst.aws.Queue {
  const { suffix, provider } = place;
  const rule = new aws.cloudwatch.EventRule(
    `Forward${suffix}`,
    {
      name: `${$app.name}-${$app.stage}-forward`.slice(0, 64),
      eventBusName: bus.name,
      eventPattern: JSON.stringify({ source: [EVENT_SOURCE] }),
    },
    { provider },
  );
  const deadLetters = createDeadLetterQueue(`Forward${suffix}`, place);
  const mayBury = allowRule(`Forward${suffix}DeadLetterPolicy`, deadLetters, rule, place);
  const role = new aws.iam.Role(
    `ForwardRole${suffix}`,
    { assumeRolePolicy: assumableByRule(rule) },
    { provider },
  );
  const mayForward = new aws.iam.RolePolicy(
    `ForwardRights${suffix}`,
    {
      role: role.name,
      policy: policyOf([{ actions: ["events:PutEvents"], resources: [hub.arn] }]),
    },
    { provider },
  );
  new aws.cloudwatch.EventTarget(
    `ForwardTarget${suffix}`,
    {
      rule: rule.name,
      eventBusName: bus.name,
      arn: hub.arn,
      roleArn: role.arn,
      retryPolicy: TARGET_RETRIES,
      deadLetterConfig: { arn: deadLetters.arn },
    },
    { provider, dependsOn: [mayBury, mayForward] },
  );
  return deadLetters;
}

function assumableByRule(rule: aws.cloudwatch.EventRule): $util.Output<string> {
  return $jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { ArnEquals: { "aws:SourceArn": rule.arn } },
      },
    ],
  });
}
