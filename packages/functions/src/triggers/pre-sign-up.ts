import { isMigrationsOwn, refuseHeldLogin } from "@carryover/core/migration/held-login";
import type { PreSignUpTriggerEvent } from "aws-lambda";
import { linkedRegional } from "../runtime/links.ts";
import { sourcePools } from "../runtime/sources.ts";
import { count } from "../runtime/telemetry.ts";
import { trigger } from "../runtime/trigger.ts";
import { preSignUp } from "../triggers.ts";

const deployment = linkedRegional("Migration");
const sources = sourcePools(preSignUp);

export const handler = trigger<PreSignUpTriggerEvent>(
  "pre-sign-up",
  async ({ triggerSource, userName, request: { userAttributes: attributes } }, deadline) => {
    // An administrator's and an identity provider's users are not people who picked a login.
    if (triggerSource !== "PreSignUp_SignUp" || isMigrationsOwn({ attributes })) return undefined;
    await refuseHeldLogin(
      { deployment, sources, deadline, count },
      { username: userName, attributes },
    );
    return undefined;
  },
);
