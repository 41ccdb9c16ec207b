import { setTimeout as wait } from "node:timers/promises";
import { accountReader } from "@carryover/core/aws/account-reader";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { sesMailer } from "@carryover/core/aws/ses";
import { systemClock } from "@carryover/core/kernel/clock";
import { type SendDueDeps, sendDueMails } from "@carryover/core/onboarding/send-due";
import { configurationSetOf } from "@carryover/core/onboarding/settings";
import { renderMail } from "@carryover/core/onboarding/templates/render";
import type { Context } from "aws-lambda";
import { linkedOnboardingStore, onboardingLink, senderWaker } from "../runtime/onboarding.ts";
import { once } from "../runtime/once.ts";
import { subscriberPublish } from "../runtime/publish.ts";
import { count, log } from "../runtime/telemetry.ts";
import { linked } from "../runtime/wire.ts";

const { stage, region: homeRegion } = linked("Migration");
const { mail, regions } = onboardingLink();
const wakeSender = senderWaker();

const deps: Omit<SendDueDeps, "timeLeftMs"> | undefined = mail && {
  store: linkedOnboardingStore(),
  accounts: accountReader(once((region) => cognitoClient(region))),
  mailerOf: once((region) =>
    sesMailer({ ...mail, region, configurationSet: configurationSetOf(mail, stage) }),
  ),
  render: (template, to) => renderMail(mail, template, to),
  publish: subscriberPublish(),
  origin: { stage, region: homeRegion, clock: systemClock },
  regions,
  quotaShare: mail.quotaShare,
  clock: systemClock,
  wait,
  log,
  count,
};

/** However many messages woke it: one run sends all that is due. */
export const handler = async (_event: unknown, context: Context): Promise<void> => {
  if (!deps) return;
  const timeLeftMs = () => context.getRemainingTimeInMillis();
  const { isMoreDue } = await sendDueMails({ ...deps, timeLeftMs });
  if (isMoreDue) await wakeSender();
};
