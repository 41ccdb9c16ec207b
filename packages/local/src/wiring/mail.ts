import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  CreateEmailIdentityCommand,
} from "@aws-sdk/client-sesv2";
import type { ResolvedMigration } from "@carryover/core/config/schema";
import { feedbackRule, REPORTED } from "@carryover/core/onboarding/feedback";
import {
  configurationSetOf,
  mailSenderOf,
  onboardingSettings,
} from "@carryover/core/onboarding/settings";
import type { Clients } from "../clients.ts";
import { ACCOUNT_ID } from "../service.ts";
import { resourceName, STAGE } from "./names.ts";
import type { WiredRegion } from "./region.ts";

/**
 * What a region needs to send onboarding mails: the sender's identity, the configuration set, and the way of
 * SES's reports to the queue of the job that reads them.
 */
export async function wireMail(
  migration: ResolvedMigration,
  { clients, region }: Pick<WiredRegion, "clients" | "region">,
  queueArn: string,
): Promise<void> {
  const { mail } = onboardingSettings(migration);
  const sender = mailSenderOf(migration);
  if (!mail || !sender) return;
  const { ses } = clients;
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: sender.identity }));
  const set = configurationSetOf(mail, STAGE);
  await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: set }));
  await ses.send(
    new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: set,
      EventDestinationName: "reports",
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: [...REPORTED],
        EventBridgeDestination: {
          EventBusArn: `arn:aws:events:${region}:${ACCOUNT_ID}:event-bus/default`,
        },
      },
    }),
  );
  await wireReports(clients, set, queueArn);
}

async function wireReports(
  { events }: Clients,
  configurationSet: string,
  queueArn: string,
): Promise<void> {
  const { pattern, inputPaths, inputTemplate } = feedbackRule(configurationSet);
  const rule = resourceName("mail-feedback");
  await events.send(new PutRuleCommand({ Name: rule, EventPattern: JSON.stringify(pattern) }));
  const { FailedEntryCount = 0 } = await events.send(
    new PutTargetsCommand({
      Rule: rule,
      Targets: [
        {
          Id: "mail-feedback",
          Arn: queueArn,
          InputTransformer: { InputPathsMap: inputPaths, InputTemplate: inputTemplate },
        },
      ],
    }),
  );
  if (FailedEntryCount > 0) throw new Error("rule mail-feedback: EventBridge refused its target");
}
