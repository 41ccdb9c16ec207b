import { verifiedContacts } from "@carryover/core/config/pool-settings";
import type { Target } from "@carryover/core/config/schema";
import type { Place } from "./places.ts";

type SmsConfiguration = aws.types.input.cognito.UserPoolSmsConfiguration;

/**
 * By what a pool sends texts: a pool that is to verify phone numbers is refused without it. Undefined where nobody
 * signs in by one. Source: Cognito guide, "SMS message settings for Amazon Cognito user pools".
 */
export function createTextSender(target: Target, place: Place): SmsConfiguration | undefined {
  if (!verifiedContacts(target).includes("phone_number")) return undefined;
  const { accountId, partition, provider, region, suffix } = place;
  const externalId = `${$app.name}-${$app.stage}-${region}`;
  const role = new aws.iam.Role(
    `TextSender${suffix}`,
    {
      assumeRolePolicy: $jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Principal: { Service: "cognito-idp.amazonaws.com" },
            // The pool's own ARN cannot be known yet: it needs this role.
            Condition: {
              StringEquals: { "sts:ExternalId": externalId, "aws:SourceAccount": accountId },
              ArnLike: {
                "aws:SourceArn": $interpolate`arn:${partition}:cognito-idp:${region}:${accountId}:userpool/*`,
              },
            },
          },
        ],
      }),
    },
    { provider },
  );
  const policy = new aws.iam.RolePolicy(
    `TextSenderRights${suffix}`,
    {
      role: role.name,
      policy: $jsonStringify({
        Version: "2012-10-17",
        // A text to a number has no resource; topics have, and are none of the pool's business.
        Statement: [
          { Effect: "Allow", Action: "sns:Publish", Resource: "*" },
          {
            Effect: "Deny",
            Action: "sns:Publish",
            Resource: $interpolate`arn:${partition}:sns:*:*:*`,
          },
        ],
      }),
    },
    { provider },
  );
  return {
    externalId,
    snsRegion: region,
    // With its right: Cognito tries the role when it is given it.
    snsCallerArn: $resolve({ arn: role.arn, right: policy.id }).apply(({ arn }) => arn),
  };
}
